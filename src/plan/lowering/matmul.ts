import {
  elementCount,
  type GraphNode,
  type NodeOf,
  rowStride,
  type Value,
  type WeightDType,
} from '../../graph/types.ts';
import type { GatedEpilogue, MatmulSpec, MatmulTile } from '../kernels/matmul.ts';
import { rowSegments, type Storage } from '../storage.ts';
import { narrowSide } from '../tile-table.ts';
import { matmulTile, tileSize } from '../tiles.ts';
import type { PersistentTensor } from '../types.ts';
import type { Addend } from './addend.ts';
import { type Lowering, onlySegment } from './context.ts';
import type { AccumulateNode, Product } from './fusion.ts';
import { emitSlabSum } from './slabs.ts';

/** One operand of a product: where it lies, and its layout in elements. */
export interface Matrix {
  readonly storage: Storage;
  readonly stride: number;
  readonly offset?: number;
  readonly batchStride?: number;
}

/** The factors of a second product that is added to the first: same transposes, same scale. */
export interface SecondFactors {
  readonly a: Matrix;
  readonly b: Matrix;
  readonly k: number;
  readonly bType: WeightDType;
}

/** Some of the experts of a product, whose matrices lie one batch stride apart. */
export interface ExpertRange {
  readonly ends: Storage;
  readonly begin: number;
  readonly end: number;
  readonly of: number;
}

/** The gated activation that the product is one side of, and where its other values lie: as the output does. */
export interface GatedStorages {
  readonly epilogue: GatedEpilogue;
  readonly gate: Storage | undefined;
  readonly up: Storage;
}

export interface MatmulCall {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly out: Matrix;
  readonly bType: WeightDType;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly batch?: number;
  readonly scale?: number;
  readonly second?: SecondFactors;
  readonly addend: Addend;
  readonly gated?: GatedStorages;
  /** Each row of a has one of these matrices, or where a is transposed each of them has some rows. */
  readonly experts?: ExpertRange;
  /** Where an operand is bound whole but only part of it is touched. */
  readonly bytesMoved?: number;
}

/** Whether every row of a matrix begins at a multiple of four elements. */
const hasRowsOfFours = ({ stride, offset = 0, batchStride = 0 }: Matrix): boolean =>
  stride % 4 === 0 && offset % 4 === 0 && batchStride % 4 === 0;

/** Whether all that is read and written of a product can be taken four values at a time. */
function isOfFours({ m, n, k, a, b, out, second, transposeA, transposeB }: MatmulCall): boolean {
  if (n % 4 !== 0 || (transposeA && m % 4 !== 0)) return false;
  if (!(hasRowsOfFours(a) && hasRowsOfFours(b) && hasRowsOfFours(out))) return false;
  if (second !== undefined && !(hasRowsOfFours(second.a) && hasRowsOfFours(second.b))) return false;
  return (transposeA && !transposeB) || (k % 4 === 0 && (second === undefined || second.k % 4 === 0));
}

/**
 * A product with a long k and few outputs is cut along k into slices that fill a device, where each has enough to do. Of
 * a narrow one the threads of a workgroup share k (`threadsK`), which costs no second dispatch.
 */
const leastTermsOfASplit = 8192;
const fewestTermsOfASlice = 1024;
const mostTermsOfASlice = 32768;
const splitBelow = 256;
const workgroupsAfterSplit = 512;

/** Into how many slices k is cut, in whole pieces of the tile; 1 where the outputs alone are work enough. */
function slicesOf({ m, n, k, batch = 1, second, experts, gated }: MatmulCall, tile: MatmulTile): number {
  const isPlain = batch === 1 && second === undefined && experts === undefined && gated === undefined;
  if (tile.kind !== 'shared' || !isPlain || k < leastTermsOfASplit || Math.min(m, n) <= narrowSide) return 1;
  const workgroups = Math.ceil(m / tile.blockM) * Math.ceil(n / tile.blockN);
  if (workgroups >= splitBelow) return 1;
  const most = Math.floor(k / fewestTermsOfASlice);
  return Math.min(Math.max(Math.floor(workgroupsAfterSplit / workgroups), Math.ceil(k / mostTermsOfASlice)), most);
}

/** A product as the lowering asks for it: one dispatch, or slices of k into slabs and their sum, in order. */
export function emitMatmul(lowering: Lowering, call: MatmulCall): void {
  const byRows = call.experts && !call.transposeA;
  const tile = matmulTile(byRows ? { ...call, m: Math.ceil(call.m / call.experts.of) } : call, lowering.profile);
  const slices = slicesOf(call, tile);
  if (tile.kind !== 'shared' || slices <= 1) {
    emitProduct(lowering, call, tile);
    return;
  }
  const { m, n, k, a, b, out, transposeA, transposeB } = call;
  const kStep = Math.ceil(k / slices / tile.blockK) * tile.blockK;
  const count = Math.ceil(k / kStep);
  const slabs = lowering.allocate(count * m * n);
  const sliced: MatmulCall = {
    ...call,
    a: { ...a, batchStride: kStep * (transposeA ? a.stride : 1) },
    b: { ...b, batchStride: kStep * (transposeB ? 1 : b.stride) },
    out: { storage: slabs, stride: n, batchStride: m * n },
    addend: { kind: 'none' },
  };
  emitProduct(lowering, sliced, tile, { kStep, count });
  const sum = { slabs, count, rows: m, width: n, rowStride: n, slabStride: m * n };
  emitSlabSum(lowering, { ...sum, out, addend: call.addend });
}

/** One dispatch of the matmul kernel; with `slices` each takes kStep terms of the sum. */
function emitProduct(
  lowering: Lowering,
  call: MatmulCall,
  tile: MatmulTile,
  slices?: { readonly kStep: number; readonly count: number },
): void {
  const { m, n, k, a, b, out, addend, second, experts, gated } = call;
  const byRows = experts && !call.transposeA;
  const spec: MatmulSpec = {
    kernel: 'matmul',
    transposeA: call.transposeA,
    transposeB: call.transposeB,
    bType: call.bType,
    second: second?.bType ?? 'none',
    addend: addend.kind,
    grouping: experts ? 'experts' : 'none',
    ...(gated ? { gated: gated.epilogue } : {}),
    vec4: isOfFours(call),
    tile,
  };
  const { rows, columns } = tileSize(tile);
  const batch = call.batch ?? 1;
  const count = experts ? experts.end - experts.begin : 0;
  // Each expert with rows may have a last block that is not full.
  const blocks = byRows ? Math.floor((m + Math.min(count, m) * (rows - 1)) / rows) : Math.ceil(m / rows);
  lowering.emit<'matmul'>({
    spec,
    storages: {
      a: a.storage,
      b: b.storage,
      a2: second?.a.storage,
      b2: second?.b.storage,
      out: gated?.epilogue.of === 'gradient' ? undefined : out.storage,
      addend: addend.kind === 'matrix' || addend.kind === 'row' ? addend.storage : undefined,
      keep: addend.kind === 'kept' ? addend.storage : undefined,
      ends: experts?.ends,
      gate: gated?.gate,
      up: gated?.up,
    },
    uniforms: {
      m,
      n,
      k: slices?.kStep ?? k,
      kStep: slices?.kStep ?? 0,
      kEnd: k,
      lda: a.stride,
      ldb: b.stride,
      ldc: out.stride,
      aOffset: a.offset ?? 0,
      bOffset: b.offset ?? 0,
      cOffset: out.offset ?? 0,
      batchA: a.batchStride ?? 0,
      batchB: b.batchStride ?? 0,
      batchC: out.batchStride ?? 0,
      k2: second?.k ?? 0,
      lda2: second?.a.stride ?? 0,
      ldb2: second?.b.stride ?? 0,
      a2Offset: second?.a.offset ?? 0,
      b2Offset: second?.b.offset ?? 0,
      // The output of a segment of columns begins at its first column, and so does what is added to it.
      addendOffset: out.offset ?? 0,
      expertBegin: experts?.begin ?? 0,
      expertEnd: experts?.end ?? 0,
      scale: call.scale ?? 1,
    },
    workgroups: [Math.ceil(n / columns), blocks, slices?.count ?? (experts && !byRows ? count : batch)],
    flops: (2 * m * n * (k + (second?.k ?? 0)) * batch * (experts ? count : 1)) / (experts?.of ?? 1),
    ...(call.bytesMoved === undefined ? {} : { bytesMoved: call.bytesMoved }),
  });
}

type SegmentedCall = Omit<MatmulCall, 'b'> & { readonly b: PersistentTensor };

/**
 * A product by a persistent matrix that may lie in several segments of rows. Rows of b are columns of the output where
 * b is transposed, else terms of the sum.
 */
export function emitSegmentedMatmul(lowering: Lowering, call: SegmentedCall): void {
  const { b, out, a, transposeB } = call;
  // A convolution's weight has more axes; it is read as a matrix whose rows are its first.
  const { shape, dtype } = b.type;
  const stride = rowStride({ dtype, shape: [shape[0]!, elementCount(shape.slice(1))] });
  for (const { rowBegin, rowEnd, storage } of rowSegments(b)) {
    const segment: Matrix = { storage, stride };
    const rows = rowEnd - rowBegin;
    if (transposeB) {
      emitMatmul(lowering, { ...call, b: segment, n: rows, out: { ...out, offset: (out.offset ?? 0) + rowBegin } });
    } else {
      const aOffset = (a.offset ?? 0) + rowBegin * (call.transposeA ? a.stride : 1);
      const addend: Addend = rowBegin === 0 ? call.addend : { kind: 'self' };
      emitMatmul(lowering, { ...call, b: segment, k: rows, a: { ...a, offset: aOffset }, addend });
    }
  }
}

/**
 * Whether one dispatch can compute the sum of two products of one shape: the first may then not be cut into segments.
 */
export function canPair(lowering: Lowering, first: Product, second: Product): boolean {
  const [p, q] = [first.node, second.node];
  const sameForm =
    p.attributes.transposeA === q.attributes.transposeA && p.attributes.transposeB === q.attributes.transposeB;
  return (
    sameForm && first.scale === second.scale && hasWholeFactor(lowering, first) && hasWholeFactor(lowering, second)
  );
}

/** Whether the second factor is one matrix in one piece. */
export function hasWholeFactor(lowering: Lowering, { node }: Product): boolean {
  const factor = node.inputs[1]!;
  const location = lowering.locate(factor);
  return factor.shape.length === 2 && (location.kind === 'one' || location.tensor.segments.length === 1);
}

function secondFactors(lowering: Lowering, { node }: Product): SecondFactors {
  const [a, b] = node.inputs as [Value, Value];
  return {
    a: { storage: lowering.storage(a), stride: a.shape[1]! },
    b: { storage: lowering.storage(b), stride: rowStride(b) },
    k: a.shape[node.attributes.transposeA ? 0 : 1]!,
    bType: b.dtype as WeightDType,
  };
}

/** Lowers the product, and a second one that `canPair` with it, into `out` with that addend or epilogue. */
export function lowerProduct(
  lowering: Lowering,
  { node, scale }: Product,
  out: Storage,
  addend: Addend,
  second?: Product,
  gated?: GatedStorages,
): void {
  const [a, b] = node.inputs as [Value, Value];
  const { transposeA, transposeB } = node.attributes;
  const [m, n] = node.outputs[0]!.shape.slice(-2) as [number, number];
  const k = a.shape.at(transposeA ? -2 : -1)!;
  const batch = node.outputs[0]!.shape.length === 3 ? node.outputs[0]!.shape[0]! : 1;
  const matrixOf = (value: Value): Omit<Matrix, 'storage'> => ({
    stride: rowStride(value),
    batchStride: batch === 1 ? 0 : value.shape.at(-1)! * value.shape.at(-2)!,
  });
  const common = {
    ...{ m, n, k, transposeA, transposeB, batch, scale, addend },
    a: { storage: lowering.storage(a), ...matrixOf(a) },
    out: { storage: out, stride: n, batchStride: batch === 1 ? 0 : m * n },
    bType: b.dtype as WeightDType,
    ...(second ? { second: secondFactors(lowering, second) } : {}),
    ...(gated ? { gated } : {}),
  };
  const location = lowering.locate(b);
  lowering.at(node, () => {
    if (location.kind === 'tensor' && b.shape.length === 2) {
      emitSegmentedMatmul(lowering, { ...common, b: location.tensor });
    } else {
      const storage = location.kind === 'tensor' ? onlySegment(location.tensor) : location.storage;
      emitMatmul(lowering, { ...common, b: { storage, ...matrixOf(b) } });
    }
  });
  for (const input of [a, b, ...(second?.node.inputs ?? [])]) lowering.release(input);
}

/** Lowers a product straight into the gradient sum it is for. */
export function lowerProductIntoSink(lowering: Lowering, product: Product, sink: AccumulateNode): void {
  const { tensor, addend } = lowering.openSink(sink);
  const [a, b] = product.node.inputs as [Value, Value];
  const { transposeA, transposeB } = product.node.attributes;
  if (tensor.segments.length === 1) {
    lowerProduct(lowering, product, onlySegment(tensor), addend);
    return;
  }
  const [, n] = tensor.type.shape as [number, number];
  for (const { rowBegin, rowEnd, storage } of rowSegments(tensor)) {
    const aStride = a.shape[1]!;
    emitMatmul(lowering, {
      m: rowEnd - rowBegin,
      n,
      k: a.shape[transposeA ? 0 : 1]!,
      a: { storage: lowering.storage(a), stride: aStride, offset: rowBegin * (transposeA ? 1 : aStride) },
      b: { storage: lowering.storage(b), stride: rowStride(b) },
      out: { storage, stride: n },
      bType: b.dtype as WeightDType,
      transposeA,
      transposeB,
      scale: product.scale,
      addend,
    });
  }
  lowering.release(a);
  lowering.release(b);
}

export function lowerMatmul(lowering: Lowering, node: NodeOf<'matmul'>, scale = 1, reader: GraphNode = node): void {
  const sink = lowering.fusion.sink(reader);
  if (sink !== undefined) lowerProductIntoSink(lowering, { node, scale }, sink);
  else lowerProduct(lowering, { node, scale }, lowering.define(reader), { kind: 'none' });
}
