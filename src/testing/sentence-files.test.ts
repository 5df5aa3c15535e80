/** What a folder of sentence-transformers says, read, and written again. */
import { describe, expect, test } from 'vitest';
import { sentenceFiles } from '../exports/sentence-files.ts';
import type { Base } from '../exports/target.ts';
import { blobFiles } from '../files/blob-files.ts';
import { embedderOf } from '../models/heads.ts';
import { requireTextModel } from '../models/model.ts';
import { reopened } from '../models/opened-for.ts';
import { modelFromConfig } from '../models/registry.ts';
import { fitRows, openRun } from '../training/session/fit-run.ts';
import { openModel } from '../training/session/open-model.ts';
import { readSentenceForm } from '../training/session/sentence-form.ts';
import { folderFiles, goldenRun, withChanges } from './golden-run.ts';

const folder = (files: Readonly<Record<string, unknown>>) =>
  blobFiles(new Map(Object.entries(files).map(([path, value]) => [path, new Blob([JSON.stringify(value)])])));

const modulesOf = (...kinds: readonly string[]) =>
  kinds.map((kind, idx) => ({
    ...{ idx, name: String(idx), path: idx === 0 ? '' : `${idx}_${kind}` },
    type: `sentence_transformers.models.${kind}`,
  }));

const usual = { 'config.json': {}, 'modules.json': modulesOf('Transformer', 'Pooling', 'Normalize') };
const mean = { '1_Pooling/config.json': { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true } };

const prompted = (name: string | null) => ({
  prompts: { query: 'query: ', document: '' },
  default_prompt_name: name,
});

describe('a folder of sentence-transformers', () => {
  test('says nothing where it is none', async () => {
    expect(await readSentenceForm(folder({ 'config.json': {} }))).toBeUndefined();
  });

  test.each([
    ['as version 2 wrote it', { ...usual, ...mean, 'sentence_bert_config.json': { max_seq_length: 256 } }, 'mean', 256],
    [
      'as version 6 writes it',
      { ...usual, '1_Pooling/config.json': { pooling_mode: 'cls' }, 'tokenizer_config.json': { model_max_length: 32 } },
      'first',
      32,
    ],
    [
      'with its folder and file named otherwise',
      {
        'config.json': {},
        'modules.json': modulesOf('Transformer', 'Pooling', 'Normalize').map((each, idx) =>
          idx === 1 ? { ...each, path: 'pooled' } : each,
        ),
        'pooled/config.json': { pooling_mode_cls_token: true },
        'sentence_xlm-roberta_config.json': { max_seq_length: 48 },
        'tokenizer_config.json': { model_max_length: 512 },
      },
      'first',
      48,
    ],
    [
      'by the first of the names of its file',
      {
        ...{ ...usual, ...mean, 'sentence_xlnet_config.json': { max_seq_length: 9 } },
        'sentence_roberta_config.json': { max_seq_length: 64 },
      },
      'mean',
      64,
    ],
  ])('is read %s', async (_, files, pooled, longest) => {
    expect(await readSentenceForm(folder(files))).toEqual({ pooled, normalised: true, longest });
  });

  test.each([
    ['Dense', { ...usual, 'modules.json': modulesOf('Transformer', 'Pooling', 'Dense') }],
    ['max', { ...usual, '1_Pooling/config.json': { pooling_mode: 'max' } }],
    ['mean, cls', { ...usual, '1_Pooling/config.json': { pooling_mode: ['mean', 'cls'] } }],
    ['include_prompt', { ...usual, '1_Pooling/config.json': { pooling_mode: 'mean', include_prompt: false } }],
    ['fill-mask', { ...usual, ...mean, 'sentence_bert_config.json': { transformer_task: 'fill-mask' } }],
    ['1_Pooling/config.json', usual],
    [
      'Normalize, Normalize',
      { ...usual, 'modules.json': modulesOf('Transformer', 'Pooling', 'Normalize', 'Normalize') },
    ],
    ['query: ', { ...usual, ...mean, 'config_sentence_transformers.json': prompted('query') }],
    ['127.5', { ...usual, ...mean, 'sentence_bert_config.json': { max_seq_length: 127.5 } }],
    ['model_max_length,40.5', { ...usual, ...mean, 'tokenizer_config.json': { model_max_length: 40.5 } }],
    ['toString', { ...usual, 'modules.json': [{ type: { toString: 1 }, path: '' }] }],
    ['toString', { ...usual, '1_Pooling/config.json': { pooling_mode: [{ toString: null }] } }],
    ['toString', { ...usual, ...mean, 'sentence_bert_config.json': { transformer_task: { toString: null } } }],
  ])('is refused with its reason where its vectors are made otherwise: %s', async (named, files) => {
    const { refused } = (await readSentenceForm(folder(files)))!;
    expect(`${refused!.text} ${refused!.values.join()}`).toContain(named);
  });

  test.each([null, 'document', 'other'])('may have prompts that encode does not use by itself: %s', async (name) => {
    const files = { ...usual, ...mean, 'config_sentence_transformers.json': prompted(name) };
    expect((await readSentenceForm(folder(files)))!.refused).toBeUndefined();
  });

  test('may have a tokenizer without a limit', async () => {
    const files = { ...usual, ...mean, 'tokenizer_config.json': { model_max_length: 1e30 } };
    expect(await readSentenceForm(folder(files))).toEqual({ pooled: 'mean', normalised: true });
  });

  test('whose config names no head is opened for what it is', async () => {
    const files = folderFiles(new URL('../../interop/golden/bert-similarity-full/', import.meta.url));
    const { model } = await openModel(files);
    expect(embedderOf(model)).toEqual({ pooled: 'first', normalised: true, longest: 40 });
    expect(model.parameters.some(({ name }) => /^bert\.|pooler/.test(name))).toBe(false);
  });

  test('that leaves no token of a text beside the special ones is not trained', async () => {
    const { open, config, tables, tokenizer } = await goldenRun('bert-similarity-full');
    const fitted = (longest: number, max_length = 512) => {
      const model = { ...requireTextModel(open.model), sentenceForm: { pooled: 'mean', normalised: false, longest } };
      const settings = withChanges(config, { tokenizer: { max_length } });
      const run = openRun({ ...open, model: model as typeof open.model }, settings, { tables, tokenizer });
      return () => fitRows(run.lesson, run.open.model, settings);
    };
    expect(fitted(3)).not.toThrow();
    const refused = (key: string) =>
      expect.objectContaining({
        code: 'run-config-invalid',
        params: { key, reason: expect.objectContaining({ values: [2, 2] }) },
      });
    expect(fitted(2)).toThrow(refused('model.llm_backbone'));
    expect(fitted(40, 2)).toThrow(refused('tokenizer.max_length'));
  });

  test.each(['first', 'mean'] as const)('written with pooling %s is read as the same', async (pooled) => {
    const sentenceForm = { pooled, normalised: pooled === 'mean', longest: 20 };
    const bert = { model_type: 'bert', vocab_size: 100, hidden_size: 16, num_attention_heads: 2, intermediate_size: 8 };
    const model = reopened({ ...requireTextModel(modelFromConfig(bert)), sentenceForm }, 'ranking');
    const settings = { prompts: { query: 'query: ' }, default_prompt_name: 'query', similarity_fn_name: 'dot' };
    const files = folder({ 'config_sentence_transformers.json': settings });
    const written = await sentenceFiles({ model, files } as unknown as Base);
    const blobs = await Promise.all(
      written.map(async ({ path, parts }) => {
        const pieces: BlobPart[] = [];
        for await (const part of parts) pieces.push(part as BlobPart);
        return [path, new Blob(pieces)] as const;
      }),
    );
    const said = JSON.parse(await new Map(blobs).get('config_sentence_transformers.json')!.text());
    expect(said).toEqual({ ...settings, default_prompt_name: null, similarity_fn_name: 'cosine' });
    expect(await readSentenceForm(blobFiles(new Map([...blobs, ['config.json', new Blob(['{}'])]])))).toEqual(
      sentenceForm,
    );
  });
});
