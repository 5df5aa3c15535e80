import {
  add,
  cast,
  concat,
  div,
  equal,
  exp,
  gather,
  log,
  matMul,
  max,
  mul,
  neg,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  transpose,
} from '@tensorflow/tfjs-core';
import type { AttentionAttributes, NodeOf, Value } from '../../graph/types.ts';
import { capped, timesSlope } from '../activations.ts';
import { type Entry, keyOf, plain, type Run } from '../run.ts';

export const rope: Entry<'rope'> = plain((node, run) => {
  const { headDim, inverse, neighbours } = node.attributes;
  const [xValue, tableValue, positions] = node.inputs as [Value, Value, Value];
  const [rows, width] = xValue.shape as [number, number];
  const rotaryDim = tableValue.shape[1]!;
  const half = rotaryDim / 2;
  const part = (all: Tensor, from: number): Tensor => slice(all, [0, 0, from], [-1, -1, half]);
  // Every layer turns by the same angles.
  const angles = run.sharedTensor(`rope ${keyOf(tableValue)} ${keyOf(positions)}`, () => {
    const indices = tensor1d(Int32Array.from(run.fed(positions)), 'int32');
    return reshape(gather(run.tensor(tableValue), indices), [rows, 1, rotaryDim]);
  });
  const [cosine, sine] = [part(angles, 0), part(angles, half)];
  const x = reshape(run.tensor(xValue), [rows, width / headDim, headDim]);
  const heads = width / headDim;
  // Neighbours are gathered into halves, turned, and put back.
  const apart = (all: Tensor): Tensor =>
    neighbours ? reshape(transpose(reshape(all, [rows, heads, half, 2]), [0, 1, 3, 2]), [rows, heads, rotaryDim]) : all;
  const together = (all: Tensor): Tensor =>
    neighbours ? reshape(transpose(reshape(all, [rows, heads, 2, half]), [0, 1, 3, 2]), [rows, heads, rotaryDim]) : all;
  const halves = apart(slice(x, [0, 0, 0], [-1, -1, rotaryDim]));
  const [first, second] = [part(halves, 0), part(halves, half)];
  const turn = inverse ? neg(sine) : sine;
  const turned = [
    together(concat([sub(mul(first, cosine), mul(second, turn)), add(mul(second, cosine), mul(first, turn))], 2)),
  ];
  if (rotaryDim < headDim) turned.push(slice(x, [0, 0, rotaryDim], [-1, -1, -1]));
  return [reshape(concat(turned, 2), [rows, width])];
});

/** Far below every score, and still finite, so that a row that sees nothing gives no NaN. */
const HIDDEN = -1e30;

/** Heads that share keys lie side by side: [batch · kvHeads, heads/kvHeads · rows, headDim]. */
class Grouped {
  readonly queries: number;
  readonly keys: number;
  constructor(
    readonly attributes: AttentionAttributes,
    query: Value,
    key: Value,
  ) {
    this.queries = query.shape[0]! / attributes.batch;
    this.keys = key.shape[0]! / attributes.batch;
  }

  /** [batch · rows, heads · headDim] as [batch · kvHeads, groups · rows, headDim]. */
  split(x: Tensor, heads: number, rows: number): Tensor {
    const { batch, kvHeads, headDim } = this.attributes;
    const byHead = transpose(reshape(x, [batch, rows, heads, headDim]), [0, 2, 1, 3]);
    return reshape(byHead, [batch * kvHeads, (heads / kvHeads) * rows, headDim]);
  }

  merge(x: Tensor, heads: number, rows: number): Tensor {
    const { batch, headDim } = this.attributes;
    const byRow = transpose(reshape(x, [batch, heads, rows, headDim]), [0, 2, 1, 3]);
    return reshape(byRow, [batch * rows, heads * headDim]);
  }

  splitQuery = (x: Tensor): Tensor => this.split(x, this.attributes.heads, this.queries);
  splitKey = (x: Tensor): Tensor => this.split(x, this.attributes.kvHeads, this.keys);
  mergeQuery = (x: Tensor): Tensor => this.merge(x, this.attributes.heads, this.queries);
  mergeKey = (x: Tensor): Tensor => this.merge(x, this.attributes.kvHeads, this.keys);

  /** [batch · rows, heads] as [batch, heads, rows, 1]. */
  splitRows(x: Tensor): Tensor {
    const { batch, heads } = this.attributes;
    return reshape(transpose(reshape(x, [batch, this.queries, heads]), [0, 2, 1]), [batch, heads, this.queries, 1]);
  }

  mergeRows(x: Tensor): Tensor {
    const { batch, heads } = this.attributes;
    return reshape(transpose(reshape(x, [batch, heads, this.queries]), [0, 2, 1]), [batch * this.queries, heads]);
  }

  /** [batch, heads, queries, keys] and the grouped layout of the same numbers. */
  perHead = (x: Tensor): Tensor => reshape(x, [this.attributes.batch, this.attributes.heads, this.queries, this.keys]);
  grouped(x: Tensor): Tensor {
    const { batch, heads, kvHeads } = this.attributes;
    return reshape(x, [batch * kvHeads, (heads / kvHeads) * this.queries, this.keys]);
  }
}

/** 1 where a query sees a key, else 0: [batch, 1, queries, keys]. */
function seenMask({ attributes: { batch }, queries, keys }: Grouped, keyRange: Value, run: Run): Tensor {
  return run.sharedTensor(`mask ${keyOf(keyRange)} ${keys}`, () => {
    const ranges = run.fed(keyRange);
    const mask = new Float32Array(batch * queries * keys);
    for (let row = 0; row < batch * queries; row++)
      mask.fill(1, row * keys + Math.max(0, ranges[2 * row]!), row * keys + Math.min(keys, ranges[2 * row + 1]!));
    return tensor(mask, [batch, 1, queries, keys]);
  });
}

/** scale · q·k (bounded, where there is a bound) where seen, HIDDEN elsewhere: [batch, heads, queries, keys]. */
function maskedScores(layout: Grouped, query: Tensor, key: Tensor, mask: Tensor): Tensor {
  const { scale, softCap } = layout.attributes;
  const scores = capped(mul(layout.perHead(matMul(query, key, false, true)), scale), softCap);
  return add(mul(scores, mask), mul(sub(1, mask), HIDDEN));
}

/** Of one tensor as large as all scores. */
const scoreBytes = (query: Value, key: Value, { batch, heads }: AttentionAttributes): number =>
  (4 * query.shape[0]! * key.shape[0]! * heads) / batch;

export const attention: Entry<'attention'> = {
  transientBytes: ({ inputs: [q, k], attributes }) => 4 * scoreBytes(q!, k!, attributes),

  evaluate(node, run) {
    const [q, k, v, keyRange] = node.inputs as [Value, Value, Value, Value];
    const layout = new Grouped(node.attributes, q, k);
    const mask = seenMask(layout, keyRange, run);
    const scores = maskedScores(layout, layout.splitQuery(run.tensor(q)), layout.splitKey(run.tensor(k)), mask);
    const largest = max(scores, -1, true);
    const weights = mul(exp(sub(scores, largest)), mask);
    const total = sum(weights, -1, true);
    // A row that sees nothing has the total 0, made 1 so that its output is 0.
    const divisor = add(total, cast(equal(total, 0), 'float32'));
    const output = matMul(layout.grouped(div(weights, divisor)), layout.splitKey(run.tensor(v)));
    return [layout.mergeQuery(output), layout.mergeRows(add(largest, log(divisor)))];
  },
};

export const attention_backward: Entry<'attention_backward'> = {
  transientBytes: ({ inputs: [, q, k], attributes }) => 6 * scoreBytes(q!, k!, attributes),

  evaluate(node, run) {
    const [dOutput, q, k, v, output, lse] = node.inputs.slice(0, 6).map((value) => run.tensor(value)) as Tensor[];
    const layout = new Grouped(node.attributes, node.inputs[1]!, node.inputs[2]!);
    const mask = seenMask(layout, keyRangeOf(node), run);
    const [query, key, value] = [layout.splitQuery(q!), layout.splitKey(k!), layout.splitKey(v!)];
    const upstream = layout.splitQuery(dOutput!);
    const scores = maskedScores(layout, query, key, mask);
    const p = mul(exp(sub(scores, layout.splitRows(lse!))), mask);
    const { batch, heads, headDim, softCap } = node.attributes;
    const products = reshape(mul(upstream, layout.splitQuery(output!)), [batch, heads, layout.queries, headDim]);
    const dP = layout.perHead(matMul(upstream, value, false, true));
    const dScores = timesSlope(mul(p, sub(dP, sum(products, -1, true))), mul(scores, mask), softCap);
    const ds = layout.grouped(mul(dScores, node.attributes.scale));
    return [
      layout.mergeQuery(matMul(ds, key)),
      layout.mergeKey(matMul(ds, query, true, false)),
      layout.mergeKey(matMul(layout.grouped(p), upstream, true, false)),
    ];
  },
};

const keyRangeOf = (node: NodeOf<'attention_backward'>): Value => node.inputs[6]!;
