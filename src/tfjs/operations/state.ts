import {
  abs,
  add,
  cast,
  clone,
  div,
  expandDims,
  gather,
  greater,
  lessEqual,
  max,
  minimum,
  mul,
  notEqual,
  onesLike,
  pad,
  reshape,
  scalar,
  slice,
  sqrt,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tensorScatterUpdate,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { momentBlock, momentWords, signedMap, unsignedMap } from '../../graph/dynamic-map.ts';
import { writtenInputs } from '../../graph/properties.ts';
import type { NodeOf, OptimizerOp, Value } from '../../graph/types.ts';
import { type Entry, plain, type Run } from '../run.ts';

/** Selects rather than multiplies: a sum that is to be dropped may hold NaN. */
export const accumulate: Entry<'accumulate'> = plain((node, run) => {
  const [target, value, keep] = run.inputs(node);
  const kept = where(notEqual(keep!, 0), target!, zerosLike(target!));
  run.assign(node.inputs[0]!, add(kept, value!));
  return [];
});

export const cache_write: Entry<'cache_write'> = plain((node, run) => {
  const [cache, value, positions] = node.inputs as [Value, Value, Value];
  const fed = run.fed(positions);
  const at = tensor2d(Int32Array.from(fed), [fed.length, 1], 'int32');
  const written = tensorScatterUpdate(run.tensor(cache), at, run.tensor(value));
  run.assign(cache, written);
  return [clone(written)];
});

/** Added up in pairs: `addN` binds all at once, more than a GPU allows. */
export const global_norm: Entry<'global_norm'> = plain((node, run) => [
  sqrt(
    run
      .inputs(node)
      .map((gradient): Tensor => sum(square(gradient)))
      .reduce((total, squares) => add(total, squares)),
  ),
]);

/** f32 in full: any number above is infinite, and no comparison holds for NaN. */
const LARGEST_F32 = 3.4028234663852886e38;

/** The new value of a parameter and of each of its states, in the order of the inputs. */
type Updated = readonly Tensor[];

/** Clips, adds the decay that goes into gradients, and assigns what `each` gives where the norm is finite. */
function update(
  node: NodeOf<OptimizerOp>,
  run: Run,
  decay: number,
  each: (gradient: Tensor, rate: Tensor, hyperAt: (i: number) => Tensor) => Updated,
): [] {
  const [hyper, norm] = node.inputs.slice(-2).map((value) => run.tensor(value)) as [Tensor, Tensor];
  const hyperAt = (i: number): Tensor => gather(hyper, scalar(i, 'int32'));
  const rate = mul(hyperAt(0), node.attributes.learningRateFactor);
  // A maximum of 0 means no clipping: the factor is then 1, as where the norm is below the maximum.
  const clip = where(notEqual(hyperAt(3), 0), minimum(1, div(hyperAt(3), add(norm, 1e-6))), scalar(1));
  const clipped = mul(run.tensor(node.inputs[1]!), clip);
  const gradient = decay === 0 ? clipped : add(clipped, mul(run.tensor(node.inputs[0]!), decay));
  const finite = lessEqual(norm, LARGEST_F32);
  const updated = each(gradient, rate, hyperAt);
  writtenInputs(node).forEach((target, i) => {
    run.assign(target, where(finite, updated[i]!, run.tensor(target)));
  });
  return [];
}

/** beta · old + (1 − beta) · next */
const mixed = (old: Tensor, next: Tensor, beta: number): Tensor => add(mul(old, beta), mul(next, 1 - beta));

export const adamw: Entry<'adamw'> = plain((node, run) => {
  const { beta1, beta2, epsilon, weightDecay, decay } = node.attributes;
  const [parameter, , moment1, moment2] = run.inputs(node) as [Tensor, Tensor, Tensor, Tensor];
  const [ofParameter, ofGradient] = decay === 'decoupled' ? [weightDecay, 0] : [0, weightDecay];
  return update(node, run, ofGradient, (g, rate, hyperAt) => {
    const m = mixed(moment1, g, beta1);
    const v = mixed(moment2, square(g), beta2);
    const direction = div(div(m, hyperAt(1)), add(sqrt(div(v, hyperAt(2))), epsilon));
    const decayed = mul(parameter, sub(1, mul(rate, ofParameter)));
    return [sub(decayed, mul(rate, direction)), m, v];
  });
});

/** The codes of words, which are held as their bytes [blocks, 64, 4] (`Parameter`), as [blocks, 256]; and back. */
const codesOf = (words: Tensor): Tensor => reshape(words, [words.shape[0]!, momentBlock]);
const wordsOf = (codes: Tensor): Tensor => reshape(codes, [codes.shape[0]!, momentWords, 4]);

/** Moments [blocks, 256] as words of codes of a map, and the largest magnitude of each block. */
function coded(moments: Tensor, map: Float32Array): [words: Tensor, largest: Tensor] {
  const largest = max(abs(moments), 1, true);
  const scaled = div(moments, where(greater(largest, 0), largest, onesLike(largest)));
  const middles = tensor1d(map.slice(1).map((value, i) => (value + map[i]!) / 2));
  let codes: Tensor = zeros(moments.shape, 'int32');
  for (let step = 128; step >= 1; step /= 2) {
    const above = greater(scaled, gather(middles, add(codes, scalar(step - 1, 'int32'))));
    codes = add(codes, mul(cast(above, 'int32'), scalar(step, 'int32')));
  }
  return [wordsOf(codes), squeeze(largest, [1])];
}

export const adamw_8bit: Entry<'adamw_8bit'> = plain((node, run) => {
  const { beta1, beta2, epsilon, weightDecay } = node.attributes;
  const [parameter, , words1, largest1, words2, largest2] = run.inputs(node) as Tensor[];
  const blocks = largest1!.shape[0]!;
  const moments = (words: Tensor, largest: Tensor, map: Float32Array): Tensor =>
    mul(gather(tensor1d(map), codesOf(words)), expandDims(largest, 1));
  return update(node, run, 0, (gradient, rate, hyperAt) => {
    const flat = reshape(gradient, [gradient.size]);
    const g = reshape(pad(flat, [[0, blocks * momentBlock - flat.size]]), [blocks, momentBlock]);
    const m = mixed(moments(words1!, largest1!, signedMap), g, beta1);
    const v = mixed(moments(words2!, largest2!, unsignedMap), square(g), beta2);
    const direction = div(div(m, hyperAt(1)), add(sqrt(div(v, hyperAt(2))), epsilon));
    const step = reshape(slice(reshape(direction, [direction.size]), 0, parameter!.size), parameter!.shape);
    const updated = sub(mul(parameter!, sub(1, mul(rate, weightDecay))), mul(rate, step));
    return [updated, ...coded(m, signedMap), ...coded(v, unsignedMap)];
  });
});

export const sgd: Entry<'sgd'> = plain((node, run) => {
  const { momentum, weightDecay } = node.attributes;
  const [parameter, , old] = run.inputs(node) as [Tensor, Tensor, Tensor];
  return update(node, run, weightDecay, (g, rate) => {
    const buffer = add(mul(old, momentum), g);
    return [sub(parameter, mul(rate, add(g, mul(buffer, momentum)))), buffer];
  });
});

export const rmsprop: Entry<'rmsprop'> = plain((node, run) => {
  const { alpha, momentum, epsilon, weightDecay } = node.attributes;
  const [parameter, , oldSquare, oldBuffer] = run.inputs(node) as [Tensor, Tensor, Tensor, Tensor];
  return update(node, run, weightDecay, (g, rate) => {
    const squares = mixed(oldSquare, square(g), alpha);
    const buffer = add(mul(oldBuffer, momentum), div(g, add(sqrt(squares), epsilon)));
    return [sub(parameter, mul(rate, buffer)), squares, buffer];
  });
});

export const adadelta: Entry<'adadelta'> = plain((node, run) => {
  const { rho, epsilon, weightDecay } = node.attributes;
  const [parameter, , oldSquare, oldDelta] = run.inputs(node) as [Tensor, Tensor, Tensor, Tensor];
  return update(node, run, weightDecay, (g, rate) => {
    const squares = mixed(oldSquare, square(g), rho);
    const change = mul(div(sqrt(add(oldDelta, epsilon)), sqrt(add(squares, epsilon))), g);
    return [sub(parameter, mul(rate, change)), squares, mixed(oldDelta, square(change), rho)];
  });
});
