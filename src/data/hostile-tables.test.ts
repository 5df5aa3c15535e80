import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { blobFiles } from '../files/blob-files.ts';
import { openGiven } from '../worker/given/open-given.ts';
import { requirePixels } from './picture-size.ts';
import { readPictures } from './pictures.ts';
import { readTable } from './read-table.ts';

/** Seconds of the processor that opening a file takes. */
async function opened(fileName: string, ...parts: (string | Uint8Array)[]) {
  const before = process.cpuUsage();
  const blob = new Blob(parts.map((part) => (typeof part === 'string' ? part : Uint8Array.from(part))));
  const result = await readTable(blob, { fileName }).catch((error: unknown) => error);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6, 'seconds of the processor').toBeLessThan(8);
  return result;
}

const lines = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, at) => line(at));

test.each([
  ['a key of its own in every line', 'table-too-sparse', 'x.jsonl', () => lines(4500, (at) => `{"k${at}":"v"}\n`)],
  ['twenty thousand of them', 'table-too-sparse', 'x.jsonl', () => lines(20_000, (at) => `{"k${at}":"v"}\n`)],
  ['200,000 columns', 'table-too-wide', 'x.csv', () => [lines(200_000, (at) => `c${at}`).join(), '\n1\n']],
  ['200,000 columns of one name', 'table-too-wide', 'x.csv', () => [lines(200_000, () => 'c').join(), '\n1\n']],
  ['one line of 40 million characters', 'cell-too-long', 'x.txt', () => lines(40, () => 'x'.repeat(1 << 20))],
  [
    'a cell of 40 million characters',
    'cell-too-long',
    'x.csv',
    () => ['a,b\n1,', ...lines(40, () => 'x'.repeat(1 << 20))],
  ],
] as const)('%s ends in %s', async (_, code, fileName, parts) => {
  if (code === 'table-too-sparse') {
    // 4,500 rows of as many columns are more cells than any table of that size has.
    expect(await opened(fileName, ...parts())).toMatchObject({ code });
  } else expect(await opened(fileName, ...parts())).toMatchObject({ code });
});

test.each([
  ['x.csv', (run: string) => `a,b\n"${run}x",1\n`],
  ['x.jsonl', (run: string) => JSON.stringify({ a: `${run}x`, tools: `${run}x` })],
  ['x.conll', (run: string) => `EU B-ORG\nEU${run}x B-ORG\n`],
])('a run of 300,000 spaces or brackets in %s is read as it is', async (fileName, text) => {
  for (const sign of [' ', '\t', ')']) {
    const run = sign.repeat(300_000);
    const table = (await opened(fileName, text(run))) as { rows?: string[][]; code?: string };
    if (fileName === 'x.conll') expect(table.rows ?? table.code).toBeDefined();
    else expect(table.rows!.flat().includes(`${run}x`), fileName).toBe(true);
  }
});

test('records by their ids are rows, however many there are', async () => {
  const ids = lines(100_000, (at) => `"id-${at}":{"frage":"a","antwort":"b"}`).join();
  expect(await opened('x.json', `{${ids}}`)).toMatchObject({ columns: ['index', 'frage', 'antwort'] });
});

test('a cell of lists a hundred thousand deep leaves its row out', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const table = await opened('x.jsonl', '{"a":1}\n', `{"a":${deep}}\n`);
  expect(table).toMatchObject({ rows: [['1']], problems: [{ kind: 'unreadable', count: 1, rows: [2] }] });
});

const sheet = (cells: string, more = '') => {
  const text = (xml: string) => new TextEncoder().encode(xml);
  return zipSync({
    '[Content_Types].xml': text('<Types/>'),
    'xl/workbook.xml': text('<workbook><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'),
    'xl/_rels/workbook.xml.rels': text('<Relationships><Relationship Id="r1" Target="a.xml"/></Relationships>'),
    'xl/a.xml': text(`<worksheet><sheetData>${cells}</sheetData>${more}</worksheet>`),
  });
};

test.each(['ZZZZZZ1', 'Ａ1', '1', 'XFE1'])('a cell of Excel at %s is outside the sheet', async (place) => {
  const error = await opened('x.xlsx', sheet(`<row r="1"><c r="${place}"><v>1</v></c></row>`));
  expect(error).toMatchObject({
    code: 'table-invalid',
    params: { reason: { text: 'cells stand outside the sheet' } },
  });
});

test('cells merged over four milliards of rows are those that there are', async () => {
  const cells = '<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" t="str"><v>b</v></c></row>';
  const table = await opened('x.xlsx', sheet(cells, '<mergeCells><mergeCell ref="A1:A4000000000"/></mergeCells>'));
  expect(table).toMatchObject({ rows: [['b']] });
});

test('an archive that unpacks to a thousand times its bytes, or says so, is refused before', async () => {
  const zeros = zipSync({ 'a/1.png': new Uint8Array(48 << 20) }, { level: 1 });
  const before = process.resourceUsage().maxRSS;
  await expect(openGiven([{ path: 'x.zip', blob: new Blob([Uint8Array.from(zeros)]) }])).rejects.toMatchObject({
    code: 'zip-unreadable',
  });
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
});

test('names that cannot be files beside each other are refused', async () => {
  for (const names of [['run.json', 'run.json/x'], ['a\\..\\b'], ['a/./b'], ['a//b'], ['a\nb']]) {
    const packed = zipSync(Object.fromEntries(names.map((name) => [name, new Uint8Array(1)])));
    await expect(openGiven([{ path: 'x.zip', blob: new Blob([Uint8Array.from(packed)]) }])).rejects.toMatchObject({
      code: 'zip-unreadable',
    });
  }
});

function pngOf(bytes: number, width: number, height: number): Uint8Array<ArrayBuffer> {
  const png = new Uint8Array(bytes);
  png.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(png.buffer).setUint32(16, width);
  new DataView(png.buffer).setUint32(20, height);
  return png;
}

test.each([
  [24, 6048, 4032, 1_500_000],
  [50, 8160, 6120, 3_000_000],
  [12, 4032, 3024, 400_000],
])('a photograph of %i megapixels is read however well it was packed', (_, width, height, bytes) => {
  expect(() => requirePixels('a.png', pngOf(bytes, width, height))).not.toThrow();
});

test.each([
  { width: 20_000, height: 20_000, code: 'picture-too-large' },
  { width: 1, height: 60_000, code: 'picture-too-large' },
  { width: 0, height: 20, code: 'picture-unreadable' },
])('a picture of $width × $height pixels is refused before it is unpacked', async ({ width, height, code }) => {
  const png = pngOf(49_000, width, height);
  const files = blobFiles(new Map([['a.png', new Blob([png])]]), 'x');
  const decode = () => Promise.reject(new Error('it was unpacked'));
  const crop = { size: 8, resizeTo: 8, squashes: false, interpolation: 'bilinear' } as const;
  await expect(readPictures(files, [{ path: 'a.png', label: 'a' }], decode, crop)).rejects.toMatchObject({ code });
});
