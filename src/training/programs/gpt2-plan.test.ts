import { describe, expect, it } from 'vitest';
import { desktop, portable } from '../../plan/profile.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun } from '../session/plan-run.ts';

/** 24 layers of 2,304, vocabulary 51,200: the shape of the Japanese GPT-2 models of 1.7 billion parameters. */
const config = {
  ...{ model_type: 'gpt2', n_embd: 2304, n_layer: 24, n_head: 24, n_positions: 2048, vocab_size: 51200 },
  ...{ activation_function: 'gelu_new', torch_dtype: 'float16' },
};
const run = parseRunConfig({
  dataset: { validation_strategy: 'none' },
  tokenizer: { max_length: 512 },
  tuning: { method: 'lora', lora_r: 8, lora_dropout: 0, lora_target_modules: 'all-linear' },
  training: { batch_size: 1 },
});

describe('a GPT-2 of 1.7 billion parameters', () => {
  it('is planned from its config.json alone, within the limits of the least device', () => {
    const plan = planRun(run, { ...modelFromConfigAlone(config), profile: portable });
    expect(plan.totalParameters - plan.trainedParameters).toBe(1_652_230_656);
    expect(plan.microStep.largestBinding).toBeLessThanOrEqual(portable.maxStorageBufferBindingSize);
    // Half-precision weights are 3.1 GiB; the vectors, which are widened, add 10 MiB.
    expect(plan.step.peakByKind.weight / 2 ** 30).toBeCloseTo(3.1, 1);
  });

  it('computes a layer in a bounded number of dispatches', () => {
    const { dispatchesByLayer } = planRun(run, { ...modelFromConfigAlone(config), profile: desktop });
    expect(dispatchesByLayer).toHaveLength(24);
    expect(Math.max(...dispatchesByLayer)).toBeLessThanOrEqual(50);
    expect(Math.min(...dispatchesByLayer)).toBeGreaterThan(20);
  });
});
