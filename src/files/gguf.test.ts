import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blobFiles } from './blob-files.ts';
import { openGguf } from './gguf-read.ts';
import { bool, f32, type GgufMetadata, type GgufType, string, u32 } from './gguf-types.ts';
import { type GgufTensor, streamGguf } from './gguf-write.ts';
import { encodeQ8 } from './q8-0.ts';
import { joinBytes } from './source.ts';

const published = readFileSync(new URL('golden/pypi.gguf', import.meta.url));
const open = (bytes: Uint8Array<ArrayBuffer>) =>
  openGguf(blobFiles(new Map([['a.gguf', new Blob([bytes])]])), 'a.gguf');

async function written(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of streamGguf(metadata, tensors)) parts.push(part);
  return joinBytes(parts);
}

function tensor(name: string, type: GgufType, shape: readonly number[], ...pieces: Float32Array[]): GgufTensor {
  return {
    ...{ name, type, shape },
    async *values() {
      yield* pieces;
    },
  };
}

test('a file of another program is read: every kind of key, and the same numbers in four types', async () => {
  const file = await open(new Uint8Array(published));
  const said = Object.fromEntries([...file.metadata].map(([key, { value }]) => [key, value]));
  expect(said).toMatchObject({
    'general.architecture': 'llama',
    'general.name': 'Näme',
    'a.u32': 4_294_967_295,
    'a.i32': -5,
    'a.f32': Math.fround(0.1),
    'a.bool': true,
    'a.strings': ['', 'Ġa', '東京', '\n'],
    'a.floats': [0.5, -1],
    'a.ints': [1, -2, 3],
  });
  expect(file.tensors.get('q8_0')).toMatchObject({ shape: [4, 64], type: 'Q8_0', byteLength: 8 * 34 });
  const values = await file.readFloats('f32');
  // The step of each type, as a share of the number; of Q8_0 of the largest in its block.
  for (const [name, step] of [
    ['f16', 2 ** -10],
    ['bf16', 2 ** -7],
  ] as const) {
    const rounded = await file.readFloats(name);
    for (const [index, value] of values.entries())
      expect(Math.abs(rounded[index]! - value)).toBeLessThanOrEqual(step * Math.max(Math.abs(value), 2 ** -14));
  }
  expect(await file.readFloats('q8_0', 64, 128)).toEqual((await file.readFloats('q8_0')).subarray(64, 128));
});

test('a list of bytes is written as one, and read as numbers', async () => {
  const bytes = await written(new Map([['a.bytes', { type: 'u8s', value: [0, 255, 7] }]]), []);
  expect((await open(bytes)).metadata.get('a.bytes')?.value).toEqual([0, 255, 7]);
  // Key, type of a list, type of its items, how many.
  const at = Buffer.from(bytes).indexOf('a.bytes') + 7;
  expect([...bytes.slice(at, at + 19)]).toEqual([9, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 255, 7]);
});

test('the same keys and numbers are written byte for byte as that program writes them, in eight bits too', async () => {
  const file = await open(new Uint8Array(published));
  const values = await file.readFloats('f32');
  const all = [...file.tensors].map(([name, { type, shape }]) => tensor(name, type, shape, values));
  expect(Buffer.from(await written(file.metadata, all)).equals(published)).toBe(true);
  const { begin, byteLength } = file.tensors.get('q8_0')!;
  expect(Buffer.from(encodeQ8(values)!).equals(published.subarray(begin, begin + byteLength))).toBe(true);
});

test('tensors of odd sizes come in pieces, and each begins where its head says', async () => {
  const metadata = new Map([
    ['a', u32(1)],
    ['b', string('x')],
    ['c', bool(false)],
    ['d', f32(2)],
  ]);
  const [first, second] = [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)];
  const bytes = await written(metadata, [
    tensor('odd', 'F16', [2, 3], first, second),
    tensor('next', 'F32', [3], second),
  ]);
  const file = await open(bytes);
  expect(await file.readFloats('odd')).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  expect(await file.readFloats('next')).toEqual(second);
  await expect(written(metadata, [tensor('short', 'F32', [4], first)])).rejects.toThrow(
    'short: 12 bytes instead of 16',
  );
});

test('a head of many tokens is written and read back whole', async () => {
  const tokens = Array.from({ length: 20_000 }, (_, id) => `Ġtoken${id}`);
  const scores = tokens.map((_, id) => -id);
  const metadata: GgufMetadata = new Map([
    ['tokens', { type: 'strings', value: tokens }],
    ['scores', { type: 'f32s', value: scores }],
    ['types', { type: 'i32s', value: scores }],
    ...Array.from({ length: 1000 }, (_, i) => [`flag ${i}`, i % 2 ? bool(i % 3 === 0) : u32(i)] as const),
  ]);
  const values = Float32Array.of(1, 2, 3);
  const file = await open(await written(metadata, [tensor('a', 'F32', [3], values)]));
  for (const [key, { value }] of metadata) expect(String(file.metadata.get(key)?.value)).toBe(String(value));
  expect(await file.readFloats('a')).toEqual(values);
});

test.each([
  [70_000, 'F16'],
  [Number.NaN, 'F16'],
  [Number.POSITIVE_INFINITY, 'BF16'],
  [1e7, 'Q8_0'],
] as const)('%d is not written as %s, which has no place for it', async (value, type) => {
  const values = new Float32Array(32).fill(value);
  await expect(written(new Map(), [tensor('a', type, [1, 32], values)])).rejects.toMatchObject({
    code: 'gguf-overflow',
  });
});

test('a file that is another, of another version or cut off is refused', async () => {
  const cut = new Uint8Array(published.subarray(0, published.length - 100));
  await expect(open(cut)).rejects.toThrow('it ends within tensor');
  await expect(open(new Uint8Array(published.subarray(0, 100)))).rejects.toThrow('it ends within its head');
  await expect(open(new TextEncoder().encode('PK no file of this kind'))).rejects.toThrow('does not begin with GGUF');
  const later = new Uint8Array(published);
  later[4] = 4;
  await expect(open(later)).rejects.toThrow('it is of version 4');
});
