import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { data } from './data.ts';

const folder = fileURLToPath(new URL('../data/golden/as-found/', import.meta.url));
afterEach(() => void vi.restoreAllMocks());

interface Right {
  /** Columns, with what they are used for. */
  readonly columns: readonly string[];
  readonly answer?: string;
  readonly messages?: string;
  readonly encoding?: string;
  readonly guessed?: boolean;
  readonly rowCount: number;
  /** Code and row numbers of each problem. */
  readonly problems?: readonly (readonly [code: string, rows: readonly number[]])[];
}

const pair = { columns: ['instruction', 'output'], answer: 'output' };
const conversation = { columns: ['messages'], messages: 'messages' };
const ids = { columns: ['id', 'parent_id', 'instruction', 'output'], answer: 'output', rowCount: 3 };

const right: Readonly<Record<string, Right>> = {
  'utf8-one-bad-byte.csv': { ...pair, guessed: true, rowCount: 50, problems: [['undecoded', [6]]] },
  'shift_jis-cut-character.csv': {
    ...pair,
    encoding: 'shift_jis',
    guessed: true,
    rowCount: 50,
    problems: [['undecoded', [51]]],
  },
  'shift_jis-kanji-only.csv': {
    columns: ['指示', '出力'],
    answer: '出力',
    encoding: 'shift_jis',
    guessed: true,
    rowCount: 2,
  },
  'big5.csv': { ...pair, encoding: 'big5', guessed: true, rowCount: 2 },
  'windows-1252.csv': { ...pair, encoding: 'windows-1252', guessed: true, rowCount: 1 },
  'one-nul.csv': { ...pair, rowCount: 2, problems: [['nul', [2]]] },
  'one-column-with-commas.csv': { columns: ['output'], answer: 'output', rowCount: 3 },
  'trailing-commas.jsonl': { ...pair, rowCount: 6 },
  'array.jsonl': { ...pair, rowCount: 2 },
  'nan.jsonl': {
    columns: ['instruction', 'input', 'output'],
    answer: 'output',
    rowCount: 2,
    problems: [['empty-cell', [1]]],
  },
  'nested-train.json': { ...pair, rowCount: 1 },
  'pandas-columns.json': { ...pair, rowCount: 2 },
  'long-ids.json': { ...ids, problems: [['empty-cell', [1, 2]]] },
  'long-ids.jsonl': { ...ids, problems: [['empty-cell', [1, 2]]] },
  'message-part-value.jsonl': { ...conversation, rowCount: 2 },
  'messages-reasoning.jsonl': { ...conversation, rowCount: 2, problems: [['duplicate', [2]]] },
  'messages-tool-calls.jsonl': { ...conversation, rowCount: 2, problems: [['duplicate', [2]]] },
  'messages-tools-column.jsonl': {
    columns: ['messages', 'tools'],
    messages: 'messages',
    rowCount: 2,
    problems: [['duplicate', [2]]],
  },
  'messages-weight.jsonl': { ...conversation, rowCount: 2, problems: [['duplicate', [2]]] },
  'prompt-completion-lists.jsonl': {
    columns: ['prompt', 'completion'],
    answer: 'completion',
    rowCount: 2,
    problems: [['duplicate', [2]]],
  },
  'cell-formats.xlsx': { ...pair, encoding: '', rowCount: 19, problems: [['long-number', [8]]] },
};

test.each(Object.entries(right))('of %s the columns and the problems are right', async (name, expected) => {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
  await data([`${folder}${name}`, '--json']);
  const { columns, recognised, encoding, guessed, rowCount, problems } = JSON.parse(printed.join('\n'));
  expect({ columns, encoding, guessed, rowCount }).toEqual({
    columns: expected.columns,
    encoding: expected.encoding ?? 'utf-8',
    guessed: expected.guessed ?? false,
    rowCount: expected.rowCount,
  });
  expect(recognised.messages_column).toBe(expected.messages ?? '');
  if (expected.answer) expect(recognised.answer_column).toBe(expected.answer);
  const found = problems.map(({ code, rows }: { code: string; rows: number[] }) => [code, rows]);
  expect(found).toEqual(expected.problems ?? []);
});
