import { describe, expect, test } from 'vitest';
import { openedHead } from '../../models/opened-for.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { openModel } from '../../training/session/open-model.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { maskedTask } from './task.ts';

const bert = { model_type: 'bert', vocab_size: 50, hidden_size: 16, num_attention_heads: 2, num_hidden_layers: 1 };
const code = (code: string, more = {}) => expect.objectContaining({ code, params: expect.objectContaining(more) });

describe('masked tokens are refused', () => {
  test('of a model that writes, and of one whose output is not the token embedding', () => {
    expect(() => modelFromConfig({ ...bert, model_type: 'llama' }, 'masked')).toThrow(code('task-unsupported'));
    expect(() => modelFromConfig({ ...bert, tie_word_embeddings: false }, 'masked')).toThrow(code('config-invalid'));
    const deberta = { ...bert, model_type: 'deberta-v2', relative_attention: true, pos_att_type: 'c2p|p2c' };
    expect(openedHead(modelFromConfig(deberta, 'masked'))).toBe('masked');
    expect(() => modelFromConfig({ ...deberta, legacy: false }, 'masked')).toThrow(code('config-invalid'));
  });

  test('of weights without a head for them', async () => {
    const { open } = await goldenRun('bert-lora');
    await expect(openModel(open.files, 'masked')).rejects.toThrow(
      code('masked-head-missing', { tensor: 'cls.predictions.bias' }),
    );
  });

  test('where the tokenizer has no mask token, or the settings mask tokens as well', async () => {
    const { open, config, tables, tokenizer } = await goldenRun('bert-masked-lora');
    const without = { tables, tokenizer: { ...tokenizer, maskToken: null } };
    expect(() => maskedTask.open(without, config, open.model)).toThrow(code('mask-missing'));
    const noisy = { ...config, augmentation: { ...config.augmentation, token_mask_probability: 0.1 } };
    const lesson = maskedTask.open({ tables, tokenizer }, noisy, open.model);
    expect(() => lesson.fit(open.model, null, noisy)).toThrow(
      code('setting-unsupported', { key: 'augmentation.token_mask_probability' }),
    );
  });

  test('with virtual tokens, and with an adapter on the table that they are told by', () => {
    const model = modelFromConfig(bert, 'masked');
    expect(() => resolveTuning(model, { method: 'prompt', num_virtual_tokens: 2 })).toThrow(
      code('setting-unsupported'),
    );
    const lora = { method: 'lora', lora_r: 2, lora_alpha: 4, lora_dropout: 0 } as const;
    for (const lora_target_modules of [['word_embeddings'], ['query', 'word_embeddings']])
      expect(() => resolveTuning(model, { ...lora, lora_target_modules })).toThrow(
        code('setting-unsupported', { key: 'tuning.lora_target_modules' }),
      );
    expect(() => resolveTuning(model, { ...lora, lora_target_modules: ['decoder'] })).toThrow(code('nothing-matched'));
    const saved = { ...lora, lora_target_modules: ['query'], modules_to_save: ['word_embeddings'] };
    expect(() => resolveTuning(model, saved)).toThrow(code('setting-unsupported', { key: 'tuning.train_parameters' }));
  });
});

test('a config that names the class is opened with the head, which PEFT adapts as well', async () => {
  expect(openedHead(modelFromConfig({ ...bert, architectures: ['BertForMaskedLM'] }))).toBe('masked');
  expect(openedHead(modelFromConfig({ ...bert, architectures: ['BertModel'] }))).toMatchObject({ outputs: 2 });
  const { adapter } = await goldenRun('bert-masked-lora');
  expect([...adapter!.tuning.adapter!.modules]).toContain('cls.predictions.transform.dense');
});
