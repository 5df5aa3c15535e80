import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dayText, numberFormat } from './number-format.ts';
import { readTable } from './read-table.ts';

const golden = (path: string) => new Blob([readFileSync(new URL(`./golden/${path}`, import.meta.url))]);

it('cells are read by their formats', async () => {
  const table = await readTable(golden('as-found/cell-formats.xlsx'), { fileName: 'a.xlsx' });
  expect(Object.fromEntries(table.rows as [string, string][])).toEqual({
    date: '2024-04-01',
    datetime: '2024-04-01 13:30:00',
    time: '13:30:00',
    percent: '0.25',
    zip: '00123',
    float: '1234567.891',
    big: '12345678901234569216',
    'neg zero': '0',
    bool: 'true',
    'sum 0.1+0.2': '0.3',
    jdate: '2024-04-01',
    elapsed: '30:00:00',
    'lead  space': '  x  ',
    newline: 'a\nb',
    yen: '1000',
    red: '5',
    'month word': '7',
    days: '7',
    'general-h': '7',
  });
  expect(table.problems).toEqual([{ kind: 'long-number', count: 1, rows: [8] }]);
});

it('a formula that openpyxl wrote, which computes none, is listed', async () => {
  const table = await readTable(golden('as-found/openpyxl-formula.xlsx'), { fileName: 'a.xlsx' });
  expect(table.rows).toEqual([
    ['q', ''],
    ['r', 'text'],
  ]);
  expect(table.problems).toContainEqual({ kind: 'no-value', count: 1, rows: [2] });
});

it('what a table cannot say is listed', async () => {
  const table = await readTable(golden('tables/sheets.xlsx'), { fileName: 'sheets.xlsx' });
  expect(table.columns).toEqual(['question', 'answer']);
  expect(table.rows).toEqual([
    ['東京', 'rich text'],
    ['error', ''],
    ['no value', ''],
    ['cached', '3'],
    ['hidden', 'row'],
    ['merged', 'x'],
    ['', 'y'],
    ['long id', '1098765432109876543'],
    ['formula error', ''],
  ]);
  const notes = table.problems.filter(({ kind }) => kind !== 'empty-cell');
  expect(notes).toEqual([
    { kind: 'error-cell', count: 2, rows: [3, 10] },
    { kind: 'no-value', count: 1, rows: [4] },
    { kind: 'hidden-row', count: 1, rows: [6] },
    { kind: 'merged', count: 2, rows: [7, 8] },
    { kind: 'other-sheet', column: 'second', count: 2, rows: [] },
    { kind: 'other-sheet', column: 'secret', count: 1, rows: [] },
  ]);
});

describe('number formats', () => {
  it.each([
    ['yyyy-mm-dd', 'date'],
    ['[$-411]ggge"年"m"月"d"日"', 'date'],
    ['[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy', 'date'],
    ['d.m.yy h:mm', 'date'],
    ['mmm', 'date'],
    ['h:mm AM/PM', 'time'],
    ['mm:ss.0', 'time'],
    ['[hh]:mm:ss', 'elapsed'],
    ['[m]', 'elapsed'],
    ['0.00E+00', 'number'],
    ['General', 'number'],
    ['#,##0"時間"', 'number'],
    ['[Red]0', 'number'],
    ['[>100]0;0.0', 'number'],
    ['_-* #,##0.00\\ "kr"_-', 'number'],
    ['@', 'number'],
    [14, 'date'],
    [20, 'time'],
    [46, 'elapsed'],
    [31, 'date'],
    [9, 'number'],
  ] as const)('%s is a %s', (format, kind) => {
    expect(numberFormat(format).kind).toBe(kind);
  });

  // openpyxl.utils.datetime.from_excel gives these.
  it.each([
    [1, 'date', false, '1900-01-01'],
    [59, 'date', false, '1900-02-28'],
    [61, 'date', false, '1900-03-01'],
    [45383.5625, 'date', false, '2024-04-01 13:30:00'],
    [0, 'date', true, '1904-01-01'],
    [43921, 'date', true, '2024-04-01'],
    [0.999988425925926, 'time', false, '23:59:59'],
    [0.5000000001, 'time', false, '12:00:00'],
    [1.25, 'elapsed', false, '30:00:00'],
    [0.0000578703703703704, 'elapsed', false, '00:00:05'],
  ] as const)('%f as %s (from 1904: %s)', (serial, kind, from1904, text) => {
    expect(dayText(serial, kind, from1904)).toBe(text);
  });
});
