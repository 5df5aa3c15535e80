import { expect, test } from 'vitest';
import { looksLikeConll } from './conll.ts';
import { readTable } from './read-table.ts';

const news = '-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP B-PER\n. . O O\n';
const rows = [
  ['["EU","rejects"]', '["B-ORG","O"]'],
  ['["Peter","."]', '["B-PER","O"]'],
];

test.each(['train.conll', 'eng.txt'])('%s: a sentence is a row, with its words and last column', async (fileName) => {
  const table = await readTable(news, { fileName });
  expect(table).toMatchObject({ format: 'conll', columns: ['tokens', 'tags'], rows, rowNumbers: [3, 6] });
});

test('comments are left out, and words that look like one are not', async () => {
  const table = await readTable('# id = 7\n# O\n#tag B-X\n\nlast\tO', { fileName: 'a.bio' });
  expect(table.rows).toEqual([
    ['["#","#tag"]', '["O","B-X"]'],
    ['["last"]', '["O"]'],
  ]);
});

test('prose is no such file', async () => {
  expect(looksLikeConll('A line of text\nand another O\n')).toBe(false);
  expect((await readTable('Plan B-1 failed\nso did O\n', { fileName: 'notes.txt' })).format).toBe('text');
});
