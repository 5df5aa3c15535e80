import { describe, expect, test } from 'vitest';
import type { Model } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { folderFiles } from '../testing/golden-run.ts';
import { written } from '../testing/written.ts';
import { openModel } from '../training/session/open-model.ts';
import { olderRope } from './older-rope.ts';
import { wholeModel } from './whole-model.ts';

const llama3 = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 };
const of = (model_type: string, rope_parameters: object) => ({ model_type, rope_parameters });

test.each<[string, object, object]>([
  ['a base of its own', of('llama', { rope_type: 'default', rope_theta: 5e5 }), { rope_theta: 5e5 }],
  [
    'scaled frequencies',
    of('llama', { rope_type: 'llama3', rope_theta: 1e4, ...llama3 }),
    { rope_theta: 1e4, rope_scaling: { rope_type: 'llama3', type: 'llama3', ...llama3 } },
  ],
  [
    'a part of each head',
    of('stablelm', { rope_type: 'default', rope_theta: 1e4, partial_rotary_factor: 0.25 }),
    { rope_theta: 1e4, partial_rotary_factor: 0.25 },
  ],
  [
    'the names of GPT-NeoX',
    of('gpt_neox', { rope_type: 'default', rope_theta: 1e4, partial_rotary_factor: 0.5 }),
    { rotary_emb_base: 1e4, rotary_pct: 0.5 },
  ],
  [
    'layers of two kinds',
    of('gemma3_text', {
      full_attention: { rope_type: 'linear', rope_theta: 1e6, factor: 8 },
      sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
    }),
    { rope_theta: 1e6, rope_local_base_freq: 1e4, rope_scaling: { rope_type: 'linear', type: 'linear', factor: 8 } },
  ],
  [
    'the text model inside',
    { model_type: 'gemma3', text_config: of('llama', { rope_theta: 5e5 }) },
    { text_config: { ...of('llama', { rope_theta: 5e5 }), rope_theta: 5e5 } },
  ],
  ['what stands there already', { ...of('llama', { rope_theta: 5e5 }), rope_theta: 5e5 }, {}],
  ['types that mlx-lm reads the newer keys of', of('ministral3', { rope_theta: 5e5 }), {}],
])('%s', (_, config, older) => {
  expect(olderRope(config as Record<string, unknown>)).toEqual(older);
});

describe('a merged model has both, and means the same', () => {
  test.each(['llama-lora', 'gpt_neox-lora', 'gemma3-lora', 'olmo3-lora', 'hunyuan_v1_dense-lora', 'phi3-lora'])(
    '%s',
    async (name) => {
      const open = await openModel(folderFiles(new URL(`../../interop/golden/${name}/`, import.meta.url)));
      const never = () => Promise.reject(new Error('nothing was trained'));
      const files = await written(await wholeModel(open, { trained: new Map(), adapterParameters: [] }, never));
      const config = JSON.parse(await files.text('config.json'));
      expect(config.rope_theta ?? config.rotary_emb_base).toBeGreaterThan(0);
      const meant = ({ config: _, ...model }: Model) => JSON.stringify(model);
      expect(meant(modelFromConfig(config))).toBe(meant(open.model));
      expect(olderRope(config)).toEqual({});
    },
  );
});
