import { describe, expect, test } from 'vitest';
import { openGguf } from '../files/gguf-read.ts';
import type { ModelFiles } from '../files/source.ts';
import { mergeFigures } from '../generation/merged.ts';
import type { TextModel } from '../models/model.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { written } from '../testing/written.ts';
import { ggufFiles } from './gguf/base/base-files.ts';
import { modernBert } from './gguf/families/encoders.ts';
import type { RunFacts } from './target.ts';
import { offersOf, type TargetName, targets, weightsAlone } from './targets.ts';

/** What a target writes of a golden case with adapter values that are not zero, and how far it is off when read back. */
async function exported(name: string, target: TargetName) {
  const { open, adapter } = await goldenRun(name);
  const { tuning, values } = adapter!;
  const run = weightsAlone({ base: open, baseName: `owner/${name}`, tuning }, async (key) => values.get(key)!);
  const files = await written(await targets[target].write(run));
  return { open, tuning, values, files };
}

async function errorOf(name: string, target: TargetName) {
  const { open, tuning, values, files } = await exported(name, target);
  const merged = await targets[target].readBack!(files, open);
  const check = { executor: referenceExecutor(), open, tuning, values, merged };
  return mergeFigures({ ...check, sequences: [[5, 23, 15, 9, 4]] });
}

const said = async (files: ModelFiles, key: string) =>
  (await openGguf(files, 'model-f16.gguf')).metadata.get(key)?.value;

/** Golden cases of which llama.cpp computes what transformers does. */
const families = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma', 'phi', 'phi3', 'gpt2', 'gpt_neox', 'stablelm'];
const more = ['olmo2', 'granite', 'granitemoe', 'starcoder2', 'llama-bf16', 'gpt2-f16'];

describe.each([...families, ...more])('%s', { timeout: 60_000 }, (family) => {
  test('read back from what the file says, it answers as base and adapter within the rounding of its type', async () => {
    const { error, limit } = await errorOf(`${family}-lora`, 'gguf-f16');
    expect(error).toBeLessThan(limit);
  });
});

/** With heads of labels, whose layers llama.cpp has. */
describe.each(['bert-lora', 'roberta-lora', 'camembert-lora'])('%s', { timeout: 60_000 }, (name) => {
  test.each(['gguf-f16', 'gguf-q8'] as const)('as %s its scores are those of base and adapter', async (target) => {
    const { error, limit } = await errorOf(name, target);
    expect(error).toBeLessThan(limit);
  });

  test('says its labels, the tokens around a text, and that it is pooled by its head', async () => {
    const { files, open } = await exported(name, 'gguf-f16');
    const { classifier } = open.model as TextModel;
    expect(await said(files, 'bert.classifier.output_labels')).toEqual(classifier!.names);
    expect(await said(files, 'bert.pooling_type')).toBe(4);
    expect(await said(files, 'bert.attention.causal')).toBe(false);
    const [bos, eos] = name === 'bert-lora' ? [2, 3] : [0, 2];
    for (const [key, id] of [
      ['bos', bos],
      ['cls', bos],
      ['eos', eos],
      ['seperator', eos],
    ] as const)
      expect(await said(files, `tokenizer.ggml.${key}_token_id`), key).toBe(id);
    const { tensors } = await openGguf(files, 'model-f16.gguf');
    expect(tensors.get('position_embd.weight')!.shape).toEqual([
      62 + (name === 'bert-lora' ? 4 : 0),
      expect.any(Number),
    ]);
    expect(tensors.get('cls.output.weight')!.shape[0]).toBe(3);
  });

  test('is no base to train on', async () => {
    const { files } = await exported(name, 'gguf-f16');
    await expect(ggufFiles(files, 'model-f16.gguf')).rejects.toThrow('it says labels of texts, and writes none');
  });
});

test('ModernBERT with a head over the mean says its window and the layers that have none', {
  timeout: 60_000,
}, async () => {
  const { error, limit } = await errorOf('modernbert-lora', 'gguf-f16');
  expect(error).toBeLessThan(limit);
  const { files } = await exported('modernbert-lora', 'gguf-f16');
  // Of its three layers the second sees three tokens on either side.
  expect(await said(files, 'modern-bert.attention.sliding_window')).toBe(6);
  expect(await said(files, 'modern-bert.attention.sliding_window_pattern')).toBe(2);
});

test.each([
  [{ classifier_pooling: 'cls' }, 'its head reads the first token'],
  [{ norm_bias: true }, 'it has biases before its last matrix'],
  [{ classifier_bias: true }, 'it has biases before its last matrix'],
  [{ hidden_activation: 'silu' }, 'its activation is silu'],
  [
    {
      layer_types: ['full_attention', 'sliding_attention', 'sliding_attention', 'full_attention', 'sliding_attention'],
    },
    null,
  ],
  [{ layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'full_attention'] }, 'unequal distances'],
  [{ layer_types: ['sliding_attention', 'full_attention'] }, 'unequal distances'],
])('ModernBERT with %j is written only where llama.cpp computes it', (changes, reason) => {
  const layers = (changes as { layer_types?: string[] }).layer_types?.length ?? 2;
  const config = { num_hidden_layers: layers, classifier_pooling: 'mean', ...changes };
  const write = () => modernBert.entries(config);
  if (reason === null) expect(write).not.toThrow();
  else expect(write).toThrow(reason);
});

test.each([
  ['llama', 'gguf-bf16'],
  ['llama', 'gguf-q8'],
  ['llama', 'gguf-q4'],
  ['llama', 'gguf-lora'],
  ['qwen3', 'gguf-lora'],
  ['granitemoe', 'gguf-lora'],
  ['gpt2', 'gguf-lora'],
  ['gpt_neox', 'gguf-lora'],
] as const)('%s as %s is within what it may be off', { timeout: 60_000 }, async (family, target) => {
  const { error, limit, held } = await errorOf(`${family}-lora`, target);
  expect(error).toBeLessThan(limit);
  expect(held).toBeGreaterThan(0.9);
});

test.each([
  ['gemma2-lora', 'gguf-f16', 'its query_pre_attn_scalar is not 10'],
  ['smollm3-lora', 'gguf-f16', 'other layers than every fourth are without rotation'],
  ['exaone4-lora', 'gguf-f16', 'its layers slide'],
  ['ministral3-lora', 'gguf-f16', 'its yarn is cut off or scaled otherwise'],
  ['lfm2-lora', 'gguf-f16', 'its convolutions have biases'],
  ['ernie4_5-lora', 'gguf-f16', 'its attention has biases'],
  ['qwen3_5_text-lora', 'gguf-f16', 'its delta nets have keys of 13 and values of 9'],
  ['olmoe-lora', 'gguf-f16', 'it has fewer heads of keys than of queries'],
  ['gemma4-lora', 'gguf-f16', 'its table for each layer has 129 rows'],
  ['gemma4-lora', 'gguf-lora', 'adds no LoRA to model.per_layer_model_projection'],
  ['opt-350m-lora', 'gguf-f16', 'models of the type opt are not written for llama.cpp'],
  ['llama-score-lora', 'gguf-f16', 'no such head of labels'],
  ['llama-dora', 'gguf-lora', 'DoRA has a magnitude for each row'],
  ['qwen2-lora-bias', 'gguf-lora', 'was trained beside the matrices'],
  ['llama-lora-embedding', 'gguf-lora', 'model.embed_tokens, which is the token embedding'],
] as const)('%s is not written as %s: %s', async (name, target, reason) => {
  await expect(exported(name, target)).rejects.toThrow(reason);
});

test('a window that llama.cpp does not have is the longest text that the file is for', async () => {
  const { files } = await exported('mistral-lora', 'gguf-f16');
  expect(await said(files, 'llama.context_length')).toBe(6);
});

test('the name of a model has no part that llama.cpp acts upon', async () => {
  const { files } = await exported('phi3-lora', 'gguf-f16');
  expect(await said(files, 'general.name')).toBe('phi 3-lora');
});

test('what llama.cpp does not have is refused before a run begins, and names what can be had', () => {
  const refusals = (facts: Partial<RunFacts>) =>
    offersOf({
      ...{ method: 'lora', pictures: false, modelType: 'llama', writes: true, labels: false, embeds: false },
      ...{ plainLora: true, beside: false, ...facts },
    })
      .filter(({ target }) => target.startsWith('gguf') || target === 'ollama')
      .map(({ refusal }) => refusal?.code ?? null);
  expect(refusals({})).toEqual([null, null, null, null, null, null]);
  expect(new Set(refusals({ modelType: 'opt' }))).toEqual(new Set(['gguf-unfit']));
  expect(new Set(refusals({ modelType: 'bert' }))).toEqual(new Set(['gguf-unfit']));
  expect(new Set(refusals({ pictures: true, modelType: 'resnet18' }))).toEqual(new Set(['gguf-unfit']));
  expect(new Set(refusals({ method: 'prompt' }))).toEqual(new Set(['cannot-merge', 'gguf-lora-unfit']));
  expect(new Set(refusals({ method: 'vera' }))).toEqual(new Set([null, 'gguf-lora-unfit']));
  expect(new Set(refusals({ plainLora: false }))).toEqual(new Set([null, 'gguf-lora-unfit']));
  expect(new Set(refusals({ beside: true }))).toEqual(new Set([null, 'gguf-lora-unfit']));
  expect(new Set(refusals({ writes: false }))).toEqual(new Set(['gguf-unfit']));
  // A classifier is no answer in Ollama, and its head is beside the matrices.
  const labels = (modelType: string, probability: RunFacts['labels'] = 'softmax') =>
    refusals({ writes: false, labels: probability, modelType });
  const written = [null, null, null, null, 'gguf-lora-unfit', 'target-unfit'];
  expect(labels('bert')).toEqual(written);
  expect(labels('modernbert', null)).toEqual(written);
  expect(labels('qwen3')).toEqual(written);
  // llama.cpp has nothing but a softmax for it.
  for (const other of ['sigmoid', null] as const)
    expect(new Set(labels('qwen3', other))).toEqual(new Set(['gguf-unfit']));
  expect(new Set(labels('llama'))).toEqual(new Set(['gguf-unfit']));
});

test('a large table goes through in pieces, and is never whole in memory', async () => {
  const { open } = await goldenRun('llama-lora');
  const asked: string[] = [];
  const weights = {
    ...open.weights,
    readFloats: (name: string) => {
      asked.push(name);
      return open.weights.readFloats(name);
    },
  };
  const none = { trained: new Map(), adapterParameters: [] };
  const run = weightsAlone({ base: { ...open, weights }, baseName: null, tuning: none }, async () => {
    throw new Error('nothing was trained');
  });
  await written(await targets['gguf-f16'].write(run));
  // Queries and keys are moved row by row.
  expect(asked.every((name) => /[qk]_proj/.test(name))).toBe(true);
});
