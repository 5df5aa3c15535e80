import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelFromConfig } from '../../models/registry.ts';
import { boundsOf } from '../../plan/bounds.ts';
import { planProgram } from '../../plan/plan.ts';
import { desktop, portable } from '../../plan/profile.ts';
import { leastTime } from '../../testing/least-time.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun, planTuning } from '../session/plan-run.ts';
import { microStepProgram } from './programs.ts';
import { chosenFor } from './training-programs.ts';

/** Qwen2.5-0.5B, LoRA of rank 16 on all seven projections, 1 × 1024 tokens, bf16 weights: the figures of a plan. */
const config = readFileSync(new URL('../../models/golden/qwen2.5-0.5b.json', import.meta.url), 'utf8');
const model = modelFromConfig(JSON.parse(config));
const dtypes = () => 'bf16' as const;

const configWith = (gradient_checkpointing: 'off' | 'auto' | 'on') =>
  parseRunConfig({
    dataset: { validation_strategy: 'none' },
    tokenizer: { max_length: 1024 },
    architecture: { gradient_checkpointing },
    tuning: { lora_r: 16, lora_dropout: 0, lora_target_modules: 'all-linear' },
    training: { batch_size: 1 },
  });
const tuning = resolveTuning(model, configWith('off').tuning);
const GiB = 2 ** 30;

const sheetOf = (checkpointing: 'off' | 'auto' | 'on') =>
  planTuning(configWith(checkpointing), tuning, { model, dtypes, profile: desktop }).step;

describe('the plan of Qwen2.5-0.5B with LoRA', () => {
  const shape = { batchSize: 1, length: 1024 };

  it('fits 2.6 GiB as it is set by default, and 1.45 GiB with layers computed again', () => {
    expect(sheetOf('auto').peakBytes).toBeLessThan(2.6 * GiB);
    expect(sheetOf('on').peakBytes).toBeLessThan(1.45 * GiB);
  });

  it('computes layers again on its own where the run would not fit otherwise', () => {
    const planFor = (memoryBudget: number) =>
      planTuning(configWith('auto'), tuning, { model, dtypes, profile: { ...desktop, memoryBudget } });
    expect(planFor(3 * GiB).recomputed).toBe('activations');
    expect(planFor(2 * GiB).recomputed).toBe('blocks');
    expect(planFor(2 * GiB).step.peakBytes).toBeLessThan(2 * GiB);
  });

  it('places values within 1.10 of the least memory, and computes within 1.05 of the least work', () => {
    const graph = microStepProgram(model, tuning, dtypes, shape, 'activations');
    const bounds = boundsOf(graph);
    const { cost } = planProgram(graph, desktop);
    const persistent = cost.peakBytes - cost.peakByKind.activations;
    expect(cost.peakBytes / (persistent + bounds.transientBytes)).toBeLessThan(1.1);
    expect(cost.flops / bounds.flops).toBeLessThan(1.05);
  });

  it('needs at most eight submits a step on a desktop card', () => {
    expect(sheetOf('auto').submits).toBeLessThanOrEqual(8);
  });

  it('stays within eight storage buffers, 128 MiB a binding and 256 MiB a buffer on the least device', () => {
    const plan = planProgram(microStepProgram(model, tuning, dtypes, shape), portable);
    for (const { bindings } of plan.dispatches) expect(bindings.length).toBeLessThanOrEqual(8);
    expect(plan.cost.largestBinding).toBeLessThanOrEqual(portable.maxStorageBufferBindingSize);
    for (const bytes of plan.pool) expect(bytes).toBeLessThanOrEqual(portable.maxBufferSize);
  });

  it('takes at most 36 dispatches a layer, and 50 where layers are computed again', () => {
    expect(sheetOf('off').dispatches / model.layers.length).toBeLessThanOrEqual(36);
    expect(sheetOf('on').dispatches / model.layers.length).toBeLessThanOrEqual(50);
  });

  it('is made in 150 ms once warm', () => {
    const make = () => planProgram(microStepProgram(model, tuning, dtypes, shape, 'activations'), desktop);
    expect(leastTime(150, make)).toBeLessThan(150);
  });
});

type Compared = 'preference' | 'judged-answers';

describe('the plan of answers that are compared', () => {
  const planOf = (problem_type: 'instruction' | Compared, method: 'lora' | 'full') => {
    const base = configWith('auto');
    const dataset = { ...base.dataset, problem_type };
    const run = parseRunConfig({ ...base, dataset, tuning: { ...base.tuning, method } });
    const published = modelFromConfigAlone(JSON.parse(config), run);
    const tuned = resolveTuning(published.model, run.tuning);
    /** Half of the tokens are learned. */
    const step = (batchSize: number) => {
      const shape = { batchSize, length: 1024, scoredRows: 512 * batchSize, ...chosenFor(run) };
      return planProgram(microStepProgram(published.model, tuned, dtypes, shape, 'activations'), desktop).cost;
    };
    return { step, plan: planRun(run, { ...published, dtypes, profile: desktop }) };
  };

  it.each([
    ['preference', 'lora'],
    ['preference', 'full'],
    ['judged-answers', 'lora'],
  ] as const)('costs at most 2.2 single answers a row, and 0.7 of an epoch before it: %s, %s', (problem, method) => {
    const [pairs, single] = [planOf(problem, method), planOf('instruction', method)];
    const pair = pairs.step(2);
    expect(pair.seconds / single.step(1).seconds).toBeLessThan(2.2);
    expect(pair.flops / single.step(1).flops).toBeLessThan(2.2);
    expect(pair.seconds / single.step(2).seconds, 'of as many tokens').toBeLessThan(1.15);
    const { reference, microStep, step } = pairs.plan;
    expect(reference!.seconds / microStep.seconds).toBeLessThan(0.7);
    expect(single.plan.reference).toBeNull();
    expect(step.peakByKind.weight, 'no second model').toBe(single.plan.step.peakByKind.weight);
  });
});

describe('the plan of a base in 4 bits', () => {
  const int4 = (max_length: number, batch_size: number) =>
    parseRunConfig({
      model: { weights: 'int4' },
      dataset: { validation_strategy: 'none' },
      tokenizer: { max_length },
      architecture: { gradient_checkpointing: 'on' },
      tuning: { lora_r: 16, lora_dropout: 0, lora_target_modules: 'all-linear' },
      training: { batch_size },
    });

  it.each([portable, desktop])('fits 1.4 GiB for Qwen2.5-1.5B, 1 × 512 tokens ($name)', (profile) => {
    const large = modelFromConfig({
      ...JSON.parse(config),
      ...{ hidden_size: 1536, num_hidden_layers: 28, num_attention_heads: 12, num_key_value_heads: 2 },
      ...{ intermediate_size: 8960, max_window_layers: 28 },
    });
    const { step, totalParameters, trainedParameters } = planRun(int4(512, 1), { model: large, dtypes, profile });
    expect(totalParameters - trainedParameters).toBe(1_543_714_304);
    expect(step.peakBytes).toBeLessThan(1.4 * GiB);
  });

  it.each([portable, desktop])('fits 1.7 GiB for a GPT-2 of 1.7B, 4 × 256 tokens ($name)', (profile) => {
    const large = modelFromConfig({
      ...{ model_type: 'gpt2', n_layer: 24, n_embd: 2304, n_head: 24, n_positions: 2048, vocab_size: 51200 },
    });
    const { step } = planRun(int4(256, 4), { model: large, dtypes, profile });
    expect(step.peakBytes).toBeLessThan(1.7 * GiB);
  });
});
