import { describe, expect, test } from 'vitest';
import { openGguf } from '../../../files/gguf-read.ts';
import { sequenceLogits } from '../../../generation/logits.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { constantsOf } from '../../../models/model.ts';
import { randomGguf } from '../../../testing/random-gguf.ts';
import { referenceExecutor } from '../../../testing/reference-executor.ts';
import { createModelSession } from '../../../training/session/model-session.ts';
import { type OpenModel, openModel } from '../../../training/session/open-model.ts';
import { withGguf } from '../base/base-files.ts';

/** Seven numbers of a head's 14 turn in layers that look at everything: three pairs. */
const config = {
  model_type: 'gemma4_text',
  ...{ vocab_size: 127, hidden_size: 12, intermediate_size: 10, num_hidden_layers: 5, num_attention_heads: 2 },
  ...{ num_key_value_heads: 1, head_dim: 8, global_head_dim: 14, max_position_embeddings: 64, sliding_window: 3 },
  ...{ num_kv_shared_layers: 2, use_double_wide_mlp: true, hidden_size_per_layer_input: 6 },
  ...{ vocab_size_per_layer_input: 127, bos_token_id: 1, eos_token_id: 2 },
  layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'],
  rope_parameters: {
    full_attention: { rope_type: 'proportional', rope_theta: 1000000, partial_rotary_factor: 0.5 },
    sliding_attention: { rope_type: 'default', rope_theta: 10000 },
  },
};
const files = (changes: JsonObject = {}) => randomGguf({ ...config, ...changes });

const logitsOf = (open: OpenModel) =>
  sequenceLogits(createModelSession({ executor: referenceExecutor(), open, tuning: null }), [5, 23, 15, 9, 4, 7]);

describe('a Gemma 4', () => {
  test.each([
    ['with layers that read keys of others', {}],
    ['without, whose keys are its values', { num_kv_shared_layers: 0, attention_k_eq_v: true }],
    [
      'whose heads turn whole',
      { rope_parameters: { ...config.rope_parameters, full_attention: { rope_theta: 10000 } } },
    ],
    ['that knows nothing of a token in each layer', { hidden_size_per_layer_input: 0, final_logit_softcapping: 5 }],
  ] as const)('%s comes back from its file as it was, to the rounding of F16', async (_, changes) => {
    const { base, gguf } = await files(changes);
    const again = await openModel(await withGguf(gguf));
    expect(again.model.layers).toEqual(base.model.layers);
    for (const { name } of [...base.model.parameters, ...constantsOf(base.model)]) {
      const [wanted, found] = [await base.weights.readFloats(name), await again.weights.readFloats(name)];
      const worst = wanted.reduce((most, each, i) => Math.max(most, Math.abs(each - found[i]!)), 0);
      expect(worst, name).toBeLessThan(3e-4);
    }
    const [wanted, found] = [await logitsOf(base), await logitsOf(again)];
    const largest = wanted.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const off = wanted.reduce((most, each, i) => Math.max(most, Math.abs(each - found[i]!)), 0);
    expect(off / largest).toBeLessThan(1e-2);
  });

  test('says its layers one by one, what does not turn, and that its logits have no bound', async () => {
    const { gguf } = await files();
    const file = await openGguf(gguf, 'model-f16.gguf');
    const said = (key: string) => file.metadata.get(`gemma4.${key}`)?.value;
    expect(said('feed_forward_length')).toEqual([10, 10, 10, 20, 20]);
    expect(said('attention.sliding_window_pattern')).toEqual([0, 1, 0, 1, 0]);
    expect([said('attention.key_length'), said('attention.key_length_swa')]).toEqual([14, 8]);
    // llama.cpp takes 30 where nothing is said.
    expect(said('final_logit_softcapping')).toBe(0);
    const turns = [1, 1, 1, ...new Array<number>(4).fill(Math.fround(1e30))];
    expect([...(await file.readFloats('rope_freqs.weight'))]).toEqual(turns);
  });

  test.each([
    [
      'keys of other layers',
      {
        layer_types: [
          'sliding_attention',
          'full_attention',
          'sliding_attention',
          'sliding_attention',
          'full_attention',
        ],
      },
      'read keys of other layers than the last two',
    ],
    ['a longer table for each layer', { vocab_size_per_layer_input: 129 }, 'has 129 rows, and that of all layers 127'],
    ['no layer that slides', { layer_types: new Array<string>(5).fill('full_attention') }, 'none of its layers slides'],
    [
      'rotation that is scaled otherwise',
      {
        rope_parameters: {
          ...config.rope_parameters,
          full_attention: { rope_type: 'linear', rope_theta: 10000, factor: 2 },
        },
      },
      'does not carry out its rotary scaling linear',
    ],
    ['biases', { attention_bias: true }, 'its attention has biases'],
  ])('with %s is refused: llama.cpp would compute something else', async (_, changes, reason) => {
    await expect(files(changes)).rejects.toThrow(reason);
  });
});
