import { dropThreshold, randomBits, signedUnit, siteKey } from '../random.ts';
import { crossEntropyInputs, type SoftCap } from '../types.ts';
import { capped, slopeAtCapped } from './activations.ts';
import type { Reference } from './interpret.ts';

export const embedding: Reference<'embedding'> = (node, [table, ids]) => {
  const [vocabulary, width] = node.inputs[0]!.shape as [number, number];
  const rows = new Float64Array(ids!.length * width);
  ids!.forEach((given, row) => {
    const id = given + (node.attributes.idOffset ?? 0);
    if (id >= 0 && id < vocabulary) rows.set(table!.subarray(id * width, (id + 1) * width), row * width);
  });
  return [rows];
};

export const embedding_backward: Reference<'embedding_backward'> = (node, [dy, ids]) => {
  const { rows, idOffset = 0 } = node.attributes;
  const width = node.inputs[0]!.shape[1]!;
  const gradient = new Float64Array(rows * width);
  ids!.forEach((given, row) => {
    const id = given + idOffset;
    if (id < 0 || id >= rows) return;
    for (let i = 0; i < width; i++) gradient[id * width + i]! += dy![row * width + i]!;
  });
  return [gradient];
};

export const dropout: Reference<'dropout'> = (node, [x, seed]) => {
  const { probability, site } = node.attributes;
  const key = siteKey(site);
  const threshold = dropThreshold(probability);
  const dropped = (index: number): boolean => randomBits(seed![0]!, seed![1]!, key, index) < threshold;
  return [x!.map((value, index) => (dropped(index) ? 0 : value / (1 - probability)))];
};

export const uniform_noise: Reference<'uniform_noise'> = (node, [x, seed]) => {
  const { amplitude, site } = node.attributes;
  const key = siteKey(site);
  return [x!.map((value, index) => value + amplitude * signedUnit(randomBits(seed![0]!, seed![1]!, key, index)))];
};

/** One product of the logits, with the sums of its gradients. */
interface LogitProduct {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly width: number;
  readonly dA: Float64Array;
  readonly dB: Float64Array;
}

/** Log-softmax denominator and logits of one row. */
function logitsOf(products: readonly LogitProduct[], start: Float64Array, row: number, { softCap }: SoftCap) {
  const logits = start.slice();
  for (let token = 0; token < logits.length; token++) {
    for (const { a, b, width } of products)
      for (let i = 0; i < width; i++) logits[token]! += a[row * width + i]! * b[token * width + i]!;
    logits[token] = capped(logits[token]!, softCap);
  }
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const logSum = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  return { logits, logSum };
}

export const token_cross_entropy: Reference<'token_cross_entropy'> = (node, inputs) => {
  const { hidden, head, labels, lossScale, bias, narrow, wide } = crossEntropyInputs(inputs as Float64Array[]);
  const none = new Float64Array(0);
  const product = (a: Float64Array, b: Float64Array) => ({ a, b, width: a.length / labels.length, dA: none, dB: none });
  const products = [product(hidden, head), ...(narrow && wide ? [product(narrow, wide)] : [])];
  const start = bias ?? new Float64Array(node.inputs[1]!.shape[0]!);
  const losses = Array.from(labels, (label, row) => {
    if (label < 0) return 0;
    const { logits, logSum } = logitsOf(products, start, row, node.attributes);
    return lossScale[lossScale.length === 1 ? 0 : row]! * (logSum - logits[label]!);
  });
  return [Float64Array.from(losses)];
};

export const cross_entropy: Reference<'cross_entropy'> = (node, inputs) => {
  const { softCap } = node.attributes;
  const { hidden, head, labels, lossScale, bias, narrow, wide } = crossEntropyInputs(inputs as Float64Array[]);
  const product = (a: Float64Array, b: Float64Array): LogitProduct => {
    return { a, b, width: a.length / labels.length, dA: new Float64Array(a.length), dB: new Float64Array(b.length) };
  };
  const products = [product(hidden, head), ...(narrow && wide ? [product(narrow, wide)] : [])];
  const dBias = new Float64Array(node.inputs[1]!.shape[0]!);
  let loss = 0;
  labels.forEach((label, row) => {
    if (label < 0) return;
    const factor = lossScale[lossScale.length === 1 ? 0 : row]!;
    const { logits, logSum } = logitsOf(products, bias ?? new Float64Array(dBias.length), row, node.attributes);
    loss += factor * (logSum - logits[label]!);
    logits.forEach((logit, token) => {
      const dScore = factor * (Math.exp(logit - logSum) - (token === label ? 1 : 0));
      const dLogit = dScore * slopeAtCapped(logit, softCap);
      dBias[token]! += dLogit;
      for (const { a, b, width, dA, dB } of products)
        for (let i = 0; i < width; i++) {
          dA[row * width + i]! += dLogit * b[token * width + i]!;
          dB[token * width + i]! += dLogit * a[row * width + i]!;
        }
    });
  });
  const [{ dA, dB }, added] = products as [LogitProduct, LogitProduct?];
  return [Float64Array.of(loss), dA, dB, ...(bias ? [dBias] : []), ...(added ? [added.dA, added.dB] : [])];
};
