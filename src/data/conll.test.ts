import { expect, test } from 'vitest';
import { readTable } from './read-table.ts';

const news = '-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP B-PER\n. . O O\n';
const rows = [
  ['["EU","rejects"]', '["B-ORG","O"]'],
  ['["Peter","."]', '["B-PER","O"]'],
];

test.each(['train.conll', 'eng.txt', 'eng.train', 'eng.csv', 'eng.tsv'])(
  '%s: a sentence is a row, with its words and last column',
  async (fileName) => {
    const table = await readTable(news, { fileName });
    expect(table).toMatchObject({ format: 'conll', columns: ['tokens', 'tags'], rows, rowNumbers: [3, 6] });
  },
);

test('comments are left out, and words that look like one are not', async () => {
  const table = await readTable('# id = 7\n# O\n#tag B-X\n\nlast\tO', { fileName: 'a.bio' });
  expect(table.rows).toEqual([
    ['["#","#tag"]', '["O","B-X"]'],
    ['["last"]', '["O"]'],
  ]);
});

test.each(['eng.train', 'eng.testa.txt', 'eng.csv'])('%s: tags of IOB1 have no B-', async (fileName) => {
  const iob1 = news.replaceAll('B-', 'I-').replace(/^Peter.*\n/m, (line) => line.repeat(60));
  expect((await readTable(iob1, { fileName })).format).toBe('conll');
  const flawed = await readTable(`${iob1}lonely\n`, { fileName });
  expect(flawed).toMatchObject({ format: 'conll', problems: [{ kind: 'sentence-apart', count: 1, rows: [67] }] });
});

test.each([
  ['prose', 'notes.txt', 'Plan B-1 failed\nso did O\n', 'text'],
  ['prose in paragraphs', 'notes.txt', 'Vitamins: B-6\n\nBlood groups: A, B and O\n\nso it is\n', 'text'],
  ['a table with a header', 'a.tsv', 'word\ttag\nEU\tB-ORG\n\nlast\tO\n', 'csv'],
  ['a table without gaps', 'a.tsv', 'EU\tB-ORG\nlast\tO\n', 'csv'],
  ['a table with commas', 'a.csv', 'text,label\nEU it is,B-ORG\n\nlast one,O\n', 'csv'],
  ['a table of codes', 'a.csv', 'group\nO\n\nB-1\n', 'csv'],
  ['verdicts alone', 'a.txt', 'it was O\n\nit is O\n', 'text'],
])('%s is no such file', async (_, fileName, text, format) => {
  expect((await readTable(text, { fileName })).format).toBe(format);
});

const read = async (text: string) => {
  const { rows, rowNumbers, problems } = await readTable(text, { fileName: 'a.conll' });
  return { rows: rows.map((cells) => cells.map((cell) => JSON.parse(cell) as string[])), rowNumbers, problems };
};

test.each([
  ['has no tag', 'EU B-ORG\nrejects\nGerman B-MISC\n\nlast O\n', 2],
  ['has no tag behind its tab', 'EU\tB-ORG\n10 000\nGerman\tB-MISC\n\nlast O\n', 2],
  ['has no word', 'EU\tB-ORG\nof\tO\n\tO\n\nlast O\n', 3],
  ['has a word more than others', 'EU B-ORG\nNew York B-LOC\n. O\n\nlast O\n', 2],
  ['has a tag less than others', 'EU NNP B-ORG\nrejects VBZ\n. . O\n\nlast O\n', 2],
])('a sentence of which a line %s is left out, and the line is listed', async (_, text, line) => {
  expect(await read(text)).toEqual({
    rows: [[['last'], ['O']]],
    rowNumbers: [text.split('\n').indexOf('last O') + 1],
    problems: [{ kind: 'sentence-apart', count: 1, rows: [line] }],
  });
});

test('spaces other than blanks belong to words', async () => {
  const { rows, problems } = await read(
    '日本\tB-LOC\n\u3000\tO\n10\u00a0000\tB-NUM\nNew York\tB-LOC\n\n10\u00a0000 O\n',
  );
  expect(rows).toEqual([
    [
      ['日本', '\u3000', '10\u00a0000', 'New York'],
      ['B-LOC', 'O', 'B-NUM', 'B-LOC'],
    ],
    [['10\u00a0000'], ['O']],
  ]);
  expect(problems).toEqual([]);
});

test('a column that counts is no word, and a comment before it neither', async () => {
  const text =
    '#\thttp://de.wikipedia.org [2009]\n1\tAufgrund\tO\tO\n2\tBerlin\tB-LOC\tO\n\n# newpar\n1\t#\tO\tO\n\n' +
    '# text = zum\n1-2\tzum\t_\t_\n1\tzu\tO\tO\n2\tdem\tO\tB-X\n';
  expect(await read(text)).toEqual({
    rows: [
      [
        ['Aufgrund', 'Berlin'],
        ['O', 'O'],
      ],
      [['#'], ['O']],
      [
        ['zu', 'dem'],
        ['O', 'B-X'],
      ],
    ],
    rowNumbers: [2, 6, 10],
    problems: [],
  });
});

test('among sentences that count, one that does not is left out and listed', async () => {
  const { rows, problems } = await read('1 a O\n2 b O\n\n1 c O\n3 d O\n\n1 e O\n2 f O\n');
  expect(rows.map(([words]) => words)).toEqual([
    ['a', 'b'],
    ['e', 'f'],
  ]);
  expect(problems).toEqual([{ kind: 'sentence-apart', count: 1, rows: [4] }]);
});

test('words that are numbers, and a # with a tag, are words where no column counts', async () => {
  const { rows } = await read('1 CD O\n2 CD O\n\n# SYM O\n1 CD O\n\nNr. NN O\n1 CD O\n\n1990 CD O\n');
  expect(rows.map(([words]) => words)).toEqual([['1', '2'], ['#', '1'], ['Nr.', '1'], ['1990']]);
});

test('a hundred sentences decide for those after them', async () => {
  const { rows } = await read('1 a O\n2 b O\n\n'.repeat(150));
  expect(rows.length).toBe(150);
  expect(rows.every(([words]) => words!.join() === 'a,b')).toBe(true);
});

test('among tabs a line with blanks has columns where a tag ends it', async () => {
  expect(await read('日本\tB-LOC\nx O\n\nEU\tB-ORG\nNew York O\n')).toEqual({
    rows: [
      [
        ['日本', 'x'],
        ['B-LOC', 'O'],
      ],
    ],
    rowNumbers: [1],
    problems: [{ kind: 'sentence-apart', count: 1, rows: [5] }],
  });
});

test('a file in which no sentence fits is refused, with the first line that does not', async () => {
  await expect(read('EU B-ORG\nrejects\n\nlonely\n')).rejects.toMatchObject({
    code: 'conll-apart',
    params: { file: 'a.conll', row: 2 },
  });
});
