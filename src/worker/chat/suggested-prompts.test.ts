import { expect, test } from 'vitest';
import type { ExampleRow } from '../../data/examples.ts';
import { spreadPrompts } from './suggested-prompts.ts';

const row = (prompt: string, history?: ExampleRow['history']): ExampleRow => ({
  ...{ system: '', prompt: [prompt], answer: 'x' },
  ...(history ? { history } : {}),
});

test('five prompts are suggested from all over the rows, each once', () => {
  const rows = Array.from({ length: 20 }, (_, index) => row(`prompt ${Math.floor(index / 2)}`));
  expect(spreadPrompts(rows)).toEqual(['prompt 0', 'prompt 2', 'prompt 4', 'prompt 6', 'prompt 8']);
});

test('what is empty, long or amid a conversation is not suggested', () => {
  const rows = [row(''), row('x'.repeat(161)), row('and then?', [row('first')]), row('short')];
  expect(spreadPrompts(rows)).toEqual(['short']);
  expect(spreadPrompts([])).toEqual([]);
});
