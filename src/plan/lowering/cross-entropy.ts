import { crossEntropyInputs, type NodeOf, rowStride, type Value, type WeightDType } from '../../graph/types.ts';
import { leastTransientBytes } from '../bounds.ts';
import { type RowSegment, rowSegments, type Storage } from '../storage.ts';
import type { PersistentTensor } from '../types.ts';
import type { Addend } from './addend.ts';
import type { Lowering } from './context.ts';
import { emitElementwise } from './elementwise.ts';
import { emitMatmul, emitSegmentedMatmul, type Matrix } from './matmul.ts';
import { rowWorkgroups, sumRows } from './normalization.ts';

const MiB = 2 ** 20;

/** More rows at once would read the head less often still, for memory that is worth more. */
const wantedRows = 256;

/**
 * Bytes that a chunk of logits may take, so that they are never whole in memory. A larger one reads the head less often:
 * where the step keeps twelve times as much anyway, 256 rows are worked on at once.
 */
export const chunkBytes = ({ graph, used }: Lowering, vocabulary: number): number =>
  Math.max(64 * MiB, Math.min(4 * wantedRows * vocabulary, leastTransientBytes(graph, used) / 12));

/** Rows of logits worked on at once: whole tiles, within the chunk's size. */
export function chunkRows(rows: number, vocabulary: number, bytes: number): number {
  const fit = Math.floor(bytes / (4 * vocabulary));
  const tiles = fit >= 64 ? Math.floor(fit / 64) * 64 : Math.max(1, fit);
  return Math.min(rows, tiles);
}

export interface Head {
  readonly value: Value;
  readonly tensor: PersistentTensor | undefined;
}

export function headOf(lowering: Lowering, value: Value): Head {
  const location = lowering.locate(value);
  return { value, tensor: location.kind === 'tensor' ? location.tensor : undefined };
}

/**
 * For each chunk of rows: logits = hidden · headᵀ (+ narrow · wideᵀ); per row its loss, and the gradient in the logits'
 * place; then dHidden = gradient · head and dHead += gradientᵀ · hidden, and so for the second product, each only where
 * it is used.
 */
export function lowerCrossEntropy(lowering: Lowering, node: NodeOf<'cross_entropy'>): void {
  const { hidden, head, bias, narrow, wide } = crossEntropyInputs(node.inputs);
  const rows = hidden.shape[0]!;
  const rowLoss = lowering.allocate(rows);
  const last = node.outputs.length - 1;
  const products = [productOf(lowering, node, hidden, head, 1)];
  if (narrow && wide) products.push(productOf(lowering, node, narrow, wide, last - 1));
  const dBias = bias && lowering.isUsed(node, 3) ? lowering.define(node, 3) : undefined;
  lowerInChunks(lowering, node, { products, dBias, rowLoss });
  // Where only the gradient is wanted, as of losses that each row has a share of, nobody reads the sum.
  if (lowering.isUsed(node, 0)) sumRows(lowering, rowLoss, lowering.define(node, 0), rows, 1);
  for (const input of node.inputs) lowering.release(input);
}

/** The loss of each row, a chunk of logits at a time. */
export function lowerTokenCrossEntropy(lowering: Lowering, node: NodeOf<'token_cross_entropy'>): void {
  const { hidden, head, narrow, wide } = crossEntropyInputs(node.inputs);
  const product = (input: Value, head: Value): LogitProduct => ({
    ...{ input, head: headOf(lowering, head), width: input.shape[1]! },
    ...{ dInput: undefined, dHead: undefined },
  });
  const products = [product(hidden, head), ...(narrow && wide ? [product(narrow, wide)] : [])];
  lowerInChunks(lowering, node, { products, dBias: undefined, rowLoss: lowering.define(node) });
  for (const input of node.inputs) lowering.release(input);
}

interface ChunkParts {
  readonly products: readonly LogitProduct[];
  readonly dBias: Storage | undefined;
  readonly rowLoss: Storage;
}

function lowerInChunks(
  lowering: Lowering,
  node: NodeOf<'cross_entropy'> | NodeOf<'token_cross_entropy'>,
  { products, dBias, rowLoss }: ChunkParts,
): void {
  const { hidden, head, labels, lossScale, bias } = crossEntropyInputs(node.inputs);
  const rows = hidden.shape[0]!;
  const vocabulary = head.shape[0]!;
  const { profile } = lowering;
  const chunk = chunkRows(
    rows,
    vocabulary,
    Math.min(chunkBytes(lowering, vocabulary), profile.maxStorageBufferBindingSize),
  );
  const logits = lowering.allocate(chunk * vocabulary);
  const logitsAddend: Addend = bias ? { kind: 'row', storage: lowering.storage(bias) } : { kind: 'none' };
  const { softCap = 0 } = node.attributes;
  for (let firstRow = 0; firstRow < rows; firstRow += chunk) {
    const m = Math.min(chunk, rows - firstRow);
    const logitsMatrix: Matrix = { storage: logits, stride: vocabulary };
    const rowsOf = (storage: Storage, width: number): Matrix => ({ storage, stride: width, offset: firstRow * width });
    for (const [index, { input, head, width }] of products.entries()) {
      const addend: Addend = index === 0 ? logitsAddend : { kind: 'self' };
      const [a, sizes] = [rowsOf(lowering.storage(input), width), [m, vocabulary, width] as const];
      multiplyByHead({ lowering, head, a, out: logitsMatrix, sizes, transposeB: true, addend });
    }
    lowering.emit<'cross_entropy_rows'>({
      spec: {
        kernel: 'cross_entropy_rows',
        gradient: dBias !== undefined || products.some(({ dInput, dHead }) => dInput || dHead),
        weighted: lossScale.shape.length > 0,
        perThread: lowering.profile.software,
        softCap: softCap > 0,
      },
      storages: { logits, labels: lowering.storage(labels), lossScale: lowering.storage(lossScale), rowLoss },
      uniforms: { rows: m, firstRow, vocabulary, softCap },
      workgroups: rowWorkgroups(m, lowering),
      flops: 5 * m * vocabulary,
      bytesMoved: 8 * m * vocabulary,
    });
    for (const { input, head, width, dInput, dHead } of products) {
      if (dInput !== undefined) {
        const [out, sizes] = [rowsOf(dInput, width), [m, width, vocabulary] as const];
        multiplyByHead({ lowering, head, a: logitsMatrix, out, sizes, transposeB: false, addend: { kind: 'none' } });
      }
      dHead?.(logitsMatrix, rowsOf(lowering.storage(input), width), m, firstRow === 0);
    }
    if (dBias !== undefined) addColumnSums(lowering, logits, dBias, m, vocabulary, firstRow === 0);
  }
}

/** out (+)= the sums of the columns of a chunk. */
function addColumnSums(
  lowering: Lowering,
  chunk: Storage,
  out: Storage,
  rows: number,
  columns: number,
  first: boolean,
): void {
  if (first) {
    sumRows(lowering, chunk, out, rows, columns);
    return;
  }
  const part = lowering.allocate(columns);
  sumRows(lowering, chunk, part, rows, columns);
  emitElementwise(lowering, { operation: 'add', operands: [out, part], outputs: [out], inPlace: 0, count: columns });
}

export interface HeadProduct {
  readonly lowering: Lowering;
  readonly head: Head;
  readonly a: Matrix;
  readonly out: Matrix;
  readonly sizes: readonly [m: number, n: number, k: number];
  readonly transposeB: boolean;
  readonly addend: Addend;
}

export function multiplyByHead({ lowering, head, sizes: [m, n, k], ...rest }: HeadProduct): void {
  const call = { m, n, k, ...rest, transposeA: false, bType: head.value.dtype as WeightDType };
  if (head.tensor !== undefined) emitSegmentedMatmul(lowering, { ...call, b: head.tensor });
  else emitMatmul(lowering, { ...call, b: { storage: lowering.storage(head.value), stride: rowStride(head.value) } });
}

type AddHeadGradient = (gradient: Matrix, hidden: Matrix, rows: number, first: boolean) => void;

/** One of the products that make up the logits, and where its gradients go. */
interface LogitProduct {
  readonly input: Value;
  readonly head: Head;
  readonly width: number;
  readonly dInput: Storage | undefined;
  readonly dHead: AddHeadGradient | undefined;
}

/** `output` is the place of dInput among the node's outputs; dHead's follows. */
function productOf(
  lowering: Lowering,
  node: NodeOf<'cross_entropy'>,
  input: Value,
  head: Value,
  output: number,
): LogitProduct {
  return {
    input,
    head: headOf(lowering, head),
    width: input.shape[1]!,
    dInput: lowering.isUsed(node, output) ? lowering.define(node, output) : undefined,
    dHead: lowering.isUsed(node, output + 1) ? headGradient(lowering, node, output + 1) : undefined,
  };
}

/** How a chunk adds its part of dHead: into the gradient sum where there is one, else into a value of its own. */
function headGradient(lowering: Lowering, node: NodeOf<'cross_entropy'>, output: number): AddHeadGradient {
  const [vocabulary, width] = node.outputs[output]!.shape as [number, number];
  const sink = lowering.fusion.sink(node, output);
  const opened = sink && lowering.openSink(sink);
  const segments: RowSegment[] = opened
    ? rowSegments(opened.tensor)
    : [{ rowBegin: 0, rowEnd: vocabulary, storage: lowering.define(node, output) }];
  const firstAddend: Addend = opened?.addend ?? { kind: 'none' };
  return (gradient, hidden, rows, first) => {
    for (const { rowBegin, rowEnd, storage } of segments) {
      emitMatmul(lowering, {
        m: rowEnd - rowBegin,
        n: width,
        k: rows,
        a: { ...gradient, offset: rowBegin },
        b: hidden,
        out: { storage, stride: width },
        bType: 'f32',
        transposeA: true,
        transposeB: false,
        addend: first ? firstAddend : { kind: 'self' },
      });
    }
  };
}
