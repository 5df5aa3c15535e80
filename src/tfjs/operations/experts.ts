import {
  add,
  cast,
  cumsum,
  div,
  equal,
  expandDims,
  floorDiv,
  gather,
  greaterEqual,
  less,
  matMul,
  mul,
  range,
  reshape,
  scalar,
  scatterND,
  sigmoid,
  slice,
  softmax,
  squeeze,
  stack,
  sub,
  sum,
  type Tensor,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';
import { elementCount, type NodeOf, type RouteAttributes, type Value } from '../../graph/types.ts';
import { type Entry, plain, type Run } from '../run.ts';

const likelihoods = (logits: Tensor, { score }: RouteAttributes): Tensor =>
  score === 'sigmoid' ? sigmoid(logits) : softmax(logits);

/** 1 at the expert of each choice of a row: f32 [rows, chosen, experts]. */
const choicesOf = (experts: Tensor, count: number): Tensor =>
  cast(equal(expandDims(experts, 2), range(0, count, 1, 'int32')), 'float32');

/** The number of p [rows, experts] at each choice: [rows, chosen]. */
const pick = (p: Tensor, choices: Tensor): Tensor => sum(mul(expandDims(p, 1), choices), 2);

const totals = (x: Tensor, epsilon = 0): Tensor => add(sum(x, 1, true), epsilon);

/** Bytes of a number, or of a truth of four, for every choice and expert. */
const choiceBytes = (choices: readonly number[], experts: number): number => 4 * elementCount(choices) * experts;

export const route: Entry<'route'> = {
  evaluate(node, run) {
    const [logits, bias] = run.inputs(node);
    const { chosen, epsilon } = node.attributes;
    const p = likelihoods(logits!, node.attributes);
    const { indices } = topk(bias ? add(p, bias) : p, chosen);
    const weights = pick(p, choicesOf(indices, logits!.shape[1]!));
    return [epsilon === undefined ? weights : div(weights, totals(weights, epsilon)), indices];
  },
  // The choices as truths and as numbers, and the likelihoods at them.
  transientBytes: ({ inputs: [logits], outputs: [weights] }) => 3 * choiceBytes(weights!.shape, logits!.shape[1]!),
};

export const route_backward: Entry<'route_backward'> = {
  evaluate(node, run) {
    const [dWeights, logits, weights, experts] = run.inputs(node) as [Tensor, Tensor, Tensor, Tensor];
    const { epsilon, score } = node.attributes;
    const p = likelihoods(logits, node.attributes);
    const choices = choicesOf(experts, logits.shape[1]!);
    const normalised = () => div(sub(dWeights, totals(mul(dWeights, weights))), totals(pick(p, choices), epsilon));
    const slopes = epsilon === undefined ? dWeights : normalised();
    const dP = sum(mul(expandDims(slopes, 2), choices), 1);
    if (score === 'sigmoid') return [mul(mul(p, sub(1, p)), dP)];
    return [mul(p, sub(dP, totals(mul(dP, p))))];
  },
  // As above, and the slopes at the choices.
  transientBytes: ({ inputs: [dWeights, logits] }) => 4 * choiceBytes(dWeights!.shape, logits!.shape[1]!),
};

/** The number of a choice in its place: how many have a lower expert, and how many of its own came before it. */
export const expert_order: Entry<'expert_order'> = {
  evaluate(node, run) {
    const [chosen] = node.inputs as [Value];
    const count = elementCount(chosen.shape);
    const choices = reshape(choicesOf(run.tensor(chosen), node.attributes.experts), [count, node.attributes.experts]);
    const ends = cumsum(sum(choices, 0));
    const begins = cumsum(sum(choices, 0), 0, true);
    const places = cast(sum(mul(choices, add(cumsum(choices, 0, true), begins)), 1), 'int32');
    const order = scatterND(expandDims(places, 1), range(0, count, 1, 'int32'), [count]);
    return [cast(order, 'int32'), places, cast(ends, 'int32')];
  },
  // The choices as truths and as numbers, those before each, with those of lower experts, and all that at the choices.
  transientBytes: ({ inputs: [chosen], attributes }) => 5 * choiceBytes(chosen!.shape, attributes.experts),
};

/** Weights [rows, each] at some numbers, as a column. */
const column = (weights: Tensor, numbers: Tensor): Tensor =>
  expandDims(gather(reshape(weights, [weights.size]), numbers), 1);

export const gather_rows: Entry<'gather_rows'> = plain((node, run) => {
  const [x, order, , weights] = run.inputs(node) as [Tensor, Tensor, Tensor, Tensor?];
  const rows = gather(x, cast(floorDiv(order, scalar(order.size / x.shape[0]!, 'int32')), 'int32'));
  return [weights ? mul(rows, column(weights, order)) : rows];
});

/** The rows of x at `places`, as [rows, each, width]. */
const apart = (x: Tensor, places: Tensor, rows: number): Tensor =>
  reshape(gather(x, places), [rows, places.size / rows, x.shape[1]!]);

export const combine_rows: Entry<'combine_rows'> = plain((node, run) => {
  const [x, , places, weights] = run.inputs(node) as [Tensor, Tensor, Tensor, Tensor?];
  const all = apart(x, places, node.attributes.rows);
  return [sum(weights ? mul(all, expandDims(weights, 2)) : all, 1)];
});

export const combine_rows_backward: Entry<'combine_rows_backward'> = plain((node, run) => {
  const [a, b, places] = run.inputs(node) as [Tensor, Tensor, Tensor];
  return [reshape(sum(mul(expandDims(a, 1), apart(b, places, a.shape[0]!)), 2), [places.size])];
});

/**
 * 1 for the rows of an expert, 0 for others: [n, 1]. How many rows an expert has is known on the device alone, so every
 * expert's product is computed for all rows.
 */
function maskOf(ends: Tensor, expert: number, rows: number): Tensor {
  const row = range(0, rows, 1, 'int32');
  const endOf = (e: number): Tensor => (e < 0 ? scalar(0, 'int32') : slice(ends, [e], [1]));
  const inside = mul(cast(less(row, endOf(expert)), 'float32'), cast(greaterEqual(row, endOf(expert - 1)), 'float32'));
  return expandDims(inside, 1);
}

function expertProducts(node: NodeOf<'expert_matmul'>, run: Run): Tensor {
  const [x, weights, ends] = run.inputs(node) as [Tensor, Tensor, Tensor];
  const [experts, out, width] = weights.shape as [number, number, number];
  const ofExpert = (e: number): Tensor => {
    const matrix = squeeze(slice(weights, [e, 0, 0], [1, out, width]), [0]);
    const product = matMul(x, matrix, false, !node.attributes.transposed);
    return mul(product, maskOf(ends, e, x.shape[0]!));
  };
  let all = tidy(() => ofExpert(0));
  for (let e = 1; e < experts; e++) {
    const before = all;
    all = tidy(() => add(before, ofExpert(e)));
    before.dispose();
  }
  return all;
}

export const expert_matmul: Entry<'expert_matmul'> = {
  evaluate: (node, run) => [expertProducts(node, run)],
  transientBytes: ({ inputs: [, weights], outputs: [y] }) =>
    4 * (3 * elementCount(y!.shape) + elementCount(weights!.shape.slice(1))),
};

export const expert_matmul_backward: Entry<'expert_matmul_backward'> = {
  evaluate(node, run) {
    const [dy, x, ends] = run.inputs(node) as [Tensor, Tensor, Tensor];
    const experts = Array.from({ length: ends.size }, (_, e) =>
      tidy(() => matMul(mul(dy, maskOf(ends, e, dy.shape[0]!)), x, true)),
    );
    return [stack(experts)];
  },
  transientBytes: ({ inputs: [dy], outputs: [gradient] }) =>
    4 * (elementCount(dy!.shape) + elementCount(gradient!.shape)),
};
