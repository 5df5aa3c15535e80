import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { archive, int, latin, stateDict, storage, tensor, text, tuple } from '../testing/torch-pickle.ts';
import { blobFiles } from './blob-files.ts';
import type { ModelFiles } from './source.ts';
import { spanOf } from './strides.ts';
import { openTorch } from './torch.ts';

type File = Uint8Array<ArrayBuffer>;

/** Made by interop/golden_torch.py with PyTorch 2.13. */
const golden = (name: string): File => new Uint8Array(readFileSync(new URL(`./golden/torch/${name}`, import.meta.url)));
const folder = (files: Record<string, File | string>) =>
  blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes])])));
const open = (file: File) => openTorch(folder({ 'pytorch_model.bin': file }), 'pytorch_model.bin');

const expectInvalid = (file: File, reason: string) =>
  expect(open(file)).rejects.toMatchObject({ code: 'torch-invalid', message: expect.stringContaining(reason) });

/** The archive with the last or first place of a few bytes changed. */
function patched(file: File, find: string, shift: number, bytes: readonly number[]): File {
  const at = Buffer.from(file).lastIndexOf(find, undefined, 'latin1');
  const copy = file.slice();
  copy.set(bytes, at + shift);
  return copy;
}

/** Zip64 structures: numbers of 2, 4 or 8 bytes, and text. */
function record(...fields: readonly (string | readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const bytes = fields.map((field) => {
    if (typeof field === 'string') return latin(field);
    const wide = new Uint8Array(8);
    new DataView(wide.buffer).setBigUint64(0, BigInt(field[1]), true);
    return wide.subarray(0, field[0]);
  });
  return Buffer.concat(bytes);
}

/** An archive of one tensor of 5 GiB, zeros that are made only when they are read; its places need zip64. */
function largeArchive() {
  const count = 5 * 2 ** 28;
  const pickle = latin(stateDict(tensor({ storage: storage({ count }), shape: [count], stride: [1] })));
  const wide = 0xffffffff;
  const local = (name: string) => record('PK\x03\x04', [4, 0], [8, 0], [8, 0], [2, 0], [2, name.length], [2, 0], name);
  const listed = (name: string, size: number, at: number) =>
    record(
      'PK\x01\x02',
      [4, 0],
      [8, 0],
      [4, 0],
      [4, wide],
      [4, wide],
      [2, name.length],
      [2, 28],
      [2, 0],
      [8, 0],
      [4, wide],
      name,
    ).toString('latin1') + record([2, 1], [2, 24], [8, size], [8, size], [8, at]).toString('latin1');
  const data = { name: 'm/data/0', size: 4 * count, at: 0 };
  const head = local(data.name);
  const code = { name: 'm/data.pkl', size: pickle.length, at: head.length + data.size };
  const second = Buffer.concat([local(code.name), pickle]);
  const directory = latin([data, code].map(({ name, size, at }) => listed(name, size, at)).join(''));
  const start = code.at + second.length;
  const end = start + directory.length;
  const tail = Buffer.concat([
    directory,
    record('PK\x06\x06', [8, 44], [4, 0], [4, 0], [4, 0], [8, 2], [8, 2], [8, directory.length], [8, start]),
    record('PK\x06\x07', [4, 0], [8, end], [4, 1]),
    record('PK\x05\x06', [4, 0], [2, 2], [2, 2], [4, wide], [4, wide], [2, 0]),
  ]);
  const parts: [number, Uint8Array][] = [
    [0, head],
    [code.at, Buffer.concat([second, tail])],
  ];
  const size = code.at + second.length + tail.length;
  const read: ModelFiles['read'] = async (_, from = 0, to = size) => {
    const bytes = new Uint8Array(Math.min(to, size) - from);
    for (const [at, part] of parts) {
      const some = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
      if (some.length > 0) bytes.set(some, Math.max(0, at - from));
    }
    return bytes;
  };
  return { files: { ...folder({}), size: async () => size, read }, size, begin: head.length };
}

it('weights of more than 4 GiB are found by ranges', async () => {
  const { files, begin, size } = largeArchive();
  const info = (await openTorch(files, 'pytorch_model.bin')).tensors.get('w');
  expect(info).toMatchObject({ begin, byteLength: 5 * 2 ** 30 });
  expect(size).toBeGreaterThan(5 * 2 ** 30);
});

describe('a .bin file that is anything but tensors is refused, and nothing in it runs', () => {
  it('opens what the builder of these tests makes, so that each refusal has its own reason', async () => {
    const weights = await open(archive(stateDict(tensor())));
    expect(weights.tensors.get('w')).toMatchObject({ dtype: 'F32', shape: [2, 2], byteLength: 16 });
  });

  it.each<[string, File, string]>([
    ['a command by way of REDUCE', golden('hostile.bin'), 'asks for "posix.system"'],
    ['a builtin', archive(stateDict(`cbuiltins\neval\n${tuple(text('1'))}R`)), 'asks for "builtins.eval"'],
    ['an attribute of an allowed module', archive(stateDict('ctorch.hub\nload\n')), 'asks for "torch.hub.load"'],
    ['a name hidden with dots', archive(stateDict('ctorch\nFloatStorage.__init__\n')), 'asks for "torch.FloatStorage.'],
    ['a name of Object.prototype', archive(stateDict('c\nconstructor\n')), 'asks for ".constructor"'],
    ['STACK_GLOBAL', archive(stateDict(`${text('os')}${text('system')}\x93`)), 'instruction 0x93'],
    ['INST', archive(stateDict(`(${text('id')}ios\nsystem\n`)), 'instruction 0x69'],
    ['OBJ', archive(stateDict(`(${text('id')}o`)), 'instruction 0x6f'],
    ['NEWOBJ', archive(stateDict(`ccollections\nOrderedDict\n)\x81`)), 'instruction 0x81'],
    ['EXT1', archive(stateDict('\x82\x01')), 'instruction 0x82'],
    ['a call of a storage type', archive(stateDict('ctorch\nFloatStorage\n)R')), 'calls what is no function'],
    ['a call of a value', archive(stateDict(`${text('x')})R`)), 'calls what is no function'],
    ['BUILD on a tensor', archive(stateDict(`${tensor()}}${text('a')}Nsb`)), 'no dict'],
    ['BUILD on a global', archive(stateDict('ctorch\nFloatStorage\n}b')), 'no dict'],
    ['a dict made from arguments', archive(stateDict('ccollections\nOrderedDict\n(NtR')), 'unknown way'],
    ['a parameter of no tensor', archive(stateDict('ctorch._utils\n_rebuild_parameter\n(NtR')), 'no tensor'],
    ['protocol 4', archive(stateDict(tensor()).replace('\x80\x02', '\x80\x04')), 'protocol 4'],
    ['a nested checkpoint', archive(stateDict('}')), 'entry w is no tensor'],
    ['a list', archive('\x80\x02].'), 'no state dict'],
    ['numbers as names', archive(`\x80\x02}K\x01${tensor()}s.`), 'no state dict'],
  ])('%s', (_, file, reason) => expectInvalid(file, reason));

  it.each<[string, string, string]>([
    ['no end', '\x80\x02}', 'ends early'],
    ['nothing', '', 'ends early'],
    ['a text longer than the file', '\x80\x02X\xff\xff\xff\xffabc.', 'ends early'],
    ['a name without its line end', '\x80\x02ctorch', 'ends early'],
    ['a number of 255 bytes', `\x80\x02\x8a\xff${'\x01'.repeat(255)}.`, '64 bits'],
    ['an empty stack', '\x80\x02R.', 'damaged'],
    ['no mark', '\x80\x02t.', 'damaged'],
    ['a value below the mark', '\x80\x02N(\x85.', 'damaged'],
    ['half a pair', '\x80\x02}(Nu.', 'damaged'],
    ['an item of a list', '\x80\x02]NNs.', 'damaged'],
    ['a memo that was never written', '\x80\x02h\x07.', 'damaged'],
    ['text that is not UTF-8', `\x80\x02${text('\xff\xfe')}.`, 'not UTF-8'],
    ['millions of instructions', `\x80\x02${'}'.repeat(1_000_001)}.`, 'too long'],
  ])('a pickle with %s', (_, pickle, reason) => expectInvalid(archive(pickle), reason));

  const huge = 0x7fffffff;
  it.each<[string, string, string]>([
    ['a shape beyond its data', tensor({ shape: [3, 2] }), 'beyond its data'],
    ['an offset beyond its data', tensor({ offset: 1 }), 'beyond its data'],
    ['a negative offset', tensor({ offset: -1 }), 'unknown way'],
    ['a negative length', tensor({ shape: [-2, -2] }), 'unknown way'],
    ['a product that overflows', tensor({ shape: [huge, huge, huge], stride: [1, 1, 1] }), 'impossible shape'],
    ['a thousand dimensions', tensor({ shape: Array(1000).fill(1), stride: Array(1000).fill(1) }), 'unknown way'],
    ['fewer strides than dimensions', tensor({ stride: [1] }), 'impossible shape'],
    ['strides beyond its data', tensor({ stride: [2, 2] }), 'beyond its data'],
    ['strides that repeat a value for ever', tensor({ shape: [huge, huge], stride: [0, 0] }), 'impossible shape'],
    ['a storage that is larger than its bytes', tensor({ storage: storage({ count: huge }) }), '16 bytes where'],
    ['a storage of another width', tensor({ storage: storage({ type: 'HalfStorage' }) }), '16 bytes where 8'],
    ['a storage that is not there', tensor({ storage: storage({ key: '1' }) }), 'is missing'],
    ['a storage outside of the archive', tensor({ storage: storage({ key: '../byteorder' }) }), 'is missing'],
    [
      'a storage type of torch that is none',
      tensor({ storage: storage({ type: 'device' }) }),
      'asks for "torch.device"',
    ],
    ['a number in place of a storage', tensor({ storage: int(1) }), 'unknown way'],
  ])('a tensor with %s', (_, value, reason) => expectInvalid(archive(stateDict(value)), reason));

  const good = archive(stateDict(tensor()));
  const directory = 'PK\x01\x02';
  it.each<[string, File, string]>([
    ['empty', new Uint8Array(), 'empty'],
    ['a text', strToU8('hello') as File, 'no zip archive'],
    ['a Git LFS pointer', strToU8('version https://git-lfs.github.com/spec/v1') as File, 'LFS'],
    ['of before 1.6 and cut off', golden('legacy.bin').slice(0, -4), 'ends early'],
    [
      'of before 1.6 and of another version',
      patched(golden('legacy.bin'), '\x80\x02M\xe9\x03.', 3, [0]),
      'unknown version',
    ],
    ['of before 1.6 and big-endian', patched(golden('legacy.bin'), 'little_endian', 15, [0x89]), 'little-endian'],
    ['of before 1.6 with another storage', patched(golden('legacy.bin'), '\x05\0\0\0\0\0\0\0', 0, [6]), 'size'],
    ['cut off', good.slice(0, -30), 'cut off'],
    ['another archive', new Uint8Array(zipSync({ 'a.txt': strToU8('a') }, { level: 0 })), 'no data.pkl'],
    ['compressed', archive(stateDict(tensor()), { level: 6, data: new Uint8Array(1000) }), 'compressed'],
    ['big-endian', archive(stateDict(tensor()), { byteOrder: 'big' }), 'little-endian'],
    ['encrypted', patched(good, directory, 8, [1]), 'encrypted'],
    ['an entry that reaches into the next', patched(good, directory, 20, [99, 0, 0, 0, 99]), 'overlaps'],
    ['two entries in one place', patched(good, directory, 42, [0, 0, 0, 0]), 'overlaps'],
    ['an entry outside of the file', patched(good, directory, 42, [255, 255, 255, 127]), 'overlaps'],
    ['a local header that is none', patched(good, 'PK\x03\x04', 0, [0]), 'damaged'],
    ['more entries announced than listed', patched(good, 'PK\x05\x06', 10, [200]), 'announced'],
    ['a directory in another place', patched(good, 'PK\x05\x06', 16, [1]), 'not where it should be'],
    ['a zip64 record outside', patched(golden('tensors.bin'), 'PK\x06\x07', 8, [255, 255, 255, 255, 255, 255]), 'end'],
  ])('a file that is %s', (_, file, reason) => expectInvalid(file, reason));

  /** Opens or is refused as such a file; what opens lies within the file. */
  const opensOrRefuses = async (file: File) => {
    try {
      for (const { begin, byteLength, shape, strides } of (await open(file)).tensors.values()) {
        const values = shape.reduce((count, length) => count * length, 1);
        const stored = strides ? (byteLength / values) * spanOf(shape, strides) : byteLength;
        expect(begin + stored).toBeLessThanOrEqual(file.length);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).code).toBe('torch-invalid');
    }
  };

  it.each(['tensors.bin', 'legacy-views.bin'])('never does anything else with changed bytes of %s', (name) => {
    const file = golden(name);
    const change = fc.tuple(fc.nat(file.length - 1), fc.nat(255));
    return fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(40), async (changes, cut) => {
        const copy = file.slice(0, file.length - (cut > 30 ? cut * 7 : 0));
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        await opensOrRefuses(copy);
      }),
      { numRuns: 300 },
    );
  });

  it('never does anything else with instructions in any order', () => {
    const parts = [
      '(',
      ')',
      '}',
      ']',
      'N',
      '\x88',
      't',
      'u',
      's',
      'e',
      'a',
      'b',
      'R',
      'Q',
      '\x85',
      '\x86',
      '\x87',
      '.',
    ];
    const words = [...parts, text('w'), int(4), 'q\x00', 'h\x00', storage(), tensor(), 'ccollections\nOrderedDict\n'];
    return fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 40 }), (some) =>
        opensOrRefuses(archive(`\x80\x02${some.join('')}.`)),
      ),
      { numRuns: 400 },
    );
  });

  it('never does anything else with any bytes as pickle', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => opensOrRefuses(archive(Uint8Array.from(bytes)))),
      { numRuns: 300 },
    ));
});
