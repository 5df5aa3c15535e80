import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../errors.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { safetensorsParts } from '../../files/safetensors-write.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { openModel, openTokenizer } from './open-model.ts';

const config = {
  ...{ model_type: 'llama', vocab_size: 480, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 2 },
  ...{ num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 32 },
};

/** A model of zeros whose config.json says something else than its weights. */
function liar(changes: object) {
  const tensors = modelFromConfig(config).parameters.map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    return { name, dtype: 'F32' as const, shape, data };
  });
  const blobs = [
    ['config.json', new Blob([JSON.stringify({ ...config, ...changes })])],
    ['model.safetensors', new Blob(safetensorsParts(tensors))],
  ] as const;
  return blobFiles(new Map(blobs));
}

describe('a config.json that lies about its weights is refused before any of them is read', () => {
  it('opens where it tells the truth', async () => {
    expect((await openModel(liar({}))).model.layers).toHaveLength(2);
  });

  it.each<[string, object, ErrorCode, object]>([
    ['the vocabulary', { vocab_size: 481 }, 'tensor-shape', { actual: '480, 8', expected: '481, 8' }],
    ['the width', { hidden_size: 16 }, 'tensor-shape', { actual: '480, 8', expected: '480, 16' }],
    ['the width of its MLP', { intermediate_size: 2 ** 20 }, 'tensor-shape', { actual: '12, 8' }],
    ['its key heads', { num_key_value_heads: 2 }, 'tensor-shape', { tensor: 'model.layers.0.self_attn.k_proj.weight' }],
    ['its head size', { head_dim: 2 ** 20 }, 'tensor-shape', { tensor: 'model.layers.0.self_attn.q_proj.weight' }],
    ['its layers', { num_hidden_layers: 3 }, 'tensor-missing', { tensor: 'model.layers.2.self_attn.q_proj.weight' }],
    ['biases', { attention_bias: true }, 'tensor-missing', { tensor: 'model.layers.0.self_attn.q_proj.bias' }],
    ['its type', { model_type: 'gpt2' }, 'tensor-shape', { tensor: 'lm_head.weight' }],
  ])('%s', async (_, changes, code, params) => {
    await expect(openModel(liar(changes))).rejects.toMatchObject({ code, params });
  });
});

describe('the tokenizer of a folder', () => {
  const golden = (name: string) => readFileSync(new URL(`../../text/golden/${name}`, import.meta.url));
  const sentencePiece = new Blob([golden('bpe-bytes.model')]);
  const open = (files: Record<string, Blob>, changes: object = {}) =>
    openTokenizer(
      blobFiles(
        new Map(Object.entries({ ...files, 'config.json': new Blob([JSON.stringify({ ...config, ...changes })]) })),
      ),
    );

  it.each(['tokenizer.model', 'spiece.model', 'spm.model', 'sentencepiece.bpe.model'])(
    'may be only a %s',
    async (name) => {
      const added = new Blob(['{"<pad>": 460}']);
      const tokenizer = await open({ [name]: sentencePiece, 'added_tokens.json': added });
      expect(tokenizer.decode(tokenizer.encode('日本の首都'))).toBe('日本の首都');
      expect(tokenizer.encode('<pad>')).toEqual([460]);
    },
  );

  it('is asked for where there is none', async () => {
    await expect(open({})).rejects.toMatchObject({ code: 'tokenizer-missing' });
  });

  it('may be vocab.json and merges.txt, read with the names of special_tokens_map.json', async () => {
    const { texts, kinds } = JSON.parse(golden('vocabulary-files.json').toString()) as {
      texts: string[];
      kinds: Record<string, { files: Record<string, string>; whole: number[][]; eos: number }>;
    };
    const { files, whole, eos } = kinds['OPT with special_tokens_map.json']!;
    const { 'config.json': _, ...others } = files;
    const blobs = Object.fromEntries(Object.entries(others).map(([name, text]) => [name, new Blob([text])]));
    const tokenizer = await open(blobs, { vocab_size: 1000 });
    expect(texts.map((text) => tokenizer.encodeWithSpecial(text))).toEqual(whole);
    expect(tokenizer.eosTokenId).toBe(eos);
    const { 'merges.txt': __, ...unmerged } = blobs;
    await expect(open(unmerged)).rejects.toMatchObject({ code: 'tokenizer-convert' });
  });

  it('takes its end from generation_config.json where nothing else names it', async () => {
    const generation = new Blob(['{"eos_token_id": [7, 9]}']);
    const { files } = JSON.parse(golden('gpt2-kind.json').toString()) as { files: { tokenizerJson: object } };
    const added = { ...files.tokenizerJson, added_tokens: [] };
    const tokenizer = await open({
      'tokenizer.json': new Blob([JSON.stringify(added)]),
      'generation_config.json': generation,
    });
    expect(tokenizer.eosTokenId).toBe(7);
  });

  it('of another model is refused where it gives ids that the model lacks', async () => {
    const tokenizer = await open({ 'tokenizer.model': sentencePiece }, { vocab_size: 300 });
    expect(tokenizer.encode('</s>')).toEqual([2]);
    const refused = expect.objectContaining({
      code: 'tokenizer-invalid',
      message: expect.stringContaining('knows 300'),
    });
    expect(() => tokenizer.encode('日本の首都')).toThrow(refused);
    await expect(open({ 'tokenizer.model': sentencePiece }, { vocab_size: 2 })).rejects.toMatchObject({
      code: 'tokenizer-invalid',
    });
  });
});
