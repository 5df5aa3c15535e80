import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detectEncoding, encodingPreviews } from './detect-encoding.ts';
import { decoderOf } from './encoding.ts';
import { readTable } from './read-table.ts';

const read = (path: string) => readFileSync(new URL(`./golden/${path}`, import.meta.url));
const asFound = (name: string) => new Blob([read(`as-found/${name}`)]);
const options = { fileName: 'data.csv' };
const bytes = (...parts: (string | number[])[]): Blob =>
  new Blob(parts.map((part) => (typeof part === 'string' ? part : Uint8Array.from(part))));
/** By Python: `text.encode(codec)` of interop/golden_encodings.py. */
const samples = JSON.parse(read('encodings.json').toString()) as {
  pairs: Record<string, { codec: string; rows: string[] }>;
  texts: { codec: string; encoding: string; hex: string; text: string }[];
};
const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

describe('a file with a damaged byte keeps its encoding, and the row is listed', () => {
  it('UTF-8', async () => {
    const table = await readTable(asFound('utf8-one-bad-byte.csv'), options);
    expect(table).toMatchObject({ encoding: 'utf-8', columns: ['instruction', 'output'] });
    expect(table.rows).toHaveLength(50);
    expect(table.rows[3]).toEqual(['質問3は何ですか', '答えは3です']);
    expect(table.rows[4]).toEqual(['質問4は何です\uFFFDか', '答えは4です']);
    expect(table.problems).toEqual([{ kind: 'undecoded', count: 1, rows: [6] }]);
  });

  it('Shift_JIS cut amid a character', async () => {
    const table = await readTable(asFound('shift_jis-cut-character.csv'), options);
    expect(table.encoding).toBe('shift_jis');
    expect(table.rows[0]).toEqual(['質問0は何ですか', '答えは0です']);
    const last = table.rows.length + 1;
    expect(table.rows.at(-1)!.join()).toContain('\uFFFD');
    expect(table.problems).toContainEqual({ kind: 'undecoded', count: 1, rows: [last] });
  });

  const japanese = '質問,回答\n日本の首都はどこですか,東京です\n空はなぜ青いのですか,光が散るからです\n';
  const cases = [
    ['euc-jp', samples.texts.find(({ codec }) => codec === 'euc_jp')!, [0xa4]],
    ['shift_jis', samples.texts.find(({ codec }) => codec === 'cp932')!, [0x81]],
  ] as const;
  it.each(cases)('%s with one lead byte alone', async (encoding, { hex, text }, lone) => {
    const table = await readTable(new Blob([fromHex(hex), Uint8Array.from(lone), ',x\n']), options);
    expect(table.encoding).toBe(encoding);
    expect(table.rows.slice(0, -1).map((row) => row.join(','))).toEqual(text.trim().split('\n').slice(1));
    expect(table.rows.at(-1)).toEqual(['\uFFFD', 'x']);
    expect(table.problems).toEqual([{ kind: 'undecoded', count: 1, rows: [table.rows.length + 1] }]);
  });

  it.each([true, false])('UTF-32 is refused and not taken for UTF-16 (little endian: %s)', async (little) => {
    const view = new DataView(new ArrayBuffer(40));
    const chars = [...'\uFEFFq,a\nb,😀\n'];
    for (const [index, char] of chars.entries()) view.setUint32(4 * index, char.codePointAt(0)!, little);
    const refused = readTable(new Blob([view.buffer]), { fileName: 'a.csv' });
    await expect(refused).rejects.toMatchObject({ code: 'data-format-unsupported' });
  });

  it('UTF-16 with a byte too many', async () => {
    const wide = Uint8Array.from(Buffer.from(`\uFEFF${japanese}`, 'utf16le'));
    const table = await readTable(new Blob([wide, Uint8Array.of(0x61)]), options);
    expect(table).toMatchObject({ encoding: 'utf-16le', encodingGuessed: false });
    expect(table.rows.slice(0, 2)).toEqual([
      ['日本の首都はどこですか', '東京です'],
      ['空はなぜ青いのですか', '光が散るからです'],
    ]);
    expect(table.problems.map(({ kind }) => kind)).toContain('undecoded');
  });

  it('JSONL and plain text, too', async () => {
    const line = (text: string) => `{"a": "${text}"}\n`;
    const broken = bytes(line('日本語の文章'), '{"a": "', [0xe3], '"}\n');
    const json = await readTable(broken, { fileName: 'a.jsonl' });
    expect([json.encoding, json.rows]).toEqual(['utf-8', [['日本語の文章'], ['\uFFFD']]]);
    expect(json.problems).toEqual([{ kind: 'undecoded', count: 1, rows: [2] }]);
    const text = await readTable(bytes('日本語の文章\n', [0xff], '本文\n'), { fileName: 'a.txt' });
    expect(text.rows).toEqual([['日本語の文章'], ['\uFFFD本文']]);
  });

  it('unless a sixth of what is no ASCII does not fit', async () => {
    const five = bytes('a,b\n日本語文章,', [0xe9], '\n');
    expect((await detectEncoding(five)).encoding).toBe('utf-8');
    const four = bytes('a,b\n日本語文,', [0xe9], '\n');
    expect((await detectEncoding(four)).encoding).not.toBe('utf-8');
  });
});

describe('a NUL', () => {
  it('is dropped, and its row listed', async () => {
    const table = await readTable(asFound('one-nul.csv'), options);
    expect(table).toMatchObject({ encoding: 'utf-8', columns: ['instruction', 'output'] });
    expect(table.rows).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(table.problems).toEqual([{ kind: 'nul', count: 1, rows: [2] }]);
  });

  it.each(['a,b\n1,2\n3,\x004\n', 'a,b\r\n1,2\r\n\x003,4\r\n', 'a\x00,b\n1,2\n3,4\n', 'a,b\n1,2\n3,4\x00\x00'])(
    'anywhere (%j)',
    async (text) => {
      const table = await readTable(text, options);
      expect([table.encoding, table.columns, table.rows]).toEqual([
        'utf-8',
        ['a', 'b'],
        [
          ['1', '2'],
          ['3', '4'],
        ],
      ]);
    },
  );

  it('does not hide UTF-16 without a mark', async () => {
    for (const text of ['a,b\n日本,語\n漢字だけの長い文章がここに続きます,一二三\n', 'question,answer']) {
      const little = Uint8Array.from(Buffer.from(text, 'utf16le'));
      const big = Uint8Array.from(Buffer.from(text, 'utf16le').swap16());
      expect(await detectEncoding(new Blob([little]))).toEqual({ encoding: 'utf-16le', guessed: true });
      expect(await detectEncoding(new Blob([big]))).toEqual({ encoding: 'utf-16be', guessed: true });
    }
  });
});

describe('decoders', () => {
  it.each(Object.keys(samples.pairs))('give what Python does, byte by byte: %s', (encoding) => {
    const { rows } = samples.pairs[encoding]!;
    const decoder = decoderOf(encoding);
    for (const row of rows) {
      const [hex, text] = row.split(' ') as [string, string];
      expect(`${hex} ${decoder.decode(fromHex(hex))}`).toBe(`${hex} ${text}`);
    }
  });

  it('join characters across pieces', () => {
    for (const { encoding, hex, text } of samples.texts) {
      const decoder = decoderOf(encoding);
      const pieces = [...fromHex(hex)].map((byte) => decoder.decode(Uint8Array.of(byte), { stream: true }));
      expect(pieces.join('') + decoder.decode()).toBe(text);
    }
  });

  it('read the typographic apostrophe of windows-1252', async () => {
    const table = await readTable(asFound('windows-1252.csv'), options);
    expect(table).toMatchObject({ encoding: 'windows-1252', encodingGuessed: true });
    expect(table.rows).toEqual([['Qui êtes-vous ?', 'Je m\u2019appelle']]);
  });
});

describe('a guess', () => {
  it.each(samples.texts.filter(({ encoding }) => !encoding.startsWith('utf')))(
    'finds $codec, and says that it is one',
    async ({ encoding, hex, text }) => {
      const found = await detectEncoding(new Blob([fromHex(hex)]));
      expect(found).toEqual({ encoding, guessed: true });
      const [first, ...others] = await encodingPreviews(new Blob([fromHex(hex)]), encoding);
      expect(first!.lines).toEqual(text.trim().split('\n').slice(0, 3));
      expect(others.length).toBeGreaterThan(1);
    },
  );

  it.each([
    ['big5.csv', 'big5', ['你好嗎', '我很好']],
    ['shift_jis-kanji-only.csv', 'shift_jis', ['東京都千代田区', '日本国首都']],
  ])('%s', async (name, encoding, row) => {
    const table = await readTable(asFound(name), options);
    expect(table).toMatchObject({ encoding, encodingGuessed: true });
    expect(table.rows[0]).toEqual(row);
  });

  it('is none where the file says it', async () => {
    for (const text of ['plain,ascii\n1,2\n', '質問,回答\n1,2\n', '\uFEFFa,b\n1,2\n'])
      expect((await readTable(text, options)).encodingGuessed).toBe(false);
    const escapes = bytes([0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42], ',b\n1,2\n');
    expect(await readTable(escapes, options)).toMatchObject({ encoding: 'iso-2022-jp', columns: ['日本', 'b'] });
  });
});

it('an encoding that is asked for is used', async () => {
  const read = (encoding: string) => readTable(asFound('big5.csv'), { ...options, encoding });
  expect(await read('gbk')).toMatchObject({ encoding: 'gbk', encodingGuessed: false });
  expect((await read('csbig5')).rows[0]![0]).toBe('你好嗎');
  await expect(read('cp9')).rejects.toMatchObject({ code: 'setting-unsupported', params: { value: 'cp9' } });
});

it('byte order marks amid a file that was put together are dropped', async () => {
  const table = await readTable('\uFEFFa,b\n1,2\n\uFEFF3,4\n\uFEFF"5",6\n', options);
  expect(table.rows).toEqual([
    ['1', '2'],
    ['3', '4'],
    ['5', '6'],
  ]);
  const lines = await readTable('\uFEFF{"a": "1"}\n\uFEFF{"a": "2"}\n', { fileName: 'a.jsonl' });
  expect(lines.rows).toEqual([['1'], ['2']]);
});
