import { expect, test } from 'vitest';
import type { RowLoss } from '../../../worker/protocol.ts';
import { type ExampleOrder, inOrder, meanLosses } from './example-order.ts';

const row = (number: number, before: number, after: number, ...doubts: RowLoss['doubts']): RowLoss => ({
  ...{ row: number, split: 'training', before, after, tokens: 1, doubts },
});
const rows = [row(2, 3, 1), row(3, 1, 2, 'repeated'), row(4, 2, 0.5, 'contradicts'), row(5, 9, Number.NaN)];

test('rows stand in the order that is asked for, what is no number first', () => {
  const numbers = (order: ExampleOrder) => inOrder(rows, order).map((each) => each.row);
  expect(numbers('highest')).toEqual([5, 3, 2, 4]);
  expect(numbers('worse')).toEqual([5, 3, 4, 2]);
  expect(numbers('repeated')).toEqual([3, 5, 2, 4]);
  expect(numbers('contradicts')).toEqual([4, 5, 3, 2]);
  expect(numbers('file')).toEqual([2, 3, 4, 5]);
});

test('means are over rows', () => {
  expect(meanLosses(rows.slice(0, 3))).toEqual({ before: 2, after: 3.5 / 3 });
});
