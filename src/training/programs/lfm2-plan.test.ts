import { describe, expect, it } from 'vitest';
import { generateProgram } from '../../generation/programs.ts';
import { requireTextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { planProgram } from '../../plan/plan.ts';
import { desktop } from '../../plan/profile.ts';
import type { Plan } from '../../plan/types.ts';
import { leastTime } from '../../testing/least-time.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { microStepProgram } from './programs.ts';

/** LFM2-350M as it is published, LoRA of rank 16 on every linear layer, 1 × 1024 tokens, bf16 weights. */
const model = requireTextModel(
  modelFromConfig({
    model_type: 'lfm2',
    ...{ hidden_size: 1024, num_hidden_layers: 16, num_attention_heads: 16, num_key_value_heads: 8, vocab_size: 65536 },
    ...{ block_ff_dim: 6656, full_attn_idxs: [2, 5, 8, 10, 12, 14], rope_theta: 1000000 },
  }),
);
const tuning = resolveTuning(model, { method: 'lora', lora_r: 16, lora_target_modules: 'all-linear' });
const dtypes = () => 'bf16' as const;
const rows = 1024;
const make = () =>
  planProgram(microStepProgram(model, tuning, dtypes, { batchSize: 1, length: rows }, 'activations'), desktop);
const plan = make();

const [convolution, attention] = [1, 2];
const inLayer = ({ dispatches }: Plan, layer: number) =>
  dispatches.filter(({ scope }) => scope.includes(`layers.${layer}.`));

describe('the plan of LFM2-350M with LoRA', () => {
  it('has as many parameters as are published, and fits 2 GiB', () => {
    const counts = model.parameters.map(({ shape }) => shape.reduce((count, size) => count * size, 1));
    expect(counts.reduce((sum, count) => sum + count)).toBe(354483968);
    expect(plan.cost.peakBytes).toBeLessThan(2 * 2 ** 30);
  });

  it('reads and writes each row of a convolution once, forward and backward', () => {
    const kernels = inLayer(plan, convolution).filter(({ spec }) => spec.kernel.startsWith('causal_convolution'));
    // Forward, again in the backward part, and the gradient of its input; the frozen taps have none.
    expect(kernels.map(({ spec }) => spec.kernel)).toEqual([
      'causal_convolution',
      'causal_convolution',
      'causal_convolution_input_gradient',
    ]);
    const least = 2 * 4 * rows * model.hiddenSize;
    for (const { bytesMoved, flops } of kernels) {
      expect(bytesMoved / least).toBeLessThan(1.01);
      expect(flops).toBe(2 * 3 * rows * model.hiddenSize);
    }
  });

  it('takes at most 1.5 times the dispatches of a layer of attention, while text is written too', () => {
    const step = planProgram(generateProgram(model, null, dtypes, { rows: 1, capacity: 2048, side: 'base' }), desktop);
    for (const each of [plan, step]) {
      const [ours, theirs] = [convolution, attention].map((layer) => inLayer(each, layer).length) as [number, number];
      expect(ours / theirs).toBeLessThanOrEqual(1.5);
    }
  });

  it('is made in 150 ms once warm', () => {
    expect(leastTime(150, make)).toBeLessThan(150);
  });
});
