/**
 * The plan of a LoRA step (rank 16 on every linear layer, 1 × 512 tokens, layers computed again) at the smallest published
 * size of each type, and at about 8B. Parameters are those that transformers counts (`models/golden/make.py --published`).
 */
import { describe, expect, test } from 'vitest';
import published from '../../models/golden/published.json';
import { supportedModelTypes } from '../../models/registry.ts';
import { planProgram } from '../../plan/plan.ts';
import { desktop } from '../../plan/profile.ts';
import { leastTime } from '../../testing/least-time.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun } from '../session/plan-run.ts';
import { microStepProgram } from './programs.ts';

const opened = published.filter(({ config }) => supportedModelTypes.includes(config.model_type));
const GiB = 2 ** 30;

const run = parseRunConfig({
  dataset: { validation_strategy: 'none' },
  tokenizer: { max_length: 512 },
  architecture: { gradient_checkpointing: 'on' },
  tuning: { lora_r: 16, lora_dropout: 0, lora_target_modules: 'all-linear' },
  training: { batch_size: 1 },
});

test('every type that is opened has a published size here', () => {
  expect([...new Set(opened.map(({ config }) => config.model_type))].sort()).toEqual([...supportedModelTypes].sort());
});

test.each(opened)('$name has as many parameters as are published', ({ config, parameters }) => {
  const counts = modelFromConfigAlone(config).model.parameters.map(({ shape }) =>
    shape.reduce((count, size) => count * size, 1),
  );
  expect(counts.reduce((sum, count) => sum + count)).toBe(parameters);
});

/** Those whose layers are unlike, and one of 8B; all with ATELIER_ALL_CASES=1. */
const sampled = ['Qwen3-8B', 'Gemma-3-270M', 'LFM2-350M', 'DeBERTa-v3-xsmall', 'MPNet-base'];
const planned = opened.filter(({ name }) => process.env.ATELIER_ALL_CASES === '1' || sampled.includes(name));

describe.each(planned)('the plan of $name', ({ config, parameters }) => {
  const { model, dtypes } = modelFromConfigAlone(config);
  const tuning = resolveTuning(model, run.tuning);

  test('needs its weights and less than 2.5 GiB beside them', () => {
    const { step, totalParameters, trainedParameters } = planRun(run, { model, dtypes, profile: desktop });
    expect(totalParameters - trainedParameters).toBeLessThanOrEqual(parameters);
    const weights = parameters * (config.dtype === 'float32' ? 4 : 2);
    expect(step.peakBytes).toBeGreaterThan(weights);
    expect(step.peakBytes - weights).toBeLessThan(2.5 * GiB);
  });

  // Gemma 3n has twice as many matrices in a layer as others.
  const bound = (parameters > 6.5e9 ? 300 : 150) * (config.model_type.startsWith('gemma3n') ? 2.5 : 1);
  test(`is made in ${bound} ms once warm`, () => {
    const shape = { batchSize: 1, length: 512 };
    const make = () => planProgram(microStepProgram(model, tuning, dtypes, shape, 'blocks'), desktop);
    expect(leastTime(bound, make)).toBeLessThan(bound);
  });
});
