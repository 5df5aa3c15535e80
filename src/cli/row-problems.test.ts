import { expect, test } from 'vitest';
import { noProblems } from '../data/examples.ts';
import { rowProblems } from './row-problems.ts';

test('rows that are cut or left out are told by their numbers in the file, the first ten of each kind', () => {
  const trainRows = Array.from({ length: 30 }, (_, index) => ({ prompt: [], answer: '', number: 2 * index + 2 }));
  const problems = {
    ...noProblems(),
    'too-long': [...Array(12).keys()],
    'no-answer': [29],
  };
  expect(rowProblems({ trainRows, trainExamples: { examples: [], rows: [], problems } })).toEqual([
    '12 rows longer than max_length, cut: 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, …',
    '1 row left out, nothing to learn in them: 60',
  ]);
});
