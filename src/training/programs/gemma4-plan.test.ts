import { describe, expect, it } from 'vitest';
import { generateProgram } from '../../generation/programs.ts';
import published from '../../models/golden/published.json';
import { requireTextModel } from '../../models/model.ts';
import { planProgram } from '../../plan/plan.ts';
import { desktop } from '../../plan/profile.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun } from '../session/plan-run.ts';

/** LoRA of rank 16 on every linear layer in NF4, 1 × 512 tokens, layers computed again. */
const run = parseRunConfig({
  model: { weights: 'nf4' },
  dataset: { validation_strategy: 'none' },
  tokenizer: { max_length: 512 },
  architecture: { gradient_checkpointing: 'on' },
  tuning: { lora_r: 16, lora_dropout: 0, lora_target_modules: 'all-linear' },
  training: { batch_size: 1 },
});
const opened = (wanted: string) => modelFromConfigAlone(published.find(({ name }) => name === wanted)!.config);
const gib = (name: string): number => planRun(run, { ...opened(name), profile: desktop }).step.peakBytes / 2 ** 30;

describe('the plan of Gemma 4', () => {
  // Of the E2B 4.4 GiB are the table of what each layer embeds, which stays in 16 bits.
  it('fits 8 GiB with room for 1 more as E2B, and not as E4B', () => {
    expect(gib('Gemma-4-E2B')).toBeLessThan(7);
    expect(gib('Gemma-4-E4B')).toBeGreaterThan(9);
  });

  it('keeps keys and values of the layers that have their own alone', () => {
    const { model, dtypes } = opened('Gemma-4-E2B');
    const size = { rows: 1, capacity: 512, side: 'base' } as const;
    const { cost } = planProgram(generateProgram(requireTextModel(model), null, dtypes, size), desktop);
    // Of 15 layers 12 slide with a head of 256, and 3 have one of 512.
    expect(cost.peakByKind.cache).toBe(2 * 4 * 512 * (12 * 256 + 3 * 512));
  });
});
