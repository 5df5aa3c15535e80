import {
  add,
  cast,
  concat,
  div,
  equal,
  exp,
  log,
  matMul,
  max,
  mul,
  pad,
  reshape,
  reverse,
  slice,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import type { AttentionAttributes, Value } from '../../graph/types.ts';
import type { Entry } from '../run.ts';
import { HIDDEN, seenMask } from '../seen-mask.ts';

/** Heads come first: [heads · batch, length, headDim] and, of all sequences of a head, [heads, batch · length, headDim]. */
class ByHead {
  readonly length: number;
  constructor(
    readonly attributes: AttentionAttributes,
    rows: number,
  ) {
    this.length = rows / attributes.batch;
  }

  split(x: Tensor): Tensor {
    const { batch, heads, headDim } = this.attributes;
    const byHead = transpose(reshape(x, [batch, this.length, heads, headDim]), [2, 0, 1, 3]);
    return reshape(byHead, [heads * batch, this.length, headDim]);
  }

  merge(x: Tensor): Tensor {
    const { batch, heads, headDim } = this.attributes;
    const byRow = transpose(reshape(x, [heads, batch, this.length, headDim]), [1, 2, 0, 3]);
    return reshape(byRow, [batch * this.length, heads * headDim]);
  }

  /** [batch · length, heads] as [heads · batch, length, 1]. */
  splitRows(x: Tensor): Tensor {
    const { batch, heads } = this.attributes;
    return reshape(transpose(x), [heads * batch, this.length, 1]);
  }

  mergeRows = (x: Tensor): Tensor =>
    transpose(reshape(x, [this.attributes.heads, this.attributes.batch * this.length]));

  /** Keys of distances with the last first, and their queries: [heads, 2 · length − 1, headDim] each. */
  places(x: Tensor): readonly [keys: Tensor, queries: Tensor] {
    const { heads, headDim } = this.attributes;
    const all = transpose(reshape(x, [2 * this.length - 1, 2, heads, headDim]), [1, 2, 0, 3]);
    const half = (index: number) => reshape(slice(all, [index, 0, 0, 0], [1, -1, -1, -1]), [heads, -1, headDim]);
    return [reverse(half(0), 1), half(1)];
  }

  mergePlaces(keys: Tensor, queries: Tensor): Tensor {
    const { heads, headDim } = this.attributes;
    const both = concat([reverse(keys, 1), queries], 0);
    const byRow = transpose(reshape(both, [2, heads, 2 * this.length - 1, headDim]), [2, 0, 1, 3]);
    return reshape(byRow, [2 * this.length - 1, 2 * heads * headDim]);
  }

  /** All sequences of a head as one. */
  joined = (x: Tensor): Tensor => {
    const { batch, heads } = this.attributes;
    return reshape(x, [heads, batch * this.length, -1]);
  };
  apart = (x: Tensor): Tensor => {
    const { batch, heads } = this.attributes;
    return reshape(x, [heads * batch, this.length, -1]);
  };

  /** y[a, b] = x[a, b − a + length − 1]: rows of 2 · length − 1, each moved by its number, are rows of 2 · length − 2. */
  skewed(x: Tensor): Tensor {
    const [count, n] = [x.shape[0]!, this.length];
    if (n === 1) return x;
    const flat = slice(reshape(x, [count, n * (2 * n - 1)]), [0, n - 1], [-1, n * (2 * n - 2)]);
    return slice(reshape(flat, [count, n, 2 * n - 2]), [0, 0, 0], [-1, -1, n]);
  }

  /** The way back: zeros where nothing was taken. */
  unskewed(y: Tensor): Tensor {
    const [count, n] = [y.shape[0]!, this.length];
    if (n === 1) return y;
    const wide = pad(y, [
      [0, 0],
      [0, 0],
      [0, n - 2],
    ]);
    const flat = pad(reshape(wide, [count, n * (2 * n - 2)]), [
      [0, 0],
      [n - 1, 1],
    ]);
    return reshape(flat, [count, n, 2 * n - 1]);
  }
}

const transposed = (x: Tensor): Tensor => transpose(x, [0, 2, 1]);

/** scale · (q·k + q·key + query·k) where seen, HIDDEN elsewhere: [heads · batch, length, length]. */
function maskedScores(layout: ByHead, q: Tensor, k: Tensor, keys: Tensor, queries: Tensor, mask: Tensor): Tensor {
  const toPlaces = layout.skewed(layout.apart(matMul(layout.joined(q), keys, false, true)));
  const fromPlaces = transposed(layout.skewed(layout.apart(matMul(layout.joined(k), queries, false, true))));
  const scores = mul(add(add(matMul(q, k, false, true), toPlaces), fromPlaces), layout.attributes.scale);
  return add(mul(scores, mask), mul(sub(1, mask), HIDDEN));
}

/** [batch, 1, length, length] for every head. */
function maskOf(layout: ByHead, mask: Tensor): Tensor {
  const { batch, heads } = layout.attributes;
  const one = reshape(mask, [batch, layout.length, layout.length]);
  return concat(
    Array.from({ length: heads }, () => one),
    0,
  );
}

/** Of one tensor of a number for each query, head and distance. */
const placeBytes = (q: Value, { batch, heads }: AttentionAttributes): number =>
  4 * q.shape[0]! * heads * (2 * (q.shape[0]! / batch));

export const relative_attention: Entry<'relative_attention'> = {
  transientBytes: ({ inputs: [q], attributes }) => 6 * placeBytes(q!, attributes),

  evaluate(node, run) {
    const [qValue, kValue, vValue, placesValue, keyRange] = node.inputs as [Value, Value, Value, Value, Value];
    const layout = new ByHead(node.attributes, qValue.shape[0]!);
    const mask = maskOf(
      layout,
      seenMask({ ...node.attributes, queries: layout.length, keys: layout.length }, keyRange, run),
    );
    const [q, k, v] = [qValue, kValue, vValue].map((value) => layout.split(run.tensor(value))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const scores = maskedScores(layout, q, k, ...layout.places(run.tensor(placesValue)), mask);
    const largest = max(scores, -1, true);
    const weights = mul(exp(sub(scores, largest)), mask);
    const total = sum(weights, -1, true);
    // A row that sees nothing has the total 0, made 1 so that its output is 0.
    const divisor = add(total, cast(equal(total, 0), 'float32'));
    return [layout.merge(matMul(div(weights, divisor), v)), layout.mergeRows(add(largest, log(divisor)))];
  },
};

export const relative_attention_backward: Entry<'relative_attention_backward'> = {
  transientBytes: ({ inputs: [, q], attributes }) => 9 * placeBytes(q!, attributes),

  evaluate(node, run) {
    const [dOutput, q, k, v] = node.inputs.slice(0, 4).map((value) => run.tensor(value)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const [, , , , placesValue, outputValue, lseValue, keyRange] = node.inputs as readonly Value[];
    const layout = new ByHead(node.attributes, node.inputs[1]!.shape[0]!);
    const mask = maskOf(
      layout,
      seenMask({ ...node.attributes, queries: layout.length, keys: layout.length }, keyRange!, run),
    );
    const [upstream, query, key, value] = [dOutput, q, k, v].map((x) => layout.split(x)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const [keys, queries] = layout.places(run.tensor(placesValue!));
    const scores = maskedScores(layout, query, key, keys, queries, mask);
    const p = mul(exp(sub(scores, layout.splitRows(run.tensor(lseValue!)))), mask);
    const delta = sum(mul(upstream, layout.split(run.tensor(outputValue!))), -1, true);
    const ds = mul(mul(p, sub(matMul(upstream, value, false, true), delta)), node.attributes.scale);
    const dTo = layout.joined(layout.unskewed(ds));
    const dFrom = layout.joined(layout.unskewed(transposed(ds)));
    return [
      layout.merge(add(matMul(ds, key), layout.apart(matMul(dTo, keys)))),
      layout.merge(add(matMul(ds, query, true, false), layout.apart(matMul(dFrom, queries)))),
      layout.merge(matMul(p, upstream, true, false)),
      layout.mergePlaces(
        matMul(dTo, layout.joined(query), true, false),
        matMul(dFrom, layout.joined(key), true, false),
      ),
    ];
  },
};
