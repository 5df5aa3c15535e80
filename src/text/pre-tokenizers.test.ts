import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { refinePreTokenizer } from './pre-tokenizers.ts';

function byteLevel(): (text: string) => string[] {
  const byte_encoder = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(0x100 + byte));
  const library = { byte_encoder, pre_tokenize_text: (text: string): string[] => [text] };
  refinePreTokenizer({ type: 'ByteLevel', add_prefix_space: false, use_regex: true }, library);
  return library.pre_tokenize_text;
}

test('the bytes of a piece are the same when it comes again', () => {
  const cut = byteLevel();
  const written = (text: string) =>
    Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(0x100 + byte)).join('');
  for (const piece of ['a', '\uFEFF', '\uD800', '\uFFFD', '\uFEFF\uFEFF', '猫', 'x'.repeat(70)])
    for (let times = 0; times < 3; times++) expect(cut(piece)).toEqual([written(piece)]);
});

test('pieces that are kept keep no texts', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const cut = byteLevel();
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  for (let text = 0; text < 20; text++) {
    const word = `antidisestablishment${String.fromCharCode(97 + text)}`;
    cut(Buffer.from(` ${word}${'.'.repeat(400_000)}`).toString('latin1'));
  }
  expect(used() - before).toBeLessThan(4e6);
});
