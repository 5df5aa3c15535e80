import { dropThreshold, siteKey } from '../../graph/random.ts';
import { elementCount, type NodeOf, rowStride, type Value, type WeightDType } from '../../graph/types.ts';
import { type RowSegment, rowSegments } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { emitFill, emitRetain } from './state.ts';

/** A matrix as segments of rows, whether it is persistent or computed. */
export function segmentsOf(lowering: Lowering, value: Value): RowSegment[] {
  const location = lowering.locate(value);
  if (location.kind === 'tensor') return rowSegments(location.tensor);
  return [{ rowBegin: 0, rowEnd: value.shape[0]!, storage: location.storage }];
}

export function lowerEmbedding(lowering: Lowering, node: NodeOf<'embedding'>): void {
  const [table, ids] = node.inputs as [Value, Value];
  const [rows, width] = node.outputs[0]!.shape as [number, number];
  const out = lowering.define(node);
  const idOffset = node.attributes.idOffset ?? 0;
  for (const { rowBegin, rowEnd, storage } of segmentsOf(lowering, table)) {
    lowering.emit<'embedding'>({
      spec: { kernel: 'embedding', tableType: table.dtype as WeightDType },
      storages: { table: storage, ids: lowering.storage(ids), out },
      uniforms: { rows, width, stride: rowStride(table), rowBegin, rowEnd, first: rowBegin === 0 ? 1 : 0, idOffset },
      workgroups: flatWorkgroups(rows * width, lowering.profile),
      flops: 0,
      bytesMoved: 8 * rows * width,
    });
  }
  for (const input of node.inputs) lowering.release(input);
}

/** The gradient of an embedding: into its gradient sum where it has one, else into a matrix of zeros. */
export function lowerEmbeddingBackward(lowering: Lowering, node: NodeOf<'embedding_backward'>): void {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const sink = lowering.fusion.sink(node);
  const opened = sink && lowering.openSink(sink);
  const segments: RowSegment[] = opened
    ? rowSegments(opened.tensor)
    : [{ rowBegin: 0, rowEnd: node.attributes.rows, storage: lowering.define(node) }];
  for (const { rowBegin, rowEnd, storage } of segments) {
    const count = (rowEnd - rowBegin) * width;
    if (opened === undefined) emitFill(lowering, storage, count, 0);
    else if (opened.addend.kind === 'kept') emitRetain(lowering, storage, opened.addend.storage, count);
    lowering.emit<'embedding_backward'>({
      spec: { kernel: 'embedding_backward' },
      storages: { ...lowering.inputs(node, 'dy', 'ids', 'idOrder'), out: storage },
      uniforms: { rows, width, rowBegin, rowEnd, idOffset: node.attributes.idOffset ?? 0 },
      workgroups: flatWorkgroups(rows * width, lowering.profile),
      flops: rows * width,
      bytesMoved: 12 * rows * width,
    });
  }
  for (const input of node.inputs) lowering.release(input);
}

export function lowerDropout(lowering: Lowering, node: NodeOf<'dropout'>): void {
  const [x] = node.inputs as [Value, Value];
  const { probability, site } = node.attributes;
  const count = elementCount(x.shape);
  const inPlace = lowering.overwritable(x);
  if (inPlace !== undefined) lowering.place(node, 0, inPlace);
  lowering.emit<'dropout'>({
    spec: { kernel: 'dropout', inPlace: inPlace !== undefined, grouping: 'none' },
    storages: {
      ...lowering.inputs(node, 'x', 'seed'),
      out: inPlace ? undefined : lowering.define(node),
    },
    uniforms: {
      count,
      site: siteKey(site),
      threshold: dropThreshold(probability),
      factor: 1 / (1 - probability),
      xOffset: 0,
      outOffset: 0,
    },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 4 * count,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerUniformNoise(lowering: Lowering, node: NodeOf<'uniform_noise'>): void {
  const [x] = node.inputs as [Value, Value];
  const { amplitude, site } = node.attributes;
  const count = elementCount(x.shape);
  const inPlace = lowering.overwritable(x);
  if (inPlace !== undefined) lowering.place(node, 0, inPlace);
  lowering.emit<'uniform_noise'>({
    spec: { kernel: 'uniform_noise', inPlace: inPlace !== undefined },
    storages: {
      ...lowering.inputs(node, 'x', 'seed'),
      out: inPlace ? undefined : lowering.define(node),
    },
    uniforms: { count, site: siteKey(site), amplitude },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 4 * count,
  });
  for (const input of node.inputs) lowering.release(input);
}
