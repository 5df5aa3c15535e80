import { describe, expect, test } from 'vitest';
import { openGguf } from '../../../files/gguf-read.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { randomGguf } from '../../../testing/random-gguf.ts';
import { openModel } from '../../../training/session/open-model.ts';
import { withGguf } from '../base/base-files.ts';

/** Two keys of four values with three values each, in layers of attention every second. */
const config = {
  model_type: 'qwen3_5_text',
  ...{ vocab_size: 127, hidden_size: 12, intermediate_size: 10, num_hidden_layers: 3, full_attention_interval: 2 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1, head_dim: 8, max_position_embeddings: 64, bos_token_id: 1 },
  ...{ linear_num_key_heads: 2, linear_num_value_heads: 6, linear_key_head_dim: 4, linear_value_head_dim: 4 },
  ...{ rope_parameters: { rope_type: 'default', rope_theta: 10000, partial_rotary_factor: 0.5 }, eos_token_id: 2 },
};

const files = (changes: JsonObject = {}) => randomGguf({ ...config, ...changes });

describe('a Qwen 3.5', () => {
  test('comes back from its file as it was, to the rounding of F16', async () => {
    const { base, gguf } = await files();
    const again = await openModel(await withGguf(gguf));
    expect(again.model.layers).toEqual(base.model.layers);
    for (const { name } of base.model.parameters) {
      const [wanted, found] = [await base.weights.readFloats(name), await again.weights.readFloats(name)];
      const worst = wanted.reduce((most, each, i) => Math.max(most, Math.abs(each - found[i]!)), 0);
      expect(worst, name).toBeLessThan(3e-4);
    }
  });

  test('has its values by key and head of it, and its rates of decay, where llama.cpp looks for them', async () => {
    const { base, gguf } = await files();
    const file = await openGguf(gguf, 'model-f16.gguf');
    const path = 'model.layers.0.linear_attn';
    // Of each key the first value, then of each the second.
    const order = [0, 3, 1, 4, 2, 5];
    const logarithms = await base.weights.readFloats(`${path}.A_log`);
    const wanted = order.map((head) => -Math.exp(logarithms[head]!));
    (await file.readFloats('blk.0.ssm_a')).forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 6);
    });
    const steps = await base.weights.readFloats(`${path}.dt_bias`);
    expect([...(await file.readFloats('blk.0.ssm_dt.bias'))]).toEqual(order.map((head) => steps[head]));
    const out = await base.weights.readFloats(`${path}.out_proj.weight`);
    const row = order.flatMap((head) => [...out.subarray(24 + 4 * head, 24 + 4 * head + 4)]);
    (await file.readFloats('blk.0.ssm_out.weight', 24, 48)).forEach((value, i) => {
      expect(value).toBeCloseTo(row[i]!, 3);
    });
    const taps = await base.weights.readFloats(`${path}.conv1d.weight`);
    const { type, shape } = file.tensors.get('blk.0.ssm_conv1d.weight')!;
    expect([type, shape]).toEqual(['F32', [40, 4]]);
    const written = await file.readFloats('blk.0.ssm_conv1d.weight');
    expect(written.subarray(0, 64)).toEqual(taps.subarray(0, 64));
    expect(written.subarray(80, 96)).toEqual(taps.subarray(64 + 48, 64 + 64));
    // The norm of heads is no difference from 1.
    const norms = [base.weights.readFloats(`${path}.norm.weight`), file.readFloats('blk.0.ssm_norm.weight')];
    const [published, there] = await Promise.all(norms);
    expect(there).toEqual(published);
  });

  test.each([
    ['keys and values of two widths', { linear_key_head_dim: 8 }, 'keys of 8 and values of 4'],
    [
      'attention at other distances',
      { layer_types: ['full_attention', 'linear_attention', 'full_attention'] },
      'do not come at equal distances',
    ],
    ['biases', { attention_bias: true }, 'its attention has biases'],
    ['another activation', { hidden_act: 'gelu' }, 'its activation is gelu'],
  ])('with %s is refused: llama.cpp would compute something else', async (_, changes, reason) => {
    await expect(files(changes)).rejects.toThrow(reason);
  });
});
