import { expect, test } from 'vitest';
import { figure } from './verdict-figures.ts';

test('figures have three digits, and powers of ten only where they are very small or large', () => {
  expect([0, 0.0394, 1.6272, 999.4, 999.6].map(figure)).toEqual(['0', '0.0394', '1.63', '999', '1,000']);
  expect([1234, 163_264, 999_500, -21_859].map(figure)).toEqual(['1,230', '163,000', '1e6', '-21,900']);
  expect([16_326_400, 0.00012].map(figure)).toEqual(['1.63e7', '1.2e-4']);
});
