import { describe, expect, it } from 'vitest';
import { generateProgram } from '../../generation/programs.ts';
import { requireTextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { planProgram } from '../../plan/plan.ts';
import { desktop } from '../../plan/profile.ts';
import type { Plan } from '../../plan/types.ts';
import { leastTime } from '../../testing/least-time.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { DTypes } from '../../tuning/seams.ts';
import { microStepProgram, type Recomputed } from './programs.ts';

/** A Qwen3.5 of the shape of 0.8B, LoRA of rank 16 on every linear layer, 1 × 1024 tokens. */
const model = requireTextModel(
  modelFromConfig({
    model_type: 'qwen3_5_text',
    ...{ hidden_size: 1024, intermediate_size: 3584, num_hidden_layers: 24, vocab_size: 248320 },
    ...{ num_attention_heads: 8, num_key_value_heads: 2, tie_word_embeddings: true },
    ...{ linear_num_key_heads: 16, linear_num_value_heads: 16 },
  }),
);
const tuning = resolveTuning(model, { method: 'lora', lora_r: 16, lora_target_modules: 'all-linear' });
const rows = 1024;
const linear = new Set(model.parameters.filter(({ role }) => role === 'linear').map(({ name }) => name));
const dtypes: Readonly<Record<'bf16' | 'nf4', DTypes>> = {
  bf16: () => 'bf16',
  nf4: (name) => (linear.has(name) ? 'nf4' : 'bf16'),
};
const make = (weights: keyof typeof dtypes, recomputed: Recomputed) =>
  planProgram(microStepProgram(model, tuning, dtypes[weights], { batchSize: 1, length: rows }, recomputed), desktop);
const plan = make('bf16', 'activations');

const [delta, attention] = [1, 3];
const inLayer = ({ dispatches }: Plan, layer: number) =>
  dispatches.filter(({ scope }) => scope.includes(`layers.${layer}.`));

describe('the plan of a Qwen3.5 of 0.8B with LoRA', () => {
  it('fits 3 GiB where layers are computed again, and 1.6 GiB with their matrices in 4 bits', () => {
    const gib = (weights: keyof typeof dtypes) => make(weights, 'blocks').cost.peakBytes / 2 ** 30;
    expect(gib('bf16')).toBeLessThan(3);
    expect(gib('nf4')).toBeLessThan(1.6);
  });

  it('takes at most 1.5 times the dispatches of a layer of attention, while text is written too', () => {
    const size = { rows: 1, capacity: 2048, side: 'base' } as const;
    for (const each of [plan, planProgram(generateProgram(model, null, dtypes.bf16, size), desktop)]) {
      const [ours, theirs] = [delta, attention].map((layer) => inLayer(each, layer).length) as [number, number];
      expect(ours / theirs).toBeLessThanOrEqual(1.5);
    }
  });

  it('reads and writes each row of the convolution once, forward and backward', () => {
    const kernels = inLayer(plan, delta).filter(({ spec }) => spec.kernel.startsWith('causal_convolution'));
    // Forward, again in the backward part, and the gradient of its input; the frozen taps have none.
    expect(kernels).toHaveLength(3);
    const channels = 3 * 16 * 128;
    for (const { bytesMoved, flops } of kernels) {
      expect(bytesMoved / (2 * 4 * rows * channels)).toBeLessThan(1.01);
      expect(flops).toBe(2 * 4 * rows * channels);
    }
  });

  it('is made in 150 ms once warm', () => {
    expect(leastTime(150, () => make('bf16', 'activations'))).toBeLessThan(150);
  });
});
