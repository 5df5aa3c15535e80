/** Checkpoints of bitsandbytes as interop/golden_bitsandbytes.py has them saved, against what bitsandbytes has of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../files/safetensors.ts';
import { modelLogits } from '../../generation/logits.ts';
import { isQuantised } from '../../graph/types.ts';
import { filesOf } from '../../testing/golden-reading.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { createModelSession } from './model-session.ts';
import { openModel } from './open-model.ts';
import { modelFromConfigAlone } from './plan-run.ts';

const golden = new URL('./golden/bitsandbytes/', import.meta.url);
const ids = [3, 17, 5, 40, 9, 28, 33];

async function opened(name: string) {
  const files = folderFiles(new URL(`${name}/`, golden));
  return { open: await openModel(files), expected: await openSafetensors(files, 'expected.safetensors') };
}

/** Bytes of a tensor of any type, which are not read elsewhere. */
function expectedBytes(name: string, { file, begin, byteLength }: { file: string; begin: number; byteLength: number }) {
  return new Uint8Array(readFileSync(new URL(`${name}/${file}`, golden))).slice(begin, begin + byteLength);
}

/** `rounding`: what logits are off by where matrices are rounded to the published float type, which they are not here. */
const cases = [
  { name: 'nf4-nested', kept: 'nf4', float: 'bf16', rounding: 1e-2 },
  { name: 'nf4', kept: 'nf4', float: 'f16', rounding: 1e-3 },
  { name: 'nf4-odd', kept: 'nf4', float: 'bf16', rounding: 1e-2 },
  { name: 'fp4', kept: 'fp4', float: 'f32', rounding: 2e-6 },
  { name: 'fp4-storage', kept: 'fp4', float: 'bf16', rounding: 1e-2 },
  { name: 'int8', kept: 'int8', float: 'f16', rounding: 2e-6 },
] as const;

describe.each(cases)('a checkpoint of bitsandbytes, $name', ({ name, kept, float, rounding }) => {
  it('has the codes, scales and values of bitsandbytes, bit for bit', async () => {
    const { open, expected } = await opened(name);
    expect(open.weights.coded!.size).toBe(7);
    for (const [tensor, coded] of open.weights.coded!) {
      const module = tensor.replace(/\.weight$/, '');
      const values = coded.shape[0] * coded.shape[1];
      const bytes = await coded.codes(0, kept === 'int8' ? values : values / 2);
      const codes = kept === 'int8' ? bytes : Uint8Array.from(bytes, (byte) => byte).reduce(unpacked, []);
      expect(Uint8Array.from(codes), module).toEqual(expectedBytes(name, expected.tensors.get(`${module}.codes`)!));
      const scales = await expected.readFloats(`${module}.scales`);
      const wanted = kept === 'int8' ? scales.map((largest) => largest * Math.fround(1 / 127)) : scales;
      expect(await coded.scales(), module).toEqual(wanted);
      const dequantised = await expected.readFloats(`${tensor}.values`);
      const read = await open.weights.readFloats(tensor);
      const off = read.reduce((most, value, i) => Math.max(most, Math.abs(value - dequantised[i]!)), 0);
      // LLM.int8 rounds scale · code before it divides by 127, and f16 once more.
      if (kept === 'int8') expect(off, tensor).toBeLessThan(2 ** -11 * Math.max(...dequantised.map(Math.abs)));
      else expect(off, tensor).toBe(0);
    }
  });

  it('is kept as it is, and its other tensors as they are published', async () => {
    const { open } = await opened(name);
    const session = createModelSession({ executor: referenceExecutor(), open, tuning: null });
    const layer = 'model.layers.0';
    expect(session.dtypes(`${layer}.self_attn.q_proj.weight`)).toBe(kept);
    // Of nf4-odd its rows are no whole blocks of 64: bitsandbytes' blocks run over the ends of rows.
    expect(session.dtypes(`${layer}.mlp.down_proj.weight`)).toBe(name === 'nf4-odd' ? float : kept);
    expect(session.dtypes('model.embed_tokens.weight')).toBe(float);
    expect(session.dtypes('lm_head.weight')).toBe(float);
    expect(isQuantised(session.dtypes(`${layer}.input_layernorm.weight`))).toBe(false);
  });

  it('is planned from its config.json alone as it is opened', async () => {
    const { open } = await opened(name);
    const { codedAs } = modelFromConfigAlone(JSON.parse(await open.files.text('config.json')));
    for (const { name: parameter } of open.model.parameters)
      expect(codedAs!(parameter), parameter).toBe(open.codedAs!(parameter));
  });

  it('answers as bitsandbytes does, within what its CPU kernels are off', async () => {
    const { open, expected } = await opened(name);
    const logits = await modelLogits(createModelSession({ executor: referenceExecutor(), open, tuning: null }), ids);
    const exact = await expected.readFloats('logits.dequantised');
    expect(apart(logits, exact)).toBeLessThan(rounding);
    // Of rows that are no whole blocks its CPU kernels take the wrong scales.
    if (name === 'nf4-odd') return;
    const kernels = await expected.readFloats('logits.kernels');
    expect(apart(logits, kernels)).toBeLessThan(apart(kernels, exact) + rounding);
  });
});

/** The largest difference over the largest value. */
function apart(actual: Float32Array, wanted: Float32Array): number {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0) / largest;
}

describe('a checkpoint of bitsandbytes that cannot be used', () => {
  const files = (name: string) => {
    const folder = new URL(`${name}/`, golden);
    return Object.fromEntries(
      ['config.json', 'model.safetensors'].map((file) => [file, new Uint8Array(readFileSync(new URL(file, folder)))]),
    );
  };

  it.each([
    ['a state that is cut', (text: string) => text.replaceAll('"blocksize": 64', '"blocksize": 0 '), 'quant_state of'],
    ['scales for other blocks', (text: string) => text.replaceAll('"blocksize": 64', '"blocksize": 32'), 'do not fit'],
    ['codes for another shape', (text: string) => text.replaceAll('[64, 64]', '[64, 63]'), 'do not fit'],
  ])('says what is wrong with %s', async (_, spoil, reason) => {
    const model = files('nf4');
    const latin = new TextDecoder('latin1');
    const text = spoil(latin.decode(model['model.safetensors']!));
    const spoilt = { ...model, 'model.safetensors': Uint8Array.from(text, (each) => byteOf(each)) };
    const open = openModel(filesOf(spoilt)).then(({ weights }) =>
      weights.readFloats('model.layers.0.self_attn.q_proj.weight'),
    );
    await expect(open).rejects.toThrow(reason);
  });
});

/** TextDecoder's latin1 is windows-1252: what it spells otherwise comes back as it was. */
const windows = new Map(
  Array.from({ length: 256 }, (_, byte) => [new TextDecoder('latin1').decode(Uint8Array.of(byte)), byte]),
);
const byteOf = (character: string): number => windows.get(character)!;

const unpacked = (codes: number[], byte: number): number[] => {
  codes.push(byte >> 4, byte & 15);
  return codes;
};
