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
import type { IdOffset, SoftCap, Value } from '../../graph/types.ts';
import { capped, timesSlope } from '../activations.ts';
import type { Evaluate } from '../run.ts';

const indices = (values: ArrayLike<number>): Tensor1D => tensor1d(Int32Array.from(values), 'int32');

/** Rows of `updates` added up at `rows` of a [height, width] tensor of zeros; every backend has this kernel. */
function scatterRows(rows: ArrayLike<number>, updates: Tensor, height: number): Tensor {
  const at = tensor2d(Int32Array.from(rows), [rows.length, 1], 'int32');
  return scatterND(at, updates, [height, updates.shape[1]!]);
}

const shifted = (ids: ArrayLike<number>, { idOffset = 0 }: IdOffset): number[] =>
  Array.from(ids, (id) => id + idOffset);

export const embedding: Evaluate<'embedding'> = (node, run) => {
  const [table, ids] = node.inputs as [Value, Value];
  const vocabulary = table.shape[0]!;
  const fed = shifted(run.fed(ids), node.attributes);
  const inside = Float32Array.from(fed, (id) => (id >= 0 && id < vocabulary ? 1 : 0));
  const rows = gather(run.tensor(table), indices(Array.from(fed, (id, row) => (inside[row] === 0 ? 0 : id))));
  // An id outside the table gives zeros.
  return [inside.includes(0) ? mul(rows, tensor(inside, [fed.length, 1])) : rows];
};

export const embedding_backward: Evaluate<'embedding_backward'> = (node, run) => {
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
};

/** The mask is made in JavaScript, from the same numbers as everywhere. */
export const dropout: Evaluate<'dropout'> = (node, run) => {
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
};

/** The noise is made in JavaScript, from the same numbers as everywhere. */
export const uniform_noise: Evaluate<'uniform_noise'> = (node, run) => {
  const { amplitude, site } = node.attributes;
  const [x, seed] = node.inputs as [Value, Value];
  const [seed0, seed1] = run.fed(seed) as unknown as [number, number];
  const key = siteKey(site);
  const data = run.tensor(x);
  const noise = new Float32Array(data.size);
  for (let i = 0; i < noise.length; i++) noise[i] = amplitude * signedUnit(randomBits(seed0, seed1, key, i));
  return [add(data, tensor(noise, [...x.shape]))];
};

/** Logits that are held at once, in elements: 64 MiB. */
const LOGITS_AT_ONCE = 2 ** 24;

/** Sum of the scaled losses and its gradients, of some rows or of all. */
interface Scores {
  readonly loss: Tensor;
  readonly dHidden: Tensor | undefined;
  readonly dHead: Tensor | undefined;
  readonly dBias: Tensor | undefined;
}

/** What turns hidden states into logits. */
interface Head extends SoftCap {
  /** [vocabulary, width] */
  readonly weight: Tensor;
  /** [vocabulary] */
  readonly bias?: Tensor | undefined;
}

/** hidden [rows, width], a label ≥ 0 for each row; scale [] or [rows, 1]. */
function scoreRows(
  hidden: Tensor,
  { weight, bias, softCap }: Head,
  labels: readonly number[],
  scale: Tensor,
  used: readonly boolean[],
): Scores {
  const biased = (scores: Tensor, of: Tensor | undefined): Tensor => (of === undefined ? scores : add(scores, of));
  const logits = capped(biased(matMul(hidden, weight, false, true), bias), softCap);
  const largest = max(logits, 1, true);
  const exponentials = exp(sub(logits, largest));
  const total = sum(exponentials, 1, true);
  // The label's logit is a product of its own, so that no one-hot matrix as large as the logits is needed.
  const labelRows = gather(weight, indices(labels));
  const labelBias = bias && expandDims(gather(bias, indices(labels)), 1);
  const labelLogits = capped(biased(sum(mul(hidden, labelRows), 1, true), labelBias), softCap);
  const loss = sum(mul(sub(add(log(total), largest), labelLogits), scale));
  const dLogits = timesSlope(mul(exponentials, div(scale, total)), logits, softCap);
  const atLabel = timesSlope(mul(ones(labelLogits.shape), scale), labelLogits, softCap);
  const vocabulary = weight.shape[0]!;
  return {
    loss,
    dHidden: used[1] ? sub(matMul(dLogits, weight), mul(labelRows, atLabel)) : undefined,
    dHead: used[2]
      ? sub(matMul(dLogits, hidden, true), scatterRows(labels, mul(hidden, atLabel), vocabulary))
      : undefined,
    dBias: used[3] ? sub(sum(dLogits, 0), squeeze(scatterRows(labels, atLabel, vocabulary), [1])) : undefined,
  };
}

/** As `scoreRows`, holding the logits of a few rows at a time. `scored` are the rows of hidden that have a label. */
function scoreInChunks(
  hidden: Tensor,
  head: Head,
  scored: readonly number[],
  labels: ArrayLike<number>,
  scale: Tensor,
  used: readonly boolean[],
): Scores {
  let [loss, dHead, dBias]: (Tensor | undefined)[] = [];
  const dHidden: Tensor[] = [];
  const rowsAtOnce = Math.max(1, Math.floor(LOGITS_AT_ONCE / head.weight.shape[0]!));
  for (let start = 0; start < scored.length; start += rowsAtOnce) {
    const rows = scored.slice(start, start + rowsAtOnce);
    const before = [loss, dHead, dBias] as const;
    const results: Tensor[] = tidy(() => {
      const chunk = scoreRows(
        gather(hidden, indices(rows)),
        head,
        rows.map((row) => labels[row]!),
        scale.rank === 0 ? scale : expandDims(gather(scale, indices(rows)), 1),
        used,
      );
      const plus = (sumBefore: Tensor | undefined, now: Tensor | undefined): Tensor | undefined =>
        sumBefore === undefined || now === undefined ? now : add(sumBefore, now);
      const sums = [plus(before[0], chunk.loss), plus(before[1], chunk.dHead), plus(before[2], chunk.dBias)];
      return [...sums, chunk.dHidden] as Tensor[];
    });
    for (const tensor of before) tensor?.dispose();
    [loss, dHead, dBias] = results;
    if (used[1]) dHidden.push(results[3]!);
  }
  return { loss: loss!, dHead, dBias, dHidden: used[1] ? concat(dHidden) : undefined };
}

export const cross_entropy: Evaluate<'cross_entropy'> = (node, run, used) => {
  const [hidden, head, labelValue, lossScale, bias] = node.inputs as [Value, Value, Value, Value, Value?];
  const labels = run.fed(labelValue);
  const scored = Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
  if (scored.length === 0) return node.outputs.map((type, i) => (used[i] ? zeros([...type.shape]) : undefined));
  const heading: Head = { weight: run.tensor(head), bias: bias && run.tensor(bias), ...node.attributes };
  const scores = scoreInChunks(run.tensor(hidden), heading, scored, labels, run.tensor(lossScale), used);
  const dHidden = scores.dHidden && scatterRows(scored, scores.dHidden, hidden.shape[0]!);
  return [scores.loss, dHidden, scores.dHead, scores.dBias];
};
