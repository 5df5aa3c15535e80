import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { momentBlocks, momentWords } from '../dynamic-map.ts';
import { elementCount, type OptimizerOp, sameShape, type TensorType, type Value } from '../types.ts';

/** (target parameter, value, keep f32 []) → nothing; target = value + (keep ≠ 0 ? target : 0), in place. */
export const accumulate: OpDefinition<'accumulate'> = {
  flops: 'elementwise',
  writes: ([target]) => [target!],
  infer(inputs) {
    requireInputs(inputs, 'accumulate', 3);
    const [target, value] = inputs as [TensorType, TensorType];
    requireShape(sameShape(target.shape, value.shape), () => `accumulate: ${show(target)} and ${show(value)} differ`);
    return [];
  },
};

/**
 * (cache parameter [capacity, width], value [rows, width], positions i32 [rows]) → the cache after cache[positions[i]]
 * = value[i], in place. Read the output, not the parameter, to be ordered after the write.
 */
export const cache_write: OpDefinition<'cache_write'> = {
  flops: 'elementwise',
  sharesStorage: true,
  writes: ([cache]) => [cache!],
  infer(inputs) {
    requireInputs(inputs, 'cache_write', 3);
    const [cache, value] = inputs as [TensorType, TensorType];
    requireShape(cache.shape[1] === value.shape[1], () => `cache_write: ${show(value)} into ${show(cache)}`);
    return [{ shape: cache.shape, dtype: cache.dtype }];
  },
};

/** (gradients …) → √(Σ of all squares), f32 []. */
export const global_norm: OpDefinition<'global_norm'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'global_norm', 1, Number.POSITIVE_INFINITY);
    return [f32([])];
  },
};

/** What all optimizers share: the parameter and its states are written, in about one operation a number of these. */
const update = {
  flops: 'elementwise',
  writes: (inputs: readonly Value[]) => [inputs[0]!, ...inputs.slice(2, -2)],
} as const;

/** Shapes of an update of a parameter with that many states of its shape. */
function inferUpdate(op: OptimizerOp, states: number): (inputs: readonly TensorType[]) => TensorType[] {
  return (inputs) => {
    requireInputs(inputs, op, states + 4);
    const [parameter, ...others] = inputs.slice(0, -2) as [TensorType, ...TensorType[]];
    const hyper = inputs.at(-2)!;
    for (const other of others)
      requireShape(
        sameShape(parameter.shape, other.shape),
        () => `${op}: ${show(parameter)} and ${show(other)} differ`,
      );
    requireShape(hyper.shape[0] === 4, () => `${op}: hyper must be f32[4], got ${show(hyper)}`);
    return [];
  };
}

/*
 * Optimizers: (parameter, gradient, states …, hyper f32 [4], norm f32 []) → nothing; they update parameter and states in
 * place as torch.optim does. hyper = [learning rate, 1−β₁ᵗ, 1−β₂ᵗ, maximum norm or 0], of which only Adam reads the
 * second and the third. The gradient g is first scaled by min(1, maximum/(norm + 1e-6)) where a maximum is given, as
 * torch's clip_grad_norm_. A norm that is not finite leaves everything unchanged. Weight decay λ is added to the
 * gradient, g + λ·p, except where AdamW takes it from the parameter itself. States start as zeros.
 */

/**
 * States m, v: m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g², p −= lr·(m/(1−β₁ᵗ))/(√(v/(1−β₂ᵗ)) + ε). Decay `decoupled`
 * (AdamW, arXiv 1711.05101): first p *= 1 − lr·λ; `gradient`: Adam (arXiv 1412.6980).
 */
export const adamw: OpDefinition<'adamw'> = { ...update, infer: inferUpdate('adamw', 2) };

/**
 * AdamW whose moments are codes (`dynamic-map.ts`), as bitsandbytes' AdamW8bit: states are words of codes u32 [blocks, 64]
 * and largest magnitudes f32 [blocks], of the first and then of the second moment. The parameter is updated by the
 * moments as they are before they become codes.
 */
export const adamw_8bit: OpDefinition<'adamw_8bit'> = {
  ...update,
  infer(inputs) {
    requireInputs(inputs, 'adamw_8bit', 8);
    const [parameter, gradient, ...states] = inputs.slice(0, 6) as [TensorType, ...TensorType[]];
    requireShape(
      sameShape(parameter.shape, gradient!.shape),
      () => `adamw_8bit: ${show(parameter)}, ${show(gradient)}`,
    );
    const blocks = momentBlocks(elementCount(parameter.shape));
    states.forEach((state, index) => {
      const wanted = index % 2 === 0 ? [blocks, momentWords] : [blocks];
      requireShape(sameShape(state.shape, wanted), () => `adamw_8bit: ${show(state)} is not [${wanted}]`);
    });
    return [];
  },
};

/** State b: b = μb + g, p −= lr·(g + μb): momentum as Nesterov's, without dampening. */
export const sgd: OpDefinition<'sgd'> = { ...update, infer: inferUpdate('sgd', 1) };

/** States v, b: v = αv + (1−α)g², b = μb + g/(√v + ε), p −= lr·b. */
export const rmsprop: OpDefinition<'rmsprop'> = { ...update, infer: inferUpdate('rmsprop', 2) };

/** States v, u (arXiv 1212.5701): v = ρv + (1−ρ)g², d = g·√(u + ε)/√(v + ε), u = ρu + (1−ρ)d², p −= lr·d. */
export const adadelta: OpDefinition<'adadelta'> = { ...update, infer: inferUpdate('adadelta', 2) };
