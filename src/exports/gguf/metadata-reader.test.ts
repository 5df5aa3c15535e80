/** Numbers that a GGUF file says layer by layer. */
import { expect, test } from 'vitest';
import type { GgufFile } from '../../files/gguf-read.ts';
import { type GgufValue, u32 } from '../../files/gguf-types.ts';
import { requirePeriod } from './common.ts';
import { metadataReader } from './metadata-reader.ts';

const key = 'attention.sliding_window_pattern';

function readerOf(pattern?: GgufValue['value']) {
  const metadata = new Map<string, GgufValue>([['a.block_count', u32(6)]]);
  if (pattern !== undefined) metadata.set(`a.${key}`, { type: 'i32s', value: pattern } as GgufValue);
  const file: GgufFile = { metadata, tensors: new Map(), readFloats: () => Promise.reject(new Error('no tensor')) };
  return metadataReader(file, 'a.gguf', 'a', new Map());
}

test('which layers slide may be said as numbers, as truth values, or as one number', () => {
  expect(readerOf([1, 1, 0, 1, 1, 0]).byLayer(key)).toEqual([1, 1, 0, 1, 1, 0]);
  const said = [true, true, false, true, true, false] as unknown as number[];
  expect(readerOf(said).byLayer(key)).toEqual([1, 1, 0, 1, 1, 0]);
  for (const pattern of [undefined, said, [1, 1, 0, 1, 1, 0], 3])
    expect(() => requirePeriod(readerOf(pattern), 3)).not.toThrow();
});

test('other layers than a family has are refused', () => {
  for (const pattern of [2, [1, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0]])
    expect(() => requirePeriod(readerOf(pattern), 3)).toThrow('other layers than every 3th');
});
