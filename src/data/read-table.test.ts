import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { readTable, readTables } from './read-table.ts';
import { listedRows } from './table.ts';

const options = { fileName: 'data.csv' };
const golden = (name: string) => new Blob([readFileSync(new URL(`./golden/tables/${name}`, import.meta.url))]);

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
    const table = await readTable('instruction,output\n"say ""hi"", now","line 1\r\nline 2"\n5" disk,ok\n', options);
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
    ['|', 'a|b\n1|x, y\n2|z;\n'],
  ])('finds out the delimiter %j', async (delimiter, text) => {
    const table = await readTable(text, options);
    expect(table.delimiter).toBe(delimiter);
    expect(table.columns).toEqual(['a', 'b']);
    expect(table.rows).toHaveLength(2);
  });

  describe('whose delimiter is chosen', () => {
    const text = 'question, short;answer\nHello, you;Hi\nWho, me;Yes\n';

    it('has the columns that it makes, where another one was found', async () => {
      expect(await readTable(text, options)).toMatchObject({ delimiter: ',', columns: ['question', 'short;answer'] });
      const chosen = await readTable(text, { ...options, delimiter: ';' });
      expect(chosen).toMatchObject({ delimiter: ';', columns: ['question, short', 'answer'], problems: [] });
      expect(chosen.rows).toEqual([
        ['Hello, you', 'Hi'],
        ['Who, me', 'Yes'],
      ]);
    });

    it.each([
      ['any one', '、', 'data.csv', '質問、回答\n何、これ\n'],
      ['the tab', '\t', 'data.csv', '質問,回\t回答\n何\tこれ\n'],
      ['in plain text', ';', 'data.txt', '質問;回答\n何;これ\n'],
      ['in what looks like CoNLL', '-', 'data.csv', '質問-O\n\n何-I\n\nO-O\n\nO-O\n'],
    ])('may have %s', async (_, delimiter, fileName, lines) => {
      const { rows, columns, format } = await readTable(lines, { fileName, delimiter });
      expect([format, columns.length, rows[0]?.length]).toEqual(['csv', 2, 2]);
      expect(rows[0]![0]).toBe('何');
    });

    it('lists the rows that do not fit it', async () => {
      const { columns, problems } = await readTable('a\n1;2\n', { ...options, delimiter: ';' });
      expect([columns, problems]).toEqual([['a'], [{ kind: 'ragged', count: 1, rows: [2] }]]);
    });
  });

  it.each(['\n', '\r\n', '\r'])('reads line ending %j, blank lines and a last line without one', async (ending) => {
    const table = await readTable(['a,b', '1,2', '', '3,4', '5,6'].join(ending), options);
    expect(table.rows).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
    expect(table.rowNumbers).toEqual([2, 4, 5]);
  });

  it('reads mixed line endings', async () => {
    expect((await readTable('a,b\r\n1,2\n3,4\r\n', options)).rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('ignores a byte order mark', async () => {
    const table = await readTable('\uFEFFinstruction,output\n質問,回答\n', options);
    expect(table.columns[0]).toBe('instruction');
    expect(table.rows).toEqual([['質問', '回答']]);
  });

  it.each([
    // "指示,出力⏎これは,ペンです⏎" in the encodings that Japanese spreadsheets save.
    ['shift_jis', '8e778ea62c8f6f97cd0a82b182ea82cd2c8379839382c582b70a'],
    ['euc-jp', 'bbd8bca82cbdd0cecf0aa4b3a4eca4cf2ca5daa5f3a4c7a4b90a'],
    ['utf-16le', 'fffe07633a792c00fa519b520a0053308c306f302c00da30f330673059300a00'],
    ['utf-16be', 'feff6307793a002c51fa529b000a3053308c306f002c30da30f330673059000a'],
    ['utf-16le', '07633a792c00fa519b520a0053308c306f302c00da30f330673059300a00'],
    ['utf-16be', '6307793a002c51fa529b000a3053308c306f002c30da30f330673059000a'],
  ])('reads %s files', async (encoding, hex) => {
    const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    const table = await readTable(new Blob([bytes]), options);
    expect(table).toMatchObject({ encoding, columns: ['指示', '出力'], rows: [['これは', 'ペンです']] });
  });

  it('reads a Western file that is not UTF-8', async () => {
    const bytes = Uint8Array.from('a;b\ncafés;über\n', (char) => char.charCodeAt(0));
    expect((await readTable(new Blob([bytes]), options)).rows).toEqual([['cafés', 'über']]);
  });

  it('names nameless and repeated columns apart', async () => {
    expect((await readTable('a,,a,a_2\n1,2,3,4\n', options)).columns).toEqual(['a', 'column_2', 'a_2', 'a_2_2']);
  });

  it('may have one column', async () => {
    expect(await readTable('text\nhello world\n', options)).toMatchObject({
      columns: ['text'],
      rows: [['hello world']],
    });
  });

  it('called .txt is lines, or what a spreadsheet saves as text', async () => {
    const lines = await readTable('One, two.\n\nThree.', { fileName: 'a.txt' });
    expect(lines).toMatchObject({ format: 'text', columns: ['text'], rows: [['One, two.'], ['Three.']] });
    expect(lines.rowNumbers).toEqual([1, 3]);
    const tabbed = await readTable('a\tb\n1\t2\n', { fileName: 'a.txt' });
    expect(tabbed).toMatchObject({ format: 'csv', columns: ['a', 'b'], rows: [['1', '2']] });
  });
});

describe('a text in pieces', () => {
  /** Longer than a piece of 4 MiB, with characters of several bytes and line ends across the borders. */
  const cell = '猫\r\n「😀」"'.repeat(50);
  const rows = Array.from({ length: 18_000 }, (_, index) => [`${index}${'.'.repeat(index % 7)}`, cell]);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const csv = `id,text\r\n${rows.map(([id, text]) => `${id},${quoted(text!)}`).join('\r\n')}\r\n`;

  it('comes out whole, in order, with progress to its end', async () => {
    const progress: number[] = [];
    const blob = new Blob([csv]);
    expect(blob.size).toBeGreaterThan(3 * (4 << 20));
    const table = await readTable(blob, { ...options, onProgress: (done) => progress.push(done) });
    expect(table.rows).toEqual(rows.map(([id, text]) => [id, text!.replaceAll('\r\n', '\n')]));
    expect(table.rowNumbers.at(-1)).toBe(18_001);
    expect(progress.at(-1)).toBe(blob.size);
    expect(progress.length).toBeGreaterThan(3);
  });

  it('is recognised as Shift_JIS by a character behind megabytes of ASCII', async () => {
    const ascii = new TextEncoder().encode(`a,b\n${'0123456789,abcdefghij\n'.repeat(250_000)}`);
    const table = await readTable(new Blob([ascii, Uint8Array.of(0x82, 0xb1, 0x2c, 0x82, 0xea, 0x0a)]), options);
    expect(table.encoding).toBe('shift_jis');
    expect(table.rows.at(-1)).toEqual(['こ', 'れ']);
  });
});

describe('problems are listed with their rows', () => {
  it('empty cells, duplicates and ragged rows, whose width is mended', async () => {
    const table = await readTable('a,b\n1,x\n\n2, \n1,x\n3\n4,y,z\n', options);
    expect(table.problems).toEqual([
      { kind: 'empty-cell', column: 'b', count: 2, rows: [4, 6] },
      { kind: 'duplicate', count: 1, rows: [5] },
      { kind: 'ragged', count: 2, rows: [6, 7] },
    ]);
    expect(table.rows.slice(3)).toEqual([
      ['3', ''],
      ['4', 'y'],
    ]);
  });

  it('rows of empty cells, which are left out', async () => {
    const table = await readTable('a,b\n1,2\n,\n\n ,\t\n3,4\n', options);
    expect(table.rows).toHaveLength(2);
    expect(table.problems).toEqual([{ kind: 'empty-row', count: 2, rows: [3, 5] }]);
  });

  it('quotes amid a quoted cell, taken as they stand', async () => {
    const table = await readTable('a,b\n1,2\n"say "hi" now",3\n', options);
    expect(table.rows[1]).toEqual(['say "hi" now', '3']);
    expect(table.problems).toEqual([{ kind: 'quotes', count: 1, rows: [3] }]);
  });

  it('lines of JSONL that are no object', async () => {
    const table = await readTable('{"a": 1}\nnot json\n[2]\n{"a": 3}\n', { fileName: 'a.jsonl' });
    expect(table.rows).toEqual([['1'], ['3']]);
    expect(table.problems).toEqual([{ kind: 'unreadable', count: 2, rows: [2, 3] }]);
  });

  it('the first hundred of them, all counted', async () => {
    const table = await readTable(`a,b\n${'1,2\n'.repeat(500)}`, options);
    expect(table.problems).toEqual([
      { kind: 'duplicate', count: 499, rows: Array.from({ length: listedRows }, (_, index) => index + 3) },
    ]);
  });
});

/** The rows of interop/golden_tables.py. */
const values = [
  { question: 'What is 2 + 3?', answer: 'Five.', score: '0.5', tags: '["math","sums"]' },
  { question: '日本の首都は?', answer: '東京です。\n"Tokyo"', score: '', tags: '[]' },
  { question: 'emoji 😀', answer: '', score: '-3.0', tags: '["x"]' },
];

describe('every format gives the same table', () => {
  it.each([
    ...['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'].map((name) => `${name}.parquet`),
    ...['records.json', 'columns.json', 'wrapped.json', 'lines.json', 'lines.jsonl', 'book.xlsx'],
  ])('%s', async (name) => {
    const table = await readTable(golden(name), { fileName: name });
    const cells = table.rows.map((row) =>
      Object.fromEntries(table.columns.map((column, index) => [column, row[index]])),
    );
    // A spreadsheet has no whole numbers apart from others.
    expect(cells).toEqual(name === 'book.xlsx' ? [...values.slice(0, 2), { ...values[2], score: '-3' }] : values);
    const first = name === 'book.xlsx' ? 2 : 1;
    expect(table.rowNumbers).toEqual([first, first + 1, first + 2]);
  });

  it('Parquet with several row groups and conversations', async () => {
    const table = await readTable(golden('groups.parquet'), { fileName: 'groups.parquet' });
    expect(table.rows).toHaveLength(25);
    expect(table.columns).toEqual(['id', 'messages', 'day', 'big']);
    expect(table.rows[24]).toEqual([
      '24',
      '[{"role":"user","content":"Hi 24"},{"role":"assistant","content":"Hello"}]',
      '2026-01-25',
      '9007199254740993',
    ]);
  });

  it('Parquet with spans of time and times of day, in each unit', async () => {
    const table = await readTable(golden('times.parquet'), { fileName: 'times.parquet' });
    const of = (column: string) => table.rows.map((cells) => cells[table.columns.indexOf(column)]);
    const [zero, midnight] = ['0 days 00:00:00', '00:00:00'];
    expect(of('span_s')).toEqual(['1 days 02:03:04', '-1 days +23:59:59', zero, '-2 days +21:56:55', '']);
    expect(of('time_s')).toEqual(['02:03:04', '23:59:59', midnight, '21:56:55', '']);
    for (const [unit, fraction, last] of [
      ['ms', '123000', '999000'],
      ['us', '123456', '999999'],
      ['ns', '123456789', '999999999'],
    ]) {
      expect(of(`span_${unit}`)).toEqual([
        ...[`1 days 02:03:04.${fraction}`, `-1 days +23:59:59.${last}`, zero, `-2 days +21:56:55.${last}`, ''],
      ]);
      expect(of(`time_${unit}`)).toEqual([
        `02:03:04.${fraction}`,
        `23:59:59.${last}`,
        midnight,
        `21:56:55.${last}`,
        '',
      ]);
    }
  });

  it('Parquet with a page of nothing in LZ4', async () => {
    const table = await readTable(golden('lz4-empty-page.parquet'), { fileName: 'a.parquet' });
    expect(table.rows).toEqual([['a', '']]);
  });

  it('Excel with hidden columns, as pandas reads it', async () => {
    const table = await readTable(golden('hidden.xlsx'), { fileName: 'hidden.xlsx' });
    expect([table.columns, ...table.rows]).toEqual([
      ['question', 'note', 'answer'],
      ['one', 'two', 'three'],
    ]);
    expect(table.problems).toEqual([]);
  });

  it('Excel with dates, numbers, formulas, empty rows and an empty first row', async () => {
    const table = await readTable(golden('mixed.xlsx'), { fileName: 'mixed.xlsx' });
    expect(table.columns).toEqual(['質問', '回答', 'when']);
    expect(table.rows).toEqual([
      ['数', '42', '2026-01-25'],
      ['真偽', 'true', ''],
    ]);
    expect(table.rowNumbers).toEqual([3, 5]);
  });

  it('records that lack or add a key', async () => {
    const table = await readTable('[{"a": "1"}, {"b": null, "c": true, "a": "2"}]', { fileName: 'a.json' });
    expect(table.columns).toEqual(['a', 'b', 'c']);
    expect(table.rows).toEqual([
      ['1', '', ''],
      ['2', '', 'true'],
    ]);
  });

  it('JSON with a list for each split: the one called train, else the first', async () => {
    const read = (json: object) => readTable(JSON.stringify(json), { fileName: 'a.json' });
    expect((await read({ test: [{ a: '1' }], train: [{ a: '2' }] })).rows).toEqual([['2']]);
    expect((await read({ one: [{ a: '1' }], two: [{ a: '2' }] })).rows).toEqual([['1']]);
    expect((await read({ q: ['x'], meta: [{ a: '2' }] })).columns).toEqual(['q', 'meta']);
  });

  it('several files with the columns in another order', async () => {
    const parts = ['a,b\n1,2\n', 'b,a\n4,3\n'].map((text) => new Blob([text]));
    const table = await readTables(parts, options);
    expect(table.rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(table.rowNumbers).toEqual([2, 4]);
  });
});

describe('a bad table', () => {
  it.each(['', '\n\n', 'instruction,output', 'instruction,output\n\n , \n'])('with no rows (%j)', async (text) => {
    const error = await errorOf(readTable(text, options));
    expect(error.code).toBe('csv-empty');
    expect(error.params).toEqual({ file: 'data.csv' });
  });

  it.each([
    [[3], 'a,b\n1,2\n3,"never closed\n5,6\n', ['1', '5']],
    [[2], 'a,b\n1,"x"y,z\n2,3\n', ['2']],
    [[4], 'a,b\n"1\n1",2\n\n3,"open\n', ['1\n1']],
    [[3, 4], 'a,b\n1,2\n3,"open\nand on\n5,6\n7,8', ['1', '5', '7']],
    [[2, 5], 'a,b\n1,"open\n2,3\n4,5\n6,"open\n8,9', ['2', '4', '8']],
  ])('goes on behind a quote that is never closed, and lists the rows %j', async (listed, text, kept) => {
    const { rows, rowNumbers, problems } = await readTable(text, options);
    expect(problems.find(({ kind }) => kind === 'quote-open')?.rows).toEqual(listed);
    expect(rows.map(([first]) => first)).toEqual(kept);
    expect(rowNumbers.filter((row) => listed.includes(row))).toEqual([]);
  });

  it('loses one of 62 rows to a quote that is never closed', async () => {
    const lines = Array.from({ length: 62 }, (_, at) => `${at},${at === 30 ? '"' : ''}text ${at}`);
    const { rows, problems } = await readTable(`id,text\n${lines.join('\n')}\n`, options);
    expect(rows).toHaveLength(61);
    expect(problems).toEqual([{ kind: 'quote-open', count: 1, rows: [32] }]);
  });

  it('whose header has a quote that is never closed is refused with the row', async () => {
    const error = await errorOf(readTable('a,"b\n1,2\n', options));
    expect(error).toMatchObject({ code: 'csv-quotes', params: { file: 'data.csv', row: 1 } });
  });

  it('with an open quote is given up before it fills the memory', async () => {
    const text = `a,b\n1,2\n3,"open\n${'a line of text that goes on and on\n'.repeat(1_200_000)}`;
    expect((await errorOf(readTable(text, options))).params).toEqual({ file: 'data.csv', row: 3 });
  });

  it.each(['book.xls', 'rows.arrow', 'rows.parquet', 'book.xlsx', 'rows.zip'])(
    'of another format (%s)',
    async (fileName) => {
      const bytes = Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3, 0);
      expect((await errorOf(readTable(new Blob([bytes]), { fileName }))).code).toBe('data-format-unsupported');
    },
  );

  it('that is not text', async () => {
    const bytes = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0x2c, 0x0a);
    expect((await errorOf(readTable(new Blob([bytes]), options))).code).toBe('data-format-unsupported');
    const binary = Uint8Array.of(0x89, 0x50, 0, 0, 0, 0, 0x2c, 0x0a);
    expect((await errorOf(readTable(new Blob([binary]), options))).code).toBe('data-format-unsupported');
  });

  it.each([
    ['cut.parquet', 'PAR1 and no more'],
    ['cut.xlsx', 'PK\x03\x04 and no more'],
  ])('that is not what it says (%s)', async (fileName, text) => {
    const error = await errorOf(readTable(text, { fileName }));
    expect(error.code).toBe('table-invalid');
    expect(error.params.file).toBe(fileName);
  });
});
