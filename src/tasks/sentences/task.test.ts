import { describe, expect, test } from 'vitest';
import type { TableRows } from '../../data/columns.ts';
import { guessTable } from '../guess.ts';
import { rankedColumns, scoredColumns } from './columns.ts';
import { sentenceRow } from './reading.ts';
import { foundTexts, pearson, ranks, spearman } from './scores.ts';
import { requireCosines } from './task.ts';

const table = (...columns: readonly string[]): Pick<TableRows, 'columns' | 'rows'> => ({
  columns,
  rows: [1, 2, 3].map((row) =>
    columns.map((name) => (/score|id/.test(name) ? String(row / 4) : `a text of ${name}, ${row}`)),
  ),
});

describe('columns', () => {
  test.each([
    [['anchor', 'positive', 'negative'], ['anchor'], 'positive', 'negative'],
    [['id', 'query', 'passage'], ['query'], 'passage', ''],
    [['positive', 'anchor'], ['anchor'], 'positive', ''],
    [['first', 'second'], ['first'], 'second', ''],
  ])('texts of %j that belong together', (columns, prompt_column, answer_column, rejected_answer_column) => {
    expect(rankedColumns(table(...columns))).toMatchObject({ prompt_column, answer_column, rejected_answer_column });
  });

  test('two texts and a number; none where something of it is missing', () => {
    expect(scoredColumns(table('id', 'sentence1', 'sentence2', 'score'))).toMatchObject({
      prompt_column: ['sentence1', 'sentence2'],
      answer_column: 'score',
    });
    expect(scoredColumns(table('sentence1', 'sentence2'))).toBeNull();
    expect(rankedColumns(table('text', 'score'))).toBeNull();
  });

  test.each([
    [['anchor', 'positive'], 'sentence-embeddings'],
    [['query', 'passage'], 'sentence-embeddings'],
    [['sentence1', 'sentence2', 'score'], 'sentence-similarity'],
    [['question', 'answer'], 'instruction'],
  ])('a table of %j looks made for %s', (columns, problem) => {
    expect(guessTable(table(...columns)).problem_type).toBe(problem);
  });
});

describe('rows', () => {
  const prompt_column_separator = ' ';
  test('without a text, a number or a wrong match nothing is learned of a row', () => {
    const ranked = { learns: 'triplets', prompt_column_separator } as const;
    const rejected = { prompt: ['a'], answer: 'c' };
    expect(sentenceRow({ prompt: ['a'], answer: 'b', rejected }, ranked)).toEqual({ texts: ['a', 'b', 'c'] });
    expect(sentenceRow({ prompt: [' '], answer: 'b', rejected }, ranked).problem).toBe('no-answer');
    expect(sentenceRow({ prompt: ['a'], answer: '', rejected }, ranked).problem).toBe('no-answer');
    expect(sentenceRow({ prompt: ['a'], answer: 'b' }, ranked).problem).toBe('no-rejected');
    const scored = { learns: 'cosines', prompt_column_separator } as const;
    expect(sentenceRow({ prompt: ['a', 'b'], answer: '0.5' }, scored)).toEqual({ texts: ['a', 'b'], score: 0.5 });
    for (const answer of ['', ' '])
      expect(sentenceRow({ prompt: ['a', 'b'], answer }, scored).problem).toBe('no-answer');
  });
});

test('a score that is no number is told with its row, as of a regression', () => {
  const rows = ['0.5', '', 'high'].map((answer, index) => ({ prompt: ['a', 'b'], answer, number: index + 2 }));
  const settings = { answer_column: 'score', prompt_column_separator: ' ' };
  expect(() => requireCosines(rows.slice(0, 2), settings)).not.toThrow();
  expect(() => requireCosines(rows, settings)).toThrow(
    expect.objectContaining({ code: 'labels-no-number', params: { column: 'score', label: 'high', row: 4 } }),
  );
});

describe('scores', () => {
  test('correlations share the ranks of equal values, and of a constant there are none', () => {
    expect(ranks([3, 1, 3, 2])).toEqual([3.5, 1, 3.5, 2]);
    // scipy.stats.spearmanr([1, 2, 3, 4], [1, 3, 2, 2])
    expect(spearman([1, 2, 3, 4], [1, 3, 2, 2])).toBeCloseTo(0.316227766, 8);
    expect(pearson([1, 2], [5, 5])).toBeNull();
  });

  test('a text is found among all others, each counted once, and whichever of its matches is nearest', () => {
    const row = (anchor: number[], key: string, positive: number[], own: string) => ({
      vectors: [anchor, positive],
      keys: [key, own],
      score: undefined,
    });
    const rows = [
      row([1, 0], 'a', [1, 0.1], 'x'),
      row([1, 0], 'a', [0, 1], 'y'),
      row([0, 1], 'b', [1, 0], 'z'),
      row([1, 1], 'c', [0, 1], 'y'),
    ];
    // To `a` z is nearest, which is not its own; x stands second, and counts for both of its rows.
    expect(foundTexts(rows).map(({ rank }) => rank)).toEqual([2, 2, 3, 2]);
    expect(foundTexts(rows)[0]!.nearest).toEqual({ row: 2, text: 1 });
  });

  test('vectors that are all the same find nothing by chance but what stands first', () => {
    const rows = ['x', 'y', 'z'].map((own) => ({ vectors: [[1], [1]], keys: [`to ${own}`, own], score: undefined }));
    expect(foundTexts(rows).map(({ rank }) => rank)).toEqual([1, 2, 3]);
  });
});
