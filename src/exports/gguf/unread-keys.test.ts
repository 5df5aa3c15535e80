/** Yarn's keys that no reader asks for. */
import { expect, test } from 'vitest';
import type { GgufFile } from '../../files/gguf-read.ts';
import { f32, type GgufValue, string } from '../../files/gguf-types.ts';
import { metadataReader } from './metadata-reader.ts';
import { requireNothingUnread } from './unread-keys.ts';

function check(own: Readonly<Record<string, GgufValue>>) {
  const said = { 'rope.scaling.type': string('yarn'), 'rope.scaling.factor': f32(8), ...own };
  const metadata = new Map(Object.entries(said).map(([key, value]) => [`a.${key}`, value]));
  const file: GgufFile = { metadata, tensors: new Map(), readFloats: () => Promise.reject(new Error('no tensor')) };
  const from = metadataReader(file, 'a.gguf', 'a', new Map());
  from.text('rope.scaling.type');
  from.number('rope.scaling.factor');
  return () => requireNothingUnread(metadata, 'a', from, true);
}

test.each(['rope.scaling.attn_factor', 'rope.scaling.yarn_attn_factor'])(
  '%s may be what yarn multiplies by anyway, and nothing else',
  (key) => {
    for (const factor of [1, 1 + 0.1 * Math.log(8)]) expect(check({ [key]: f32(factor) })).not.toThrow();
    expect(check({ [key]: f32(1.1) })).toThrow(`its a.${key} is 1.1`);
    const plain = { 'rope.scaling.type': string('none') };
    expect(check({ ...plain, [key]: f32(1 + 0.1 * Math.log(8)) })).toThrow(key);
  },
);

test('yarn is carried out with its own share of frequencies', () => {
  for (const share of [-1, 1]) expect(check({ 'rope.scaling.yarn_ext_factor': f32(share) })).not.toThrow();
  expect(check({ 'rope.scaling.yarn_ext_factor': f32(0.5) })).toThrow('yarn_ext_factor');
});
