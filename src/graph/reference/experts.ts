import type { RouteAttributes } from '../types.ts';
import type { Reference } from './interpret.ts';
import { addScaled, dot } from './vectors.ts';

/** p of each number of a row: see `route`. */
function likelihoods(logits: Float64Array, { score }: RouteAttributes): Float64Array {
  if (score === 'sigmoid') return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const largest = Math.max(...logits);
  const terms = logits.map((logit) => Math.exp(logit - largest));
  const sum = terms.reduce((a, b) => a + b);
  return terms.map((term) => term / sum);
}

export const route: Reference<'route'> = ({ attributes, inputs }, [logits, bias]) => {
  const [rows, count] = inputs[0]!.shape as [number, number];
  const { chosen, epsilon } = attributes;
  const weights = new Float64Array(rows * chosen);
  const experts = new Float64Array(rows * chosen);
  for (let row = 0; row < rows; row++) {
    const p = likelihoods(logits!.slice(row * count, (row + 1) * count), attributes);
    const rank = (expert: number): number => p[expert]! + (bias?.[expert] ?? 0);
    const best = [...p.keys()].sort((a, b) => rank(b) - rank(a) || a - b).slice(0, chosen);
    const sum = best.reduce((total, expert) => total + p[expert]!, 0);
    experts.set(best, row * chosen);
    weights.set(
      best.map((expert) => (epsilon === undefined ? p[expert]! : p[expert]! / (sum + epsilon))),
      row * chosen,
    );
  }
  return [weights, experts];
};

export const route_backward: Reference<'route_backward'> = (node, [dWeights, logits, , experts]) => {
  const { attributes } = node;
  const { chosen, epsilon, score } = attributes;
  const [rows, count] = node.inputs[1]!.shape as [number, number];
  const dLogits = new Float64Array(rows * count);
  for (let row = 0; row < rows; row++) {
    const p = likelihoods(logits!.slice(row * count, (row + 1) * count), attributes);
    const best = [...experts!.slice(row * chosen, (row + 1) * chosen)];
    const upstream = [...dWeights!.slice(row * chosen, (row + 1) * chosen)];
    const sum = best.reduce((total, expert) => total + p[expert]!, 0) + (epsilon ?? 0);
    const mean = best.reduce((total, expert, j) => total + (upstream[j]! * p[expert]!) / sum, 0);
    const dP = new Float64Array(count);
    best.forEach((expert, j) => {
      dP[expert] = epsilon === undefined ? upstream[j]! : (upstream[j]! - mean) / sum;
    });
    const average = dot(dP, 0, p, 0, count);
    p.forEach((each, expert) => {
      const slope = score === 'sigmoid' ? (1 - each) * dP[expert]! : dP[expert]! - average;
      dLogits[row * count + expert] = each * slope;
    });
  }
  return [dLogits];
};

export const expert_order: Reference<'expert_order'> = ({ attributes }, [experts]) => {
  const order = [...experts!.keys()].sort((a, b) => experts![a]! - experts![b]! || a - b);
  const places = new Float64Array(order.length);
  order.forEach((number, place) => {
    places[number] = place;
  });
  const ends = Array.from({ length: attributes.experts }, (_, e) => experts!.filter((expert) => expert <= e).length);
  return [Float64Array.from(order), places, Float64Array.from(ends)];
};

export const gather_rows: Reference<'gather_rows'> = (node, [x, order, , weights]) => {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const each = order!.length / rows;
  const out = new Float64Array(order!.length * width);
  order!.forEach((number, i) => {
    addScaled(out, i * width, weights?.[number] ?? 1, x!, Math.floor(number / each) * width, width);
  });
  return [out];
};

export const combine_rows: Reference<'combine_rows'> = (node, [x, , places, weights]) => {
  const width = node.inputs[0]!.shape[1]!;
  const { rows } = node.attributes;
  const each = places!.length / rows;
  const out = new Float64Array(rows * width);
  places!.forEach((place, number) => {
    addScaled(out, Math.floor(number / each) * width, weights?.[number] ?? 1, x!, place * width, width);
  });
  return [out];
};

export const combine_rows_backward: Reference<'combine_rows_backward'> = (node, [a, b, places]) => {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const each = places!.length / rows;
  return [places!.map((place, number) => dot(a!, Math.floor(number / each) * width, b!, place * width, width))];
};

/** The expert of a row, given where the rows of each end. */
const expertOf = (row: number, ends: Float64Array): number => ends.findIndex((end) => row < end);

export const expert_matmul: Reference<'expert_matmul'> = (node, [x, weights, ends]) => {
  const [n, given] = node.outputs[0]!.shape as [number, number];
  const [, out, width] = node.inputs[1]!.shape as [number, number, number];
  const y = new Float64Array(n * given);
  for (let row = 0; row < n; row++) {
    const first = expertOf(row, ends!) * out * width;
    for (let j = 0; j < out; j++) {
      const at = first + j * width;
      if (node.attributes.transposed) addScaled(y, row * given, x![row * out + j]!, weights!, at, width);
      else y[row * given + j] = dot(x!, row * width, weights!, at, width);
    }
  }
  return [y];
};

export const expert_matmul_backward: Reference<'expert_matmul_backward'> = (node, [dy, x, ends]) => {
  const [experts, out, width] = node.outputs[0]!.shape as [number, number, number];
  const gradient = new Float64Array(experts * out * width);
  for (let row = 0; row < node.inputs[0]!.shape[0]!; row++)
    for (let j = 0; j < out; j++) {
      const at = (expertOf(row, ends!) * out + j) * width;
      addScaled(gradient, at, dy![row * out + j]!, x!, row * width, width);
    }
  return [gradient];
};
