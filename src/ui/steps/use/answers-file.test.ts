import { expect, test } from 'vitest';
import { readTable } from '../../../data/read-table.ts';
import type { AnsweredRow } from '../../../worker/protocol.ts';
import { answersCsv, answersJson } from './answers-file.ts';

const row = (changes: Partial<AnsweredRow>): AnsweredRow => ({
  ...{ prompt: 'p', expected: 'e', base: 'b', tuned: 't' },
  ...{ baseScore: null, tunedScore: 0.25, baseRight: null, tunedRight: true },
  ...changes,
});
const rows = [
  row({}),
  row({ prompt: 'two\nlines, "quoted"', expected: ' spaced ', base: '', tuned: '猫は「にゃあ」' }),
  row({ tuned: '=1+1', baseScore: -1e-7, baseRight: false }),
];

test('answers saved as CSV read back cell by cell, whatever is in them', async () => {
  const bytes = new TextEncoder().encode(answersCsv(rows));
  expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const table = await readTable(new Blob([bytes]), { fileName: 'answers.csv' });
  expect(table.columns).toEqual('prompt expected base tuned base_score tuned_score base_right tuned_right'.split(' '));
  expect(table.rows[0]).toEqual(['p', 'e', 'b', 't', '', '0.25', '', 'true']);
  expect(table.rows[1]!.slice(0, 4)).toEqual(['two\nlines, "quoted"', ' spaced ', '', '猫は「にゃあ」']);
  expect(table.rows[2]!.slice(3, 7)).toEqual(['=1+1', '-1e-7', '0.25', 'false']);
});

test('of pairs of answers the rejected one has a column', async () => {
  const bytes = new TextEncoder().encode(answersCsv([row({ rejected: 'no' }), row({ rejected: '' })]));
  const { columns, rows } = await readTable(new Blob([bytes]), { fileName: 'answers.csv' });
  expect(columns.slice(0, 4)).toEqual(['prompt', 'expected', 'rejected', 'base']);
  expect(rows.map((cells) => cells[2])).toEqual(['no', '']);
});

test('answers saved as JSON have the scores of both sides beside the rows', () => {
  const score = { metric: 'BLEU', value: 31.5, note: null };
  const table = { rows, base: null, tuned: score } as never;
  expect(JSON.parse(answersJson(table))).toEqual({ base: null, tuned: score, rows });
});
