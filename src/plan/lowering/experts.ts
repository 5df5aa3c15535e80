import { elementCount, type NodeOf, rowStride, type Value, type WeightDType } from '../../graph/types.ts';
import { type RowSegment, rowSegments } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';
import { emitMatmul } from './matmul.ts';
import { rowWorkgroups } from './normalization.ts';

/** Rough arithmetic of one score, for the sheet. */
const flopsEach = 6;

function routeOf(lowering: Lowering, logits: Value, node: NodeOf<'route'> | NodeOf<'route_backward'>) {
  const [rows, experts] = logits.shape as [number, number];
  const { chosen, epsilon = 0, score } = node.attributes;
  return {
    form: { score, normalised: node.attributes.epsilon !== undefined },
    common: {
      uniforms: { rows, experts, chosen, epsilon },
      workgroups: flatWorkgroups(rows, lowering.profile),
      flops: flopsEach * rows * experts,
    },
  };
}

export function lowerRoute(lowering: Lowering, node: NodeOf<'route'>): void {
  const [logits, bias] = node.inputs as [Value, Value?];
  const { form, common } = routeOf(lowering, logits, node);
  lowering.emit<'route'>({
    spec: { kernel: 'route', ...form, biased: bias !== undefined },
    storages: {
      logits: lowering.storage(logits),
      bias: bias && lowering.storage(bias),
      weights: lowering.define(node, 0),
      chosen: lowering.define(node, 1),
    },
    ...common,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerRouteBackward(lowering: Lowering, node: NodeOf<'route_backward'>): void {
  const { form, common } = routeOf(lowering, node.inputs[1]!, node);
  const { weights, ...inputs } = lowering.inputs(node, 'dWeights', 'logits', 'weights', 'chosen');
  lowering.emit<'route_backward'>({
    spec: { kernel: 'route_backward', ...form },
    storages: {
      ...inputs,
      weights: form.normalised ? weights : undefined,
      dLogits: lowering.define(node),
    },
    ...common,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerExpertOrder(lowering: Lowering, node: NodeOf<'expert_order'>): void {
  const [chosen] = node.inputs as [Value];
  lowering.emit<'expert_order'>({
    spec: { kernel: 'expert_order' },
    storages: {
      chosen: lowering.storage(chosen),
      order: lowering.define(node, 0),
      places: lowering.define(node, 1),
      ends: lowering.define(node, 2),
    },
    uniforms: { count: elementCount(chosen.shape) },
    workgroups: [node.attributes.experts, 1, 1],
    flops: 0,
  });
  lowering.release(chosen);
}

/** What is read where, for each element of the result. */
function moveOf(lowering: Lowering, node: NodeOf<'gather_rows'> | NodeOf<'combine_rows'>, each: number) {
  const [x, , , weights] = node.inputs as [Value, Value, Value, Value?];
  const count = elementCount(node.outputs[0]!.shape);
  return {
    weighted: weights !== undefined,
    storages: {
      x: lowering.storage(x),
      weights: weights && lowering.storage(weights),
      out: lowering.define(node),
    },
    common: {
      uniforms: { count, width: x.shape[1]!, each },
      workgroups: flatWorkgroups(count, lowering.profile),
    },
  };
}

export function lowerGatherRows(lowering: Lowering, node: NodeOf<'gather_rows'>): void {
  const [x, order] = node.inputs as [Value, Value];
  const { weighted, storages, common } = moveOf(lowering, node, order.shape[0]! / x.shape[0]!);
  lowering.emit<'gather_rows'>({
    spec: { kernel: 'gather_rows', weighted },
    storages: { ...storages, order: lowering.storage(order) },
    ...common,
    flops: weighted ? common.uniforms.count : 0,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerCombineRows(lowering: Lowering, node: NodeOf<'combine_rows'>): void {
  const [x, , places] = node.inputs as [Value, Value, Value];
  const { weighted, storages, common } = moveOf(lowering, node, x.shape[0]! / node.attributes.rows);
  lowering.emit<'combine_rows'>({
    spec: { kernel: 'combine_rows', weighted },
    storages: { ...storages, places: lowering.storage(places) },
    ...common,
    flops: 2 * elementCount(x.shape),
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerCombineRowsBackward(lowering: Lowering, node: NodeOf<'combine_rows_backward'>): void {
  const [a, b] = node.inputs as [Value, Value];
  const [rows, width] = b.shape as [number, number];
  lowering.emit<'combine_rows_backward'>({
    spec: { kernel: 'combine_rows_backward', perThread: lowering.profile.software },
    storages: { ...lowering.inputs(node, 'a', 'b', 'places'), out: lowering.define(node) },
    uniforms: { rows, width, each: rows / a.shape[0]! },
    workgroups: rowWorkgroups(rows, lowering),
    flops: 2 * rows * width,
  });
  for (const input of node.inputs) lowering.release(input);
}

/** The matrices of some experts after the other, as they lie. */
function matricesOf(lowering: Lowering, value: Value): RowSegment[] {
  const location = lowering.locate(value);
  if (location.kind === 'tensor') return rowSegments(location.tensor);
  return [{ rowBegin: 0, rowEnd: value.shape[0]!, storage: location.storage }];
}

export function lowerExpertMatmul(lowering: Lowering, node: NodeOf<'expert_matmul'>): void {
  const [x, weights, ends] = node.inputs as [Value, Value, Value];
  const [experts, out] = weights.shape as [number, number];
  const [m, n] = node.outputs[0]!.shape as [number, number];
  const stride = rowStride(weights);
  const result = lowering.define(node);
  for (const { rowBegin, rowEnd, storage } of matricesOf(lowering, weights))
    emitMatmul(lowering, {
      ...{ m, n, k: x.shape[1]! },
      a: { storage: lowering.storage(x), stride: x.shape[1]! },
      b: { storage, stride, batchStride: out * stride },
      out: { storage: result, stride: n },
      bType: weights.dtype as WeightDType,
      transposeA: false,
      transposeB: !node.attributes.transposed,
      addend: { kind: 'none' },
      experts: { ends: lowering.storage(ends), begin: rowBegin, end: rowEnd, of: experts },
    });
  for (const input of node.inputs) lowering.release(input);
}

/** Into the gradient sum where there is one. */
export function lowerExpertMatmulBackward(lowering: Lowering, node: NodeOf<'expert_matmul_backward'>): void {
  const [dy, x, ends] = node.inputs as [Value, Value, Value];
  const [experts, m, n] = node.outputs[0]!.shape as [number, number, number];
  const sink = lowering.fusion.sink(node);
  const opened = sink && lowering.openSink(sink);
  const segments: RowSegment[] = opened
    ? rowSegments(opened.tensor)
    : [{ rowBegin: 0, rowEnd: experts, storage: lowering.define(node) }];
  for (const { rowBegin, rowEnd, storage } of segments)
    emitMatmul(lowering, {
      ...{ m, n, k: x.shape[0]! },
      a: { storage: lowering.storage(dy), stride: m },
      b: { storage: lowering.storage(x), stride: n },
      out: { storage, stride: n, batchStride: m * n },
      bType: 'f32',
      transposeA: true,
      transposeB: false,
      addend: opened?.addend ?? { kind: 'none' },
      experts: { ends: lowering.storage(ends), begin: rowBegin, end: rowEnd, of: experts },
    });
  for (const input of node.inputs) lowering.release(input);
}
