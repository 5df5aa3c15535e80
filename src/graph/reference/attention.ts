import type { AttentionAttributes, NodeOf } from '../types.ts';
import { capped, slopeAtCapped } from './activations.ts';
import type { Reference } from './interpret.ts';

export const rope: Reference<'rope'> = (node, [x, table, positions]) => {
  const { headDim, inverse, neighbours } = node.attributes;
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const rotaryDim = node.inputs[1]!.shape[1]!;
  const half = rotaryDim / 2;
  const [step, apart] = neighbours ? [2, 1] : [1, half];
  const y = x!.slice();
  for (let row = 0; row < rows; row++)
    for (let head = 0; head < width; head += headDim)
      for (let i = 0; i < half; i++) {
        const first = row * width + head + i * step;
        const angle = positions![row]! * rotaryDim + i;
        const cosine = table![angle]!;
        const sine = inverse ? -table![angle + half]! : table![angle + half]!;
        y[first] = x![first]! * cosine - x![first + apart]! * sine;
        y[first + apart] = x![first + apart]! * cosine + x![first]! * sine;
      }
  return [y];
};

/** Where the rows of one (sequence, head) begin, and which of a query's keys are seen. */
class Layout {
  readonly queries: number;
  readonly keys: number;
  constructor(
    readonly attributes: AttentionAttributes,
    queryRows: number,
    keyRows: number,
    private readonly keyRange: Float64Array,
  ) {
    this.queries = queryRows / attributes.batch;
    this.keys = keyRows / attributes.batch;
  }

  queryRow = (sequence: number, i: number): number => sequence * this.queries + i;
  queryAt = (sequence: number, head: number, i: number): number =>
    (this.queryRow(sequence, i) * this.attributes.heads + head) * this.attributes.headDim;
  keyAt(sequence: number, head: number, j: number): number {
    const { heads, kvHeads, headDim } = this.attributes;
    const kvHead = Math.floor((head * kvHeads) / heads);
    return ((sequence * this.keys + j) * kvHeads + kvHead) * headDim;
  }

  /** Keys of its own sequence that query i sees: [first, end). */
  seen(sequence: number, i: number): readonly [number, number] {
    const row = this.queryRow(sequence, i);
    return [Math.max(this.keyRange[2 * row]!, 0), Math.min(this.keyRange[2 * row + 1]!, this.keys)];
  }

  /** Calls `visit` for every sequence, head and query. */
  eachQuery(visit: (sequence: number, head: number, i: number) => void): void {
    for (let sequence = 0; sequence < this.attributes.batch; sequence++)
      for (let head = 0; head < this.attributes.heads; head++)
        for (let i = 0; i < this.queries; i++) visit(sequence, head, i);
  }
}

function dot(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i]! * b[atB + i]!;
  return sum;
}

function addScaled(to: Float64Array, at: number, factor: number, x: Float64Array, atX: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i]! += factor * x[atX + i]!;
}

export const attention: Reference<'attention'> = (node, [q, k, v, keyRange]) => {
  const { attributes } = node;
  const { headDim, heads, scale, softCap } = attributes;
  const layout = new Layout(attributes, node.inputs[0]!.shape[0]!, node.inputs[1]!.shape[0]!, keyRange!);
  const output = new Float64Array(q!.length);
  const lse = new Float64Array(node.inputs[0]!.shape[0]! * heads);
  layout.eachQuery((sequence, head, i) => {
    const [first, end] = layout.seen(sequence, i);
    const at = layout.queryAt(sequence, head, i);
    const scores: number[] = [];
    for (let j = first; j < end; j++)
      scores.push(capped(scale * dot(q!, at, k!, layout.keyAt(sequence, head, j), headDim), softCap));
    const largest = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
    // No key: the sum of the exponentials is 0, its logarithm −∞, and the output stays 0.
    const logSum = scores.length === 0 ? Number.NEGATIVE_INFINITY : largest + Math.log(sum);
    lse[layout.queryRow(sequence, i) * heads + head] = logSum;
    scores.forEach((score, n) => {
      addScaled(output, at, Math.exp(score - logSum), v!, layout.keyAt(sequence, head, first + n), headDim);
    });
  });
  return [output, lse];
};

export const attention_backward: Reference<'attention_backward'> = (node, inputs) => {
  const [dOutput, q, k, v, output, lse, keyRange, queryRange] = inputs as Float64Array[];
  const { attributes } = node;
  const { headDim, heads, scale, softCap } = attributes;
  const layout = new Layout(attributes, node.inputs[1]!.shape[0]!, node.inputs[2]!.shape[0]!, keyRange!);
  requireSameRelation(node, layout, queryRange!);
  const dq = new Float64Array(q!.length);
  const dk = new Float64Array(k!.length);
  const dv = new Float64Array(v!.length);
  layout.eachQuery((sequence, head, i) => {
    const at = layout.queryAt(sequence, head, i);
    const [first, end] = layout.seen(sequence, i);
    const logSum = lse![layout.queryRow(sequence, i) * heads + head]!;
    const delta = dot(dOutput!, at, output!, at, headDim);
    for (let j = first; j < end; j++) {
      const atKey = layout.keyAt(sequence, head, j);
      const score = capped(scale * dot(q!, at, k!, atKey, headDim), softCap);
      const p = Math.exp(score - logSum);
      const ds = p * (dot(dOutput!, at, v!, atKey, headDim) - delta) * slopeAtCapped(score, softCap);
      addScaled(dv, atKey, p, dOutput!, at, headDim);
      addScaled(dq, at, scale * ds, k!, atKey, headDim);
      addScaled(dk, atKey, scale * ds, q!, at, headDim);
    }
  });
  return [dq, dk, dv];
};

/** An executor may read either range, so feeds where the two disagree have no meaning. */
function requireSameRelation(node: NodeOf<'attention_backward'>, layout: Layout, queryRange: Float64Array): void {
  for (let sequence = 0; sequence < node.attributes.batch; sequence++)
    for (let i = 0; i < layout.queries; i++)
      for (let j = 0; j < layout.keys; j++) {
        const [first, end] = layout.seen(sequence, i);
        const row = 2 * (sequence * layout.keys + j);
        const seenFromKey = queryRange[row]! <= i && i < queryRange[row + 1]!;
        if ((first <= j && j < end) !== seenFromKey)
          throw new Error(`keyRange and queryRange disagree on query ${i} and key ${j} of sequence ${sequence}`);
      }
}
