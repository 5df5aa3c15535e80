import {
  add,
  concat,
  div,
  exp,
  expandDims,
  gather,
  log,
  matMul,
  max,
  mul,
  ones,
  scatterND,
  squeeze,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { dropThreshold, randomBits, signedUnit, siteKey } from '../../graph/random.ts';
import { crossEntropyInputs, type IdOffset, type SoftCap, type Value } from '../../graph/types.ts';
import { capped, timesSlope } from '../activations.ts';
import { type Entry, plain } from '../run.ts';

const indices = (values: ArrayLike<number>): Tensor1D => tensor1d(Int32Array.from(values), 'int32');

/** Rows of `updates` added up at `rows` of a [height, width] tensor of zeros; every backend has this kernel. */
function scatterRows(rows: ArrayLike<number>, updates: Tensor, height: number): Tensor {
  const at = tensor2d(Int32Array.from(rows), [rows.length, 1], 'int32');
  return scatterND(at, updates, [height, updates.shape[1]!]);
}

const shifted = (ids: ArrayLike<number>, { idOffset = 0 }: IdOffset): number[] =>
  Array.from(ids, (id) => id + idOffset);

export const embedding: Entry<'embedding'> = plain((node, run) => {
  const [table, ids] = node.inputs as [Value, Value];
  const vocabulary = table.shape[0]!;
  const fed = shifted(run.fed(ids), node.attributes);
  const inside = Float32Array.from(fed, (id) => (id >= 0 && id < vocabulary ? 1 : 0));
  const rows = gather(run.tensor(table), indices(Array.from(fed, (id, row) => (inside[row] === 0 ? 0 : id))));
  // An id outside the table gives zeros.
  return [inside.includes(0) ? mul(rows, tensor(inside, [fed.length, 1])) : rows];
});

export const embedding_backward: Entry<'embedding_backward'> = plain((node, run) => {
  const { rows } = node.attributes;
  const [dy, ids] = node.inputs as [Value, Value];
  const fed = shifted(run.fed(ids), node.attributes);
  const inside = Array.from(fed.keys()).filter((row) => fed[row]! >= 0 && fed[row]! < rows);
  if (inside.length === 0) return [zeros([rows, dy.shape[1]!])];
  const updates = inside.length === fed.length ? run.tensor(dy) : gather(run.tensor(dy), indices(inside));
  return [
    scatterRows(
      inside.map((row) => fed[row]!),
      updates,
      rows,
    ),
  ];
});

/** The mask is made in JavaScript, from the same numbers as everywhere. */
export const dropout: Entry<'dropout'> = plain((node, run) => {
  const { probability, site } = node.attributes;
  const [x, seed] = node.inputs as [Value, Value];
  const words = run.fed(seed);
  const [seed0, seed1] = [words[0]!, words[1]!];
  const key = siteKey(site);
  const threshold = dropThreshold(probability);
  const data = run.tensor(x);
  const mask = new Float32Array(data.size);
  for (let i = 0; i < mask.length; i++)
    if (randomBits(seed0, seed1, key, i) >= threshold) mask[i] = 1 / (1 - probability);
  return [mul(data, tensor(mask, data.shape))];
});

/** The noise is made in JavaScript, from the same numbers as everywhere. */
export const uniform_noise: Entry<'uniform_noise'> = plain((node, run) => {
  const { amplitude, site } = node.attributes;
  const [x, seed] = node.inputs as [Value, Value];
  const [seed0, seed1] = run.fed(seed) as unknown as [number, number];
  const key = siteKey(site);
  const data = run.tensor(x);
  const noise = new Float32Array(data.size);
  for (let i = 0; i < noise.length; i++) noise[i] = amplitude * signedUnit(randomBits(seed0, seed1, key, i));
  return [add(data, tensor(noise, [...x.shape]))];
});

/** Logits that are held at once, in elements: 64 MiB. */
const LOGITS_AT_ONCE = 2 ** 24;

/** One of the products that make up the logits: input [rows, width], weight [vocabulary, width]. */
interface Factors {
  readonly input: Tensor;
  readonly weight: Tensor;
}

/** Sum of the scaled losses and its gradients, of some rows or of all; `dInputs` and `dWeights` by product. */
interface Scores {
  readonly loss: Tensor;
  readonly dInputs: readonly (Tensor | undefined)[];
  readonly dWeights: readonly (Tensor | undefined)[];
  readonly dBias: Tensor | undefined;
}

/** What becomes of the sum of the products. */
interface Bounds extends SoftCap {
  /** [vocabulary] */
  readonly bias?: Tensor | undefined;
}

/** Which gradients are wanted. */
interface Wanted {
  readonly inputs: readonly boolean[];
  readonly weights: readonly boolean[];
  readonly bias: boolean;
}

const total = (terms: readonly Tensor[]): Tensor => terms.reduce((sumSoFar, term) => add(sumSoFar, term));

/** The logits of some rows, each with a label ≥ 0, and the loss of each [rows, 1]. */
function rowLosses(products: readonly Factors[], { bias, softCap }: Bounds, labels: readonly number[]) {
  const biased = (scores: Tensor, of: Tensor | undefined): Tensor => (of === undefined ? scores : add(scores, of));
  const whole = total(products.map(({ input, weight }) => matMul(input, weight, false, true)));
  const logits = capped(biased(whole, bias), softCap);
  const largest = max(logits, 1, true);
  const exponentials = exp(sub(logits, largest));
  const denominator = sum(exponentials, 1, true);
  // The label's logit is a product of its own, so that no one-hot matrix as large as the logits is needed.
  const labelRows = products.map(({ weight }) => gather(weight, indices(labels)));
  const labelBias = bias && expandDims(gather(bias, indices(labels)), 1);
  const labelSums = total(products.map(({ input }, at) => sum(mul(input, labelRows[at]!), 1, true)));
  const labelLogits = capped(biased(labelSums, labelBias), softCap);
  const losses = sub(add(log(denominator), largest), labelLogits);
  return { losses, logits, exponentials, denominator, labelRows, labelLogits };
}

/** A label ≥ 0 for each row of the inputs; scale [] or [rows, 1]. */
function scoreRows(
  products: readonly Factors[],
  bounds: Bounds,
  labels: readonly number[],
  scale: Tensor,
  wanted: Wanted,
): Scores {
  const found = rowLosses(products, bounds, labels);
  const { losses, logits, exponentials, denominator, labelRows, labelLogits } = found;
  const { softCap } = bounds;
  const loss = sum(mul(losses, scale));
  const dLogits = timesSlope(mul(exponentials, div(scale, denominator)), logits, softCap);
  const atLabel = timesSlope(mul(ones(labelLogits.shape), scale), labelLogits, softCap);
  const vocabulary = logits.shape[1]!;
  return {
    loss,
    dInputs: products.map(({ weight }, at) =>
      wanted.inputs[at] ? sub(matMul(dLogits, weight), mul(labelRows[at]!, atLabel)) : undefined,
    ),
    dWeights: products.map(({ input }, at) =>
      wanted.weights[at]
        ? sub(matMul(dLogits, input, true), scatterRows(labels, mul(input, atLabel), vocabulary))
        : undefined,
    ),
    dBias: wanted.bias ? sub(sum(dLogits, 0), squeeze(scatterRows(labels, atLabel, vocabulary), [1])) : undefined,
  };
}

/** As `scoreRows`, holding the logits of a few rows at a time. `scored` are the rows that have a label. */
function scoreInChunks(
  products: readonly Factors[],
  bounds: Bounds,
  scored: readonly number[],
  labels: ArrayLike<number>,
  scale: Tensor,
  wanted: Wanted,
): Scores {
  const sums = 2 + products.length;
  let summed: (Tensor | undefined)[] = Array(sums).fill(undefined);
  const dInputs: Tensor[][] = products.map(() => []);
  const rowsAtOnce = Math.max(1, Math.floor(LOGITS_AT_ONCE / products[0]!.weight.shape[0]!));
  for (let start = 0; start < scored.length; start += rowsAtOnce) {
    const rows = scored.slice(start, start + rowsAtOnce);
    const before = summed;
    const results: Tensor[] = tidy(() => {
      const chunk = scoreRows(
        products.map(({ input, weight }) => ({ input: gather(input, indices(rows)), weight })),
        bounds,
        rows.map((row) => labels[row]!),
        scale.rank === 0 ? scale : expandDims(gather(scale, indices(rows)), 1),
        wanted,
      );
      const plus = (sumBefore: Tensor | undefined, now: Tensor | undefined): Tensor | undefined =>
        sumBefore === undefined || now === undefined ? now : add(sumBefore, now);
      const parts = [chunk.loss, chunk.dBias, ...chunk.dWeights].map((now, at) => plus(before[at], now));
      return [...parts, ...chunk.dInputs] as Tensor[];
    });
    for (const tensor of before) tensor?.dispose();
    summed = results.slice(0, sums);
    for (const [at, list] of dInputs.entries()) if (wanted.inputs[at]) list.push(results[sums + at]!);
  }
  const [loss, dBias, ...dWeights] = summed;
  return { loss: loss!, dBias, dWeights, dInputs: dInputs.map((list) => (list.length > 0 ? concat(list) : undefined)) };
}

export const cross_entropy: Entry<'cross_entropy'> = {
  transientBytes({ inputs: [hidden, head] }) {
    return 3 * 4 * Math.min(hidden!.shape[0]! * head!.shape[0]!, LOGITS_AT_ONCE);
  },

  evaluate(node, run, used) {
    const { hidden, head, labels: labelValue, lossScale, bias, narrow, wide } = crossEntropyInputs(node.inputs);
    const labels = run.fed(labelValue);
    const scored = Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
    if (scored.length === 0) return node.outputs.map((type, i) => (used[i] ? zeros([...type.shape]) : undefined));
    const factors = (input: Value, weight: Value): Factors => ({
      input: run.tensor(input),
      weight: run.tensor(weight),
    });
    const products = [factors(hidden, head), ...(narrow && wide ? [factors(narrow, wide)] : [])];
    const last = node.outputs.length - 1;
    const wanted = {
      inputs: [used[1]!, used[last - 1]!],
      weights: [used[2]!, used[last]!],
      bias: bias !== undefined && used[3]!,
    };
    const bounds = { bias: bias && run.tensor(bias), ...node.attributes };
    const scores = scoreInChunks(products, bounds, scored, labels, run.tensor(lossScale), wanted);
    const [dHidden, dNarrow] = scores.dInputs.map((rows) => rows && scatterRows(scored, rows, hidden.shape[0]!));
    const [dHead, dWide] = scores.dWeights;
    return [scores.loss, dHidden, dHead, ...(bias ? [scores.dBias] : []), ...(wide ? [dNarrow, dWide] : [])];
  },
};

export const token_cross_entropy: Entry<'token_cross_entropy'> = {
  transientBytes: ({ inputs: [hidden, head] }) => 3 * 4 * Math.min(hidden!.shape[0]! * head!.shape[0]!, LOGITS_AT_ONCE),

  evaluate(node, run) {
    const { hidden, head, labels: labelValue, lossScale, bias, narrow, wide } = crossEntropyInputs(node.inputs);
    const labels = run.fed(labelValue);
    const scored = Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
    if (scored.length === 0) return [zeros([labels.length])];
    const pairs = [[hidden, head], ...(narrow && wide ? [[narrow, wide]] : [])] as [Value, Value][];
    const bounds = { bias: bias && run.tensor(bias), ...node.attributes };
    const rowsAtOnce = Math.max(1, Math.floor(LOGITS_AT_ONCE / head.shape[0]!));
    const losses: Tensor[] = [];
    for (let start = 0; start < scored.length; start += rowsAtOnce) {
      const rows = scored.slice(start, start + rowsAtOnce);
      const part = () => {
        const products = pairs.map(([input, weight]) => ({
          input: gather(run.tensor(input), indices(rows)),
          weight: run.tensor(weight),
        }));
        const scale = run.tensor(lossScale);
        const scales = scale.rank === 0 ? scale : expandDims(gather(scale, indices(rows)), 1);
        const wanted = rows.map((row) => labels[row]!);
        return mul(rowLosses(products, bounds, wanted).losses, scales);
      };
      losses.push(tidy(part));
    }
    return [squeeze(scatterRows(scored, concat(losses), labels.length), [1])];
  },
};
