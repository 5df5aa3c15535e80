import type {
  CombineRowsBackwardSpec,
  CombineRowsSpec,
  GatherRowsSpec,
  RouteBackwardSpec,
  RouteSpec,
} from '../../plan/kernels/experts.ts';
import { rowFrame, sum } from './rows.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

/** A row of logits as likelihoods: `p(first, e)` of expert e, given what `begin` has made of the row that begins at `first`. */
const likelihood = (score: RouteSpec['score']): { readonly declarations: string; readonly begin: string } =>
  score === 'sigmoid'
    ? {
        declarations: 'fn p(at: u32, top: f32, sum: f32) -> f32 { return 1.0 / (1.0 + exp(min(-logits[at], 80.0))); }',
        begin: 'let top = 0.0; let sum = 1.0;',
      }
    : {
        declarations: 'fn p(at: u32, top: f32, sum: f32) -> f32 { return exp(logits[at] - top) / sum; }',
        begin: `var top = logits[first];
for (var e = 1u; e < dims.experts; e++) { top = max(top, logits[first + e]); }
var sum = 0.0;
for (var e = 0u; e < dims.experts; e++) { sum += exp(logits[first + e] - top); }`,
      };

/**
 * A thread takes a row, which is read once and then once for each expert that is chosen: the next one is the largest of
 * those that come after the last in the order of likelihoods, and of numbers where they are equal.
 */
export function route({ score, normalised, biased }: RouteSpec): KernelText {
  const { declarations, begin } = likelihood(score);
  return {
    workgroupSize: [64, 1, 1],
    declarations,
    body: `let row = ${flatIndex};
if (row < dims.rows) {
let first = row * dims.experts;
let out = row * dims.chosen;
${begin}
var last = 0.0;
var lastExpert = 0u;
var total = 0.0;
for (var j = 0u; j < dims.chosen; j++) {
  var best = 0.0;
  var expert = dims.experts;
  for (var e = 0u; e < dims.experts; e++) {
    let rank = p(first + e, top, sum)${biased ? ' + bias[e]' : ''};
    let isNext = j == 0u || rank < last || (rank == last && e > lastExpert);
    if (isNext && (expert == dims.experts || rank > best)) { best = rank; expert = e; }
  }
  // Scores that are no numbers have no order; the loss then is none either, but every index must lie in its matrix.
  expert = min(expert, dims.experts - 1u);
  last = best;
  lastExpert = expert;
  let weight = p(first + expert, top, sum);
  total += weight;
  weights[out + j] = weight;
  chosen[out + j] = i32(expert);
}
${normalised ? 'for (var j = 0u; j < dims.chosen; j++) { weights[out + j] /= total + dims.epsilon; }' : ''}
}`,
  };
}

/** A thread takes a row: first what all its experts have, then what those have that were chosen. */
export function routeBackward({ score, normalised }: RouteBackwardSpec): KernelText {
  const { declarations, begin } = likelihood(score);
  const isSoftmax = score === 'softmax';
  return {
    workgroupSize: [64, 1, 1],
    declarations,
    body: `let row = ${flatIndex};
if (row < dims.rows) {
let first = row * dims.experts;
let at = row * dims.chosen;
${begin}
var total = ${normalised ? 'dims.epsilon' : '1.0'};
var mean = 0.0;
for (var j = 0u; j < dims.chosen; j++) {
${normalised ? 'total += p(first + u32(chosen[at + j]), top, sum);\nmean += dWeights[at + j] * weights[at + j];' : ''}
}
${isSoftmax ? 'var average = 0.0;\nfor (var j = 0u; j < dims.chosen; j++) { average += (dWeights[at + j] - mean) / total * p(first + u32(chosen[at + j]), top, sum); }' : ''}
for (var e = 0u; e < dims.experts; e++) { dLogits[first + e] = ${isSoftmax ? '-average * p(first + e, top, sum)' : '0.0'}; }
for (var j = 0u; j < dims.chosen; j++) {
  let e = first + u32(chosen[at + j]);
  let value = p(e, top, sum);
  let slope = (dWeights[at + j] - mean) / total;
  dLogits[e] = value * ${isSoftmax ? '(slope - average)' : '(1.0 - value) * slope'};
}
}`,
  };
}

/**
 * A counting sort in a fixed order, a workgroup for each expert. All of them read every number twice: its 64 threads count
 * the numbers of lower experts and of its own in a piece each, and then write those of its own behind the pieces before.
 */
export const expertOrder = (): KernelText => ({
  workgroupSize: [64, 1, 1],
  declarations: `var<workgroup> lower: array<u32, 64>;
var<workgroup> own: array<u32, 64>;`,
  body: `let expert = i32(group.x);
let piece = (dims.count + 63u) / 64u;
let begin = min(local.x * piece, dims.count);
let end = min(begin + piece, dims.count);
var fewer = 0u;
var same = 0u;
for (var i = begin; i < end; i++) {
  if (chosen[i] < expert) { fewer++; }
  if (chosen[i] == expert) { same++; }
}
lower[local.x] = fewer;
own[local.x] = same;
workgroupBarrier();
var place = 0u;
var all = 0u;
for (var t = 0u; t < 64u; t++) {
  place += lower[t];
  all += lower[t] + own[t];
  if (t < local.x) { place += own[t]; }
}
if (local.x == 0u) { ends[group.x] = i32(all); }
for (var i = begin; i < end; i++) {
  if (chosen[i] != expert) { continue; }
  order[place] = i32(i);
  places[i] = i32(place);
  place++;
}`,
});

/** A thread an element: `i` of the result, in `row` and `column`. */
const eachElement = (body: string): KernelText => ({
  workgroupSize: [64, 1, 1],
  body: `let i = ${flatIndex};
if (i < dims.count) {
let row = i / dims.width;
let column = i % dims.width;
${body}
}`,
});

export const gatherRows = ({ weighted }: GatherRowsSpec): KernelText =>
  eachElement(`let number = u32(order[row]);
out[i] = x[number / dims.each * dims.width + column]${weighted ? ' * weights[number]' : ''};`);

export const combineRows = ({ weighted }: CombineRowsSpec): KernelText =>
  eachElement(`var sum = 0.0;
for (var number = row * dims.each; number < (row + 1u) * dims.each; number++) {
  sum += x[u32(places[number]) * dims.width + column]${weighted ? ' * weights[number]' : ''};
}
out[i] = sum;`);

/** One number by one workgroup (or thread). */
export function combineRowsBackward({ perThread }: CombineRowsBackwardSpec): KernelText {
  const frame = rowFrame(perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: frame.reduction('sum', 'f32', sum),
    body: frame.wrap(`let ofA = row / dims.each * dims.width;
let ofB = u32(places[row]) * dims.width;
var product = 0.0;
for (var i = begin; i < dims.width; i += step) { product += a[ofA + i] * b[ofB + i]; }
let value = reduce_sum(product, local.x);
if (inside && begin == 0u) { out[row] = value; }`),
  };
}
