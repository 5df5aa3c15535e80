import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { parseTable } from './csv.ts';

const options = { fileName: 'data.csv' };

async function errorOf(action: Promise<unknown>): Promise<AppError> {
  const outcome = await action.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof AppError) return outcome;
  throw new Error(`expected an AppError, got ${String(outcome)}`);
}

describe('a table of text', () => {
  it('keeps quotes, delimiters and newlines inside quoted fields', async () => {
    const table = await parseTable('instruction,output\n"say ""hi"", now","line 1\r\nline 2"\n5" disk,ok\n', options);
    expect(table.columns).toEqual(['instruction', 'output']);
    expect(table.rows).toEqual([
      ['say "hi", now', 'line 1\nline 2'],
      ['5" disk', 'ok'],
    ]);
    expect(table.problems).toEqual([]);
  });

  it.each([
    [',', 'a,b\n1,x;y;z\n2,x;y\n'],
    ['\t', 'a\tb\n1\tx, y, z\n2\tw\n'],
    [';', 'a;b\n1;x, y, z\n"2;3";w, v\n'],
  ])('finds out the delimiter %j', async (delimiter, text) => {
    const table = await parseTable(text, options);
    expect(table.delimiter).toBe(delimiter);
    expect(table.columns).toEqual(['a', 'b']);
    expect(table.rows).toHaveLength(2);
  });

  it.each(['\n', '\r\n', '\r'])('reads line ending %j, blank lines and a last line without one', async (ending) => {
    const table = await parseTable(['a,b', '1,2', '', '3,4', '5,6'].join(ending), options);
    expect(table.rows).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
  });

  it('reads mixed line endings', async () => {
    expect((await parseTable('a,b\r\n1,2\n3,4\r\n', options)).rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('ignores a byte order mark, in text and in a file', async () => {
    const text = '\uFEFFinstruction,output\n質問,回答\n';
    expect((await parseTable(text, options)).columns[0]).toBe('instruction');
    const table = await parseTable(new Blob([text]), options);
    expect(table.columns[0]).toBe('instruction');
    expect(table.rows).toEqual([['質問', '回答']]);
  });

  it.each([
    // "指示,出力⏎これは,ペンです⏎" in the encodings that Japanese spreadsheets save.
    ['shift_jis', '8e778ea62c8f6f97cd0a82b182ea82cd2c8379839382c582b70a'],
    ['euc-jp', 'bbd8bca82cbdd0cecf0aa4b3a4eca4cf2ca5daa5f3a4c7a4b90a'],
    ['utf-16le', 'fffe07633a792c00fa519b520a0053308c306f302c00da30f330673059300a00'],
  ])('reads %s files', async (encoding, hex) => {
    const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    const table = await parseTable(new Blob([bytes]), options);
    expect(table).toMatchObject({ encoding, columns: ['指示', '出力'], rows: [['これは', 'ペンです']] });
  });

  it('reads a Western file that is not UTF-8', async () => {
    const bytes = Uint8Array.from('a;b\ncafés;über\n', (char) => char.charCodeAt(0));
    expect((await parseTable(new Blob([bytes]), options)).rows).toEqual([['cafés', 'über']]);
  });

  it('names nameless and repeated columns apart', async () => {
    expect((await parseTable('a,,a,a_2\n1,2,3,4\n', options)).columns).toEqual(['a', 'column_2', 'a_2', 'a_2_2']);
  });

  it('lists empty cells, duplicates and ragged rows by spreadsheet row, and mends their width', async () => {
    const table = await parseTable('a,b\n1,x\n\n2, \n1,x\n3\n4,y,z\n', options);
    expect(table.problems).toEqual([
      { row: 4, kind: 'empty-cell', column: 'b' },
      { row: 5, kind: 'duplicate' },
      { row: 6, kind: 'ragged' },
      { row: 6, kind: 'empty-cell', column: 'b' },
      { row: 7, kind: 'ragged' },
    ]);
    expect(table.rows.slice(3)).toEqual([
      ['3', ''],
      ['4', 'y'],
    ]);
  });
});

describe('a bad table', () => {
  it.each(['', '\n\n', 'instruction,output', 'instruction,output\n\n , \n'])('with no rows (%j)', async (text) => {
    const error = await errorOf(parseTable(text, options));
    expect(error.code).toBe('csv-empty');
    expect(error.params).toEqual({ file: 'data.csv' });
  });

  it('with one column, unless plain text is trained', async () => {
    expect((await errorOf(parseTable('text\nhello\n', options))).code).toBe('csv-one-column');
    expect((await parseTable('text\nhello, world\n', { ...options, allowOneColumn: true })).columns).toEqual(['text']);
  });

  it.each([
    [3, 'a,b\n1,2\n3,"never closed\n5,6\n'],
    [2, 'a,b\n1,"x"y,z\n2,3\n'],
    [4, 'a,b\n"1\n1",2\n\n3,"open\n'],
  ])('names row %i, where the unbalanced quote opens', async (row, text) => {
    const error = await errorOf(parseTable(text, options));
    expect(error.code).toBe('csv-quotes');
    expect(error.params).toEqual({ file: 'data.csv', row });
  });

  it.each(['book.xlsx', 'rows.parquet', 'rows.jsonl', 'rows.JSON'])('of another format (%s)', async (fileName) => {
    expect((await errorOf(parseTable('a,b\n1,2\n', { fileName }))).code).toBe('data-format-unsupported');
  });

  it('that is not text', async () => {
    const bytes = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0x2c, 0x0a);
    expect((await errorOf(parseTable(new Blob([bytes]), options))).code).toBe('data-format-unsupported');
  });
});
