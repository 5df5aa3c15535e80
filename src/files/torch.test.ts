import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { archive, tensor } from '../testing/torch-pickle.ts';
import { blobFiles } from './blob-files.ts';
import { openWeights } from './model-weights.ts';
import { writeSafetensors } from './safetensors-write.ts';
import { openTorch } from './torch.ts';

type File = Uint8Array<ArrayBuffer>;

/** Made by interop/golden_torch.py with PyTorch 2.13; the values of a tensor are index · 0.25 − 1. */
const golden = (name: string): File => new Uint8Array(readFileSync(new URL(`./golden/torch/${name}`, import.meta.url)));
const counted = (length: number, first = 0) => Array.from({ length }, (_, index) => (first + index) * 0.25 - 1);
const folder = (files: Record<string, File | string>) =>
  blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes])])));
const open = (file: File) => openTorch(folder({ 'pytorch_model.bin': file }), 'pytorch_model.bin');

describe('weights that torch.save wrote', () => {
  it('are listed with their types and shapes and read bit for bit', async () => {
    const weights = await open(golden('tensors.bin'));
    expect([...weights.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['f32', 'F32', [2, 3]],
      ['f16', 'F16', [7]],
      ['bf16', 'BF16', [3, 2]],
      ['f64', 'F64', [2]],
      ['ids', 'I64', [3]],
      ['mask', 'BOOL', [1, 1, 2, 2]],
      ['scalar', 'F32', []],
      ['empty', 'F32', [0, 4]],
      ['base', 'F32', [4, 3]],
      ['rows', 'F32', [2, 3]],
      ['parameter', 'F32', [2, 2]],
      ['日本語', 'F32', [1]],
    ]);
    const values = async (name: string) => [...(await weights.readFloats(name))];
    expect(await values('f32')).toEqual(counted(6));
    expect(await values('f16')).toEqual(counted(7));
    expect(await values('bf16')).toEqual(counted(6));
    expect(await values('scalar')).toEqual([2.5]);
    expect(await values('empty')).toEqual([]);
    expect(await values('rows')).toEqual(counted(6, 3));
    expect(await values('parameter')).toEqual(counted(4));
    expect(await values('日本語')).toEqual([-1]);
    await expect(weights.readFloats('ids')).rejects.toMatchObject({ code: 'dtype-unsupported' });
  });

  it('stream in pieces that join to the whole', async () => {
    const weights = await open(golden('tensors.bin'));
    const pieces: Uint8Array[] = [];
    for await (const piece of weights.streamTensor('base', 20)) pieces.push(piece);
    expect(pieces.map(({ length }) => length)).toEqual([20, 20, 8]);
    expect(Buffer.concat(pieces).equals(Buffer.from(await weights.readTensor('base')))).toBe(true);
  });

  it('of a module open with their metadata left aside', async () => {
    const weights = await open(golden('module.bin'));
    expect([...(await weights.readFloats('weight'))]).toEqual(counted(5));
    expect([...(await weights.readFloats('bias'))]).toEqual(counted(5).map((value) => -value));
  });

  it.each(['views.bin', 'legacy-views.bin'])('are read row by row however they lie: %s', async (name) => {
    const expected = JSON.parse(new TextDecoder().decode(golden('views.json')));
    const weights = await open(golden(name));
    for (const [view, { shape, values }] of Object.entries<{ shape: number[]; values: number[] }>(expected)) {
      expect(weights.tensors.get(view)?.shape).toEqual(shape);
      expect([...(await weights.readFloats(view))]).toEqual(values);
      const pieces: Uint8Array[] = [];
      for await (const piece of weights.streamTensor(view, 8)) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(Buffer.from(await weights.readTensor(view)))).toBe(true);
    }
  });

  it.each(['legacy.bin', 'nested.bin', 'legacy-nested.bin'])(
    'of PyTorch before 1.6 and inside of a checkpoint of training are found: %s',
    async (name) => {
      const weights = await open(golden(name));
      expect([...weights.tensors.keys()]).toEqual(['weight', 'bias']);
      expect([...(await weights.readFloats('weight'))]).toEqual(counted(5));
      expect([...(await weights.readFloats('bias'))]).toEqual(counted(5).map((value) => -value));
    },
  );

  it('of Python 2 have items and texts of their own instructions', async () => {
    const dict = `ccollections\nOrderedDict\n(]](U\x01w${tensor()}eatR`;
    const weights = await open(archive(`\x80\x02${dict}.`));
    expect(weights.tensors.get('w')).toMatchObject({ dtype: 'F32', shape: [2, 2] });
  });

  const shards = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'] as const;
  const index = 'pytorch_model.bin.index.json';

  it.each([
    ['their index', [index, ...shards]],
    ['all shards, the index left out', shards],
  ])('open through %s', async (_, names) => {
    const weights = await openWeights(folder(Object.fromEntries(names.map((name) => [name, golden(name)]))));
    expect([...(await weights.readFloats('b'))]).toEqual([0, 0.25]);
    expect(weights.tensors.get('a')?.file).toBe(shards[0]);
  });

  it('come before safetensors of another name, which may be anything', async () => {
    const other = writeSafetensors([{ name: 'w', dtype: 'F32', shape: [1], data: Float32Array.of(7) }]);
    const files = folder({ 'pytorch_model.bin': golden('module.bin'), 'expected.safetensors': other });
    expect([...(await openWeights(files)).tensors.keys()]).toEqual(['weight', 'bias']);
  });

  it.each<[string, Record<string, File | string>, ErrorCode]>([
    ['a shard is missing', { [index]: golden(index), [shards[0]]: golden(shards[0]) }, 'file-missing'],
    ['a shard holds other tensors', { [index]: golden(index), [shards[0]]: golden(shards[1]) }, 'tensor-missing'],
    ['the index is no JSON', { [index]: '{' }, 'torch-invalid'],
    ['the index leads elsewhere', { [index]: '{"weight_map":{"a":"../a.bin"}}' }, 'torch-invalid'],
    ['there are only other files', { 'optimizer.bin': golden('module.bin') }, 'file-missing'],
  ])('are refused where %s', async (_, files, code) => {
    await expect(openWeights(folder(files))).rejects.toMatchObject({ code });
  });

  it('stand back where the model also has safetensors', async () => {
    const safe = writeSafetensors([{ name: 'w', dtype: 'F32', shape: [1], data: Float32Array.of(7) }]);
    const files = folder({ 'pytorch_model.bin': golden('hostile.bin'), 'model.safetensors': safe });
    expect([...(await openWeights(files)).tensors.keys()]).toEqual(['w']);
  });
});
