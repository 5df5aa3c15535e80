import { expect, test } from 'vitest';
import golden from './golden/resize.json';
import { evaluationCrop, type ResizeFilter, resize } from './resize.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

test.each(golden.filter(({ filter }) => filter !== 'crop'))(
  '$filter from $from to $to gives the bytes of Pillow',
  ({ filter, from, to, pixels, resized }) => {
    const picture = { width: from[0]!, height: from[1]!, pixels: bytes(pixels) };
    expect(resize(picture, to[0]!, to[1]!, filter as ResizeFilter).pixels).toEqual(bytes(resized));
  },
);

test.each(golden.filter(({ filter }) => filter === 'crop'))(
  'a picture of $from is cut as timm cuts it for evaluation',
  ({ from, pixels, resized }) => {
    const picture = { width: from[0]!, height: from[1]!, pixels: bytes(pixels) };
    const settings = { size: 32, resizeTo: 33, squashes: false, interpolation: 'bicubic' } as const;
    expect(evaluationCrop(picture, settings).pixels).toEqual(bytes(resized));
  },
);

test('a picture that is smaller than its crop is surrounded by black', () => {
  const pixels = new Uint8Array(2 * 2 * 3).fill(200);
  const { pixels: cut } = evaluationCrop(
    { width: 2, height: 2, pixels },
    { size: 4, resizeTo: 2, squashes: false, interpolation: 'bicubic' },
  );
  expect(cut.filter((value) => value === 200)).toHaveLength(12);
  expect(cut.slice(0, 15)).toEqual(new Uint8Array(15));
});
