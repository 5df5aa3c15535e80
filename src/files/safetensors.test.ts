import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { blobFiles } from './blob-files.ts';
import { f32ToBytes } from './half.ts';
import { openWeights } from './model-weights.ts';
import { openSafetensors } from './safetensors.ts';
import { safetensorsParts, writeSafetensors } from './safetensors-write.ts';

/** What `safetensors.torch.save` (0.6, Python) writes for the tensors of `sample`, metadata {"format": "pt"}. */
const golden = Buffer.from(
  '40010000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c2261223a7b226474797065223a2246333222' +
    '2c227368617065223a5b335d2c22646174615f6f666673657473223a5b302c31325d7d2c227a223a7b226474797065223a22463332222c227368' +
    '617065223a5b302c345d2c22646174615f6f666673657473223a5b31322c31325d7d2c22e697a5223a7b226474797065223a22463332222c2273' +
    '68617065223a5b5d2c22646174615f6f666673657473223a5b31322c31365d7d2c22622e776569676874223a7b226474797065223a2242463136' +
    '222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b31362c32305d7d2c2263223a7b226474797065223a2246313622' +
    '2c227368617065223a5b325d2c22646174615f6f666673657473223a5b32302c32345d7d7d20cdcccc3dcaf249710000008000005040c03f00c0' +
    'ff7b0200',
  'hex',
);

const sample = () => [
  { name: 'c', dtype: 'F16', shape: [2], data: f32ToBytes(new Float32Array([65504, 1e-7]), 'F16') } as const,
  { name: '日', dtype: 'F32', shape: [], data: new Float32Array([3.25]) } as const,
  { name: 'b.weight', dtype: 'BF16', shape: [1, 2], data: f32ToBytes(new Float32Array([1.5, -2]), 'BF16') } as const,
  { name: 'z', dtype: 'F32', shape: [0, 4], data: new Float32Array(0) } as const,
  { name: 'a', dtype: 'F32', shape: [3], data: new Float32Array([0.1, 1e30, -0]) } as const,
];

type Parts = Record<string, Uint8Array<ArrayBuffer> | string>;
const folder = (parts: Parts) =>
  blobFiles(new Map(Object.entries(parts).map(([path, part]) => [path, new Blob([part])])));

/** A file with a hand-written header and `dataBytes` zero bytes. */
function handmade(header: unknown, dataBytes: number): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const expectCode = (attempt: Promise<unknown>, code: ErrorCode) => expect(attempt).rejects.toMatchObject({ code });

describe('writing safetensors', () => {
  it('gives the bytes that the Python library gives', () => {
    expect(Buffer.from(writeSafetensors(sample(), { format: 'pt' })).equals(golden)).toBe(true);
  });

  it('hands tensor data on without copying it', () => {
    const data = new Float32Array(4);
    const parts = safetensorsParts([{ name: 'w', dtype: 'F32', shape: [2, 2], data }]);
    expect(parts[1]!.buffer).toBe(data.buffer);
    expect(parts[0]!.length % 8).toBe(0);
  });

  it('refuses data that does not fill its shape', () => {
    expect(() => writeSafetensors([{ name: 'w', dtype: 'F32', shape: [3], data: new Float32Array(2) }])).toThrow(
      'w: 8',
    );
  });
});

describe('reading safetensors', () => {
  it('reads what the Python library wrote', async () => {
    const weights = await openWeights(folder({ 'model.safetensors': new Uint8Array(golden) }));
    expect(weights.metadata).toEqual({ format: 'pt' });
    expect([...weights.tensors.keys()].sort()).toEqual(['a', 'b.weight', 'c', 'z', '日'].sort());
    expect(weights.tensors.get('b.weight')).toMatchObject({ dtype: 'BF16', shape: [1, 2], byteLength: 4 });
    expect([...(await weights.readFloats('b.weight'))]).toEqual([1.5, -2]);
    expect([...(await weights.readFloats('a'))]).toEqual([Math.fround(0.1), Math.fround(1e30), -0]);
    expect((await weights.readFloats('z')).length).toBe(0);
  });

  it('streams a tensor in pieces that join to the whole', async () => {
    const data = Float32Array.from({ length: 101 }, (_, i) => i);
    const file = writeSafetensors([{ name: 'w', dtype: 'F32', shape: [101], data }]);
    const weights = await openWeights(folder({ 'model.safetensors': file }));
    const pieces: Uint8Array[] = [];
    for await (const piece of weights.streamTensor('w', 66)) pieces.push(piece);
    expect(pieces.map((piece) => piece.length)).toEqual([64, 64, 64, 64, 64, 64, 20]);
    expect(Buffer.concat(pieces).equals(Buffer.from(data.buffer))).toBe(true);
  });

  it('keeps any tensors through write and read', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.float32Array({ maxLength: 9 }), { maxKeys: 6 }),
        async (tensors) => {
          const named = Object.entries(tensors).filter(([name]) => name !== '__metadata__');
          const file = writeSafetensors(
            named.map(([name, data]) => ({ name, dtype: 'F32', shape: [data.length], data: data.slice() })),
          );
          const weights = await openSafetensors(folder({ x: file }), 'x');
          expect(weights.tensors.size).toBe(named.length);
          for (const [name, data] of named) {
            const read = await weights.readFloats(name);
            expect(Buffer.from(read.buffer).equals(Buffer.from(data.slice().buffer))).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    ));
});

describe('a file that is not good safetensors is refused with its reason', () => {
  const open = (file: Uint8Array<ArrayBuffer> | string) => openWeights(folder({ 'model.safetensors': file }));
  const good = () => writeSafetensors(sample());

  it.each<[string, Uint8Array<ArrayBuffer> | string, ErrorCode, string]>([
    ['empty', '', 'safetensors-invalid', 'empty'],
    ['a text', 'hello, this is a text and no model', 'safetensors-invalid', 'begin with'],
    ['a zip', 'PK\u0003\u0004 and so on and so on', 'safetensors-invalid', 'zip'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1', 'safetensors-invalid', 'LFS'],
    ['five bytes', '\u0001\u0000\u0000\u0000\u0000', 'safetensors-truncated', '8 bytes'],
    ['a header longer than the file', good().slice(0, 60), 'safetensors-truncated', '60'],
    ['data cut off', good().slice(0, -3), 'safetensors-truncated', 'ends early'],
    ['bytes left over', new Uint8Array([...good(), 0]), 'safetensors-invalid', '1 bytes at its end'],
    ['no JSON', handmade('{"a": nope}', 0), 'safetensors-invalid', 'not JSON'],
    ['overlap', handmade({ a: f32(0, 8), b: f32(4, 12) }, 12), 'safetensors-invalid', 'overlaps'],
    ['gap', handmade({ a: f32(0, 8), b: f32(12, 16) }, 16), 'safetensors-invalid', '4 bytes before tensor b'],
    ['offsets outside', handmade({ a: f32(0, 400) }, 40), 'safetensors-truncated', 'ends early'],
    ['offsets backwards', handmade({ a: f32(8, 0, [2]) }, 8), 'safetensors-invalid', 'ends before'],
    ['a negative offset', handmade({ a: f32(-8, 0, [2]) }, 8), 'safetensors-invalid', 'offsets'],
    ['offsets that lie', handmade({ a: f32(0, 8, [3]) }, 8), 'safetensors-invalid', 'needs 12'],
    ['a fractional shape', handmade({ a: f32(0, 8, [1.5]) }, 8), 'safetensors-invalid', 'shape'],
    ['no type', handmade({ a: { shape: [], data_offsets: [0, 4] } }, 4), 'safetensors-invalid', 'data type'],
    [
      'a tensor twice',
      handmade(`{"a":${JSON.stringify(f32(0, 4))},"\\u0061":${JSON.stringify(f32(0, 4))}}`, 4),
      'safetensors-invalid',
      'tensor a twice',
    ],
    ['bad metadata', handmade({ __metadata__: { a: 1 } }, 0), 'safetensors-invalid', '__metadata__'],
  ])('%s', async (_, file, code, reason) => {
    await expect(open(file)).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
  });

  it('lists a tensor of another data type and refuses it only when it is read', async () => {
    const header = { a: f32(0, 4), ids: { dtype: 'I64', shape: [1], data_offsets: [4, 12] } };
    const weights = await open(handmade(header, 12));
    expect(weights.tensors.get('ids')?.dtype).toBe('I64');
    expect((await weights.readTensor('a')).length).toBe(4);
    await expectCode(weights.readTensor('ids'), 'dtype-unsupported');
    expect(() => weights.streamTensor('ids', 8)).toThrow('I64');
    await expectCode(weights.readTensor('missing'), 'tensor-missing');
  });
});

describe('sharded weights', () => {
  const one = (name: string, value: number) =>
    writeSafetensors([{ name, dtype: 'F32', shape: [1], data: new Float32Array([value]) }]);
  const first = 'model-00001-of-00002.safetensors';
  const second = 'model-00002-of-00002.safetensors';
  const index = JSON.stringify({ metadata: {}, weight_map: { a: first, b: second } });

  it('opens through its index', async () => {
    const files = folder({ 'model.safetensors.index.json': index, [first]: one('a', 1), [second]: one('b', 2) });
    const weights = await openWeights(files);
    expect((await weights.readFloats('b'))[0]).toBe(2);
    expect(weights.tensors.get('a')?.file).toBe(first);
  });

  it('gives what a shard holds beside what the index names, such as a head of its own', async () => {
    const head = writeSafetensors(
      ['b', 'lm_head.weight'].map((name) => ({ name, dtype: 'F32', shape: [1], data: new Float32Array([2]) })),
    );
    const files = folder({ 'model.safetensors.index.json': index, [first]: one('a', 1), [second]: head });
    expect([...(await openWeights(files)).tensors.keys()]).toEqual(['a', 'b', 'lm_head.weight']);
  });

  it('opens without its index when every shard is there', async () => {
    const weights = await openWeights(folder({ [first]: one('a', 1), [second]: one('b', 2) }));
    expect([...weights.tensors.keys()]).toEqual(['a', 'b']);
  });

  const third = 'model-00001-of-00003.safetensors';
  it.each<[string, readonly string[], string]>([
    [
      'a stale one of more shards',
      [first, second, third],
      'model-00001-of-00002.safetensors … (2), model-00001-of-00003.safetensors … (3)',
    ],
    ['two under names of their own', ['a.safetensors', 'b.safetensors'], 'a.safetensors, b.safetensors'],
    [
      'one whole, one in shards',
      ['w.safetensors', 'w-00001-of-00001.safetensors'],
      'w.safetensors, w-00001-of-00001.safetensors … (1)',
    ],
  ])('is not chosen among several sets without an index: %s', async (_, names, sets) => {
    const files = folder(Object.fromEntries(names.map((name, at) => [name, one(`t${at}`, at)])));
    await expect(openWeights(files)).rejects.toMatchObject({ code: 'weights-several', params: { sets } });
  });

  it.each<[string, Record<string, Uint8Array<ArrayBuffer> | string>]>([
    ['the single file, as transformers does', { 'model.safetensors': one('a', 7), [third]: one('c', 3) }],
    [
      'the set of the index',
      { 'model.safetensors.index.json': index, [first]: one('a', 7), [second]: one('b', 2), [third]: one('c', 3) },
    ],
    ['the standard name', { [first]: one('a', 7), [second]: one('b', 2), 'consolidated.safetensors': one('c', 3) }],
    [
      'the standard name, also beside a variant',
      { [first]: one('a', 7), [second]: one('b', 2), 'model.fp16.safetensors': one('a', 3) },
    ],
  ])('beside others is %s', async (_, files) => {
    const weights = await openWeights(folder(files));
    expect((await weights.readFloats('a'))[0]).toBe(7);
    expect(weights.tensors.has('c')).toBe(false);
  });

  it('names what is missing or doubled', async () => {
    await expectCode(openWeights(folder({ [first]: one('a', 1) })), 'file-missing');
    await expectCode(
      openWeights(folder({ 'model.safetensors.index.json': index, [first]: one('a', 1) })),
      'file-missing',
    );
    const wrong = { 'model.safetensors.index.json': index, [first]: one('a', 1), [second]: one('c', 2) };
    await expectCode(openWeights(folder(wrong)), 'tensor-missing');
    await expectCode(openWeights(folder({ [first]: one('a', 1), [second]: one('a', 2) })), 'safetensors-invalid');
    await expectCode(openWeights(folder({ 'config.json': '{}' })), 'file-missing');
  });
});
