/** What is written as GGUF opens as the base that it was written from. */
import { describe, expect, test } from 'vitest';
import { sequenceLogits } from '../../../generation/logits.ts';
import { goldenRun } from '../../../testing/golden-run.ts';
import { referenceExecutor } from '../../../testing/reference-executor.ts';
import { written } from '../../../testing/written.ts';
import { createModelSession } from '../../../training/session/model-session.ts';
import { type OpenModel, openModel, openTokenizer } from '../../../training/session/open-model.ts';
import { type TargetName, targets, weightsAlone } from '../../targets.ts';
import { withGguf } from './base-files.ts';

const nothing = { trained: new Map(), adapterParameters: [] };
const ids = [5, 23, 15, 9, 4];

/** What of a golden case's config llama.cpp has no place for. */
const fitted: Readonly<Record<string, readonly [found: string, taken: string]>> = {
  'ministral3-lora': ['"mscale_all_dim": 0.5', '"mscale_all_dim": 1.0'],
  'lfm2-lora': ['"conv_bias": true', '"conv_bias": false'],
  'lfm2_moe-lora': ['"routed_scaling_factor": 1.4', '"routed_scaling_factor": 1.0'],
};

async function baseOf(name: string) {
  const { open, tokenizer } = await goldenRun(name);
  const [found, taken] = fitted[name] ?? [];
  if (found === undefined) return { open, tokenizer };
  const { files } = open;
  const text = async (path: string) => {
    const content = await files.text(path);
    return path === 'config.json' ? content.replace(found, taken!) : content;
  };
  return { open: await openModel({ ...files, text }), tokenizer };
}

async function roundTrip(name: string, target: TargetName) {
  const { open, tokenizer } = await baseOf(name);
  const run = weightsAlone({ base: open, baseName: null, tuning: nothing }, async () => {
    throw new Error('nothing was trained');
  });
  const files = await withGguf(await written(await targets[target].write(run)));
  return { base: open, tokenizer, again: await openModel(files), againTokenizer: await openTokenizer(files) };
}

const logitsOf = (open: OpenModel) =>
  sequenceLogits(createModelSession({ executor: referenceExecutor(), open, tuning: null }), ids);

function apart(actual: Float32Array, wanted: Float32Array): number {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0) / largest;
}

const texts = ['The quick brown fox', ' 12345 + 6', 'Où est-il?\n\n  東京', "it's I'd  ", '</s> <s>'];

/** Golden cases that GGUF has a place for. */
const families = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma', 'phi', 'phi3', 'gpt2', 'gpt_neox', 'stablelm'];
const more = [
  'olmo2',
  'olmo3',
  'ministral3',
  'lfm2',
  'lfm2_moe',
  'granite',
  'granitemoe',
  'starcoder2',
  'llama-bf16',
  'gpt2-f16',
];

describe.each([...families, ...more])('%s', { timeout: 60_000 }, (family) => {
  test('written as GGUF and opened from it answers as the base does, and cuts texts as it does', async () => {
    const { base, tokenizer, again, againTokenizer } = await roundTrip(`${family}-lora`, 'gguf-f16');
    expect(again.model.parameters.map(({ name }) => name)).toEqual(base.model.parameters.map(({ name }) => name));
    expect(apart(await logitsOf(again), await logitsOf(base))).toBeLessThan(3e-3);
    for (const text of texts) expect(againTokenizer.encode(text), text).toEqual(tokenizer.encode(text));
    expect(againTokenizer.encodeWithSpecial('a b')).toEqual(tokenizer.encodeWithSpecial('a b'));
    expect(againTokenizer.chatTemplate).toBe(tokenizer.chatTemplate);
    expect(againTokenizer.eosTokenId).toBe(tokenizer.eosTokenId);
  });
});
