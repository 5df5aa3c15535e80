import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { sameShape, type TensorType } from '../types.ts';

/** (target parameter, value, keep f32 []) → nothing; target = value + (keep ≠ 0 ? target : 0), in place. */
export const accumulate: OpDefinition<'accumulate'> = {
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
  infer(inputs) {
    requireInputs(inputs, 'cache_write', 3);
    const [cache, value] = inputs as [TensorType, TensorType];
    requireShape(cache.shape[1] === value.shape[1], () => `cache_write: ${show(value)} into ${show(cache)}`);
    return [{ shape: cache.shape, dtype: cache.dtype }];
  },
};

/** (gradients …) → √(Σ of all squares), f32 []. */
export const global_norm: OpDefinition<'global_norm'> = {
  infer(inputs) {
    requireInputs(inputs, 'global_norm', 1, Number.POSITIVE_INFINITY);
    return [f32([])];
  },
};

/**
 * (parameter, gradient, moment1, moment2, hyper f32 [4], norm f32 []) → nothing; updates parameter and moments in
 * place as torch.optim.AdamW does. hyper = [learning rate, 1−β₁ᵗ, 1−β₂ᵗ, maximum norm or 0]. The gradient is first
 * scaled by min(1, maximum/(norm + 1e-6)) where a maximum is given, as torch's clip_grad_norm_. A norm that is not
 * finite leaves everything unchanged.
 */
export const adamw: OpDefinition<'adamw'> = {
  infer(inputs) {
    requireInputs(inputs, 'adamw', 6);
    const [parameter, gradient, moment1, moment2, hyper] = inputs as TensorType[];
    for (const other of [gradient, moment1, moment2])
      requireShape(
        sameShape(parameter!.shape, other!.shape),
        () => `adamw: ${show(parameter)} and ${show(other)} differ`,
      );
    requireShape(hyper!.shape[0] === 4, () => `adamw: hyper must be f32[4], got ${show(hyper)}`);
    return [];
  },
};
