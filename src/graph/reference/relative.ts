import type { AttentionAttributes, NodeOf } from '../types.ts';
import type { Reference } from './interpret.ts';
import { addScaled, dot } from './vectors.ts';

/** Where the head of a row, and the key and the query of a distance, begin. */
function layoutOf({ batch, heads, headDim }: AttentionAttributes, rows: number) {
  const length = rows / batch;
  return {
    length,
    rowAt: (sequence: number, head: number, i: number) => ((sequence * length + i) * heads + head) * headDim,
    keyAt: (head: number, i: number, j: number) => (2 * (i - j + length - 1) * heads + head) * headDim,
    queryAt: (head: number, i: number, j: number) => ((2 * (i - j + length - 1) + 1) * heads + head) * headDim,
  };
}

/** Calls `visit` for every sequence, head and query, with the scores of the keys that it sees. */
function eachQuery(
  { attributes }: NodeOf<'relative_attention' | 'relative_attention_backward'>,
  [q, k, places, keyRange]: readonly Float64Array[],
  rows: number,
  visit: (sequence: number, head: number, i: number, first: number, scores: readonly number[]) => void,
): void {
  const { batch, heads, headDim, scale } = attributes;
  const { length, rowAt, keyAt, queryAt } = layoutOf(attributes, rows);
  for (let sequence = 0; sequence < batch; sequence++)
    for (let head = 0; head < heads; head++)
      for (let i = 0; i < length; i++) {
        const row = 2 * (sequence * length + i);
        const [first, end] = [Math.max(keyRange![row]!, 0), Math.min(keyRange![row + 1]!, length)];
        const scores: number[] = [];
        for (let j = first; j < end; j++) {
          const [at, atKey] = [rowAt(sequence, head, i), rowAt(sequence, head, j)];
          const content = dot(q!, at, k!, atKey, headDim);
          const toPlace = dot(q!, at, places!, keyAt(head, i, j), headDim);
          const fromPlace = dot(k!, atKey, places!, queryAt(head, i, j), headDim);
          scores.push(scale * (content + toPlace + fromPlace));
        }
        visit(sequence, head, i, first, scores);
      }
}

export const relative_attention: Reference<'relative_attention'> = (node, [q, k, v, places, keyRange]) => {
  const rows = node.inputs[0]!.shape[0]!;
  const { heads, headDim } = node.attributes;
  const { length, rowAt } = layoutOf(node.attributes, rows);
  const output = new Float64Array(q!.length);
  const lse = new Float64Array(rows * heads);
  eachQuery(node, [q!, k!, places!, keyRange!], rows, (sequence, head, i, first, scores) => {
    const largest = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
    const logSum = scores.length === 0 ? Number.NEGATIVE_INFINITY : largest + Math.log(sum);
    lse[(sequence * length + i) * heads + head] = logSum;
    for (const [n, score] of scores.entries())
      addScaled(
        output,
        rowAt(sequence, head, i),
        Math.exp(score - logSum),
        v!,
        rowAt(sequence, head, first + n),
        headDim,
      );
  });
  return [output, lse];
};

export const relative_attention_backward: Reference<'relative_attention_backward'> = (node, inputs) => {
  const [dOutput, q, k, v, places, output, lse, keyRange] = inputs as Float64Array[];
  const rows = node.inputs[1]!.shape[0]!;
  const { heads, headDim, scale } = node.attributes;
  const { length, rowAt, keyAt, queryAt } = layoutOf(node.attributes, rows);
  const [dq, dk, dv, dPlaces] = [q, k, v, places].map((x) => new Float64Array(x!.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  eachQuery(node, [q!, k!, places!, keyRange!], rows, (sequence, head, i, first, scores) => {
    const at = rowAt(sequence, head, i);
    const delta = dot(dOutput!, at, output!, at, headDim);
    for (const [n, score] of scores.entries()) {
      const j = first + n;
      const atKey = rowAt(sequence, head, j);
      const p = Math.exp(score - lse![(sequence * length + i) * heads + head]!);
      const ds = scale * p * (dot(dOutput!, at, v!, atKey, headDim) - delta);
      addScaled(dv, atKey, p, dOutput!, at, headDim);
      addScaled(dq, at, ds, k!, atKey, headDim);
      addScaled(dq, at, ds, places!, keyAt(head, i, j), headDim);
      addScaled(dk, atKey, ds, q!, at, headDim);
      addScaled(dk, atKey, ds, places!, queryAt(head, i, j), headDim);
      addScaled(dPlaces, keyAt(head, i, j), ds, q!, at, headDim);
      addScaled(dPlaces, queryAt(head, i, j), ds, k!, atKey, headDim);
    }
  });
  return [dq, dk, dv, dPlaces];
};
