import {
  add,
  clone,
  div,
  gather,
  lessEqual,
  minimum,
  mul,
  notEqual,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tensor2d,
  tensorScatterUpdate,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Value } from '../../graph/types.ts';
import type { Evaluate } from '../run.ts';

/** Selects rather than multiplies: a sum that is to be dropped may hold NaN. */
export const accumulate: Evaluate<'accumulate'> = (node, run) => {
  const [target, value, keep] = run.inputs(node);
  const kept = where(notEqual(keep!, 0), target!, zerosLike(target!));
  run.assign(node.inputs[0]!, add(kept, value!));
  return [];
};

export const cache_write: Evaluate<'cache_write'> = (node, run) => {
  const [cache, value, positions] = node.inputs as [Value, Value, Value];
  const fed = run.fed(positions);
  const at = tensor2d(Int32Array.from(fed), [fed.length, 1], 'int32');
  const written = tensorScatterUpdate(run.tensor(cache), at, run.tensor(value));
  run.assign(cache, written);
  return [clone(written)];
};

/** Added up in pairs: `addN` binds all at once, more than a GPU allows. */
export const global_norm: Evaluate<'global_norm'> = (node, run) => [
  sqrt(
    run
      .inputs(node)
      .map((gradient): Tensor => sum(square(gradient)))
      .reduce((total, squares) => add(total, squares)),
  ),
];

/** f32 in full: any number above is infinite, and no comparison holds for NaN. */
const LARGEST_F32 = 3.4028234663852886e38;

export const adamw: Evaluate<'adamw'> = (node, run) => {
  const { beta1, beta2, epsilon, weightDecay, learningRateFactor } = node.attributes;
  const [parameter, gradient, moment1, moment2, hyper, norm] = run.inputs(node) as Tensor[];
  const hyperAt = (i: number): Tensor => gather(hyper!, scalar(i, 'int32'));
  const rate = mul(hyperAt(0), learningRateFactor);
  // A maximum of 0 means no clipping: the factor is then 1, as where the norm is below the maximum.
  const clip = where(notEqual(hyperAt(3), 0), minimum(1, div(hyperAt(3), add(norm!, 1e-6))), scalar(1));
  const g = mul(gradient!, clip);
  const m = add(mul(moment1!, beta1), mul(g, 1 - beta1));
  const v = add(mul(moment2!, beta2), mul(square(g), 1 - beta2));
  const direction = div(div(m, hyperAt(1)), add(sqrt(div(v, hyperAt(2))), epsilon));
  const decayed = mul(parameter!, sub(1, mul(rate, weightDecay)));
  const updated = sub(decayed, mul(rate, direction));
  const finite = lessEqual(norm!, LARGEST_F32);
  const targets: [Value, Tensor, Tensor][] = [
    [node.inputs[0]!, updated, parameter!],
    [node.inputs[2]!, m, moment1!],
    [node.inputs[3]!, v, moment2!],
  ];
  for (const [target, next, old] of targets) run.assign(target, where(finite, next, old));
  return [];
};
