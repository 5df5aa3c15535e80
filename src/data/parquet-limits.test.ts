import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OutOfFile } from './out-of-file.ts';
import { checkedSource, requireFooter, requireWithin } from './parquet-limits.ts';
import { readTable } from './read-table.ts';

/** Of a column `a`, which may have nulls. */
const about = { path_in_schema: ['a'], type: 'INT32', codec: 'GZIP' };
const schema = [
  { name: 'root', num_children: 1 },
  { name: 'a', repetition_type: 'OPTIONAL' },
];

const metadata = (rows: number, values: number, announced = rows) =>
  ({
    schema,
    num_rows: BigInt(announced),
    row_groups: [{ num_rows: BigInt(rows), columns: [{ meta_data: { ...about, num_values: BigInt(values) } }] }],
  }) as never;

/** A file of the pages of column `a` alone, of four values. */
function sourceOf(pages: Uint8Array<ArrayBuffer>, codec = 'GZIP') {
  const sizes = { data_page_offset: 0n, total_compressed_size: BigInt(pages.length), num_values: 4n };
  const known = { schema, row_groups: [{ columns: [{ meta_data: { ...about, ...sizes, codec } }] }] };
  return checkedSource(new Blob([pages]), () => known as never);
}

test('rows and values are as many as a file of that size can hold', () => {
  expect(() => requireWithin(metadata(1000, 1000), 1500)).not.toThrow();
  expect(() => requireWithin(metadata(1000, 2 ** 31), 1500)).toThrow(OutOfFile);
  expect(() => requireWithin(metadata(2 ** 40, 1), 1500)).toThrow(OutOfFile);
  expect(() => requireWithin(metadata(1000, 1000, 999), 1500)).toThrow(OutOfFile);
});

test.each([
  [-1, 4],
  [8, 4],
  [0, 101],
  [Number.NaN, 4],
  [0, 2 ** 53],
])('a place from %d to %d is not in a file of a hundred bytes', async (start, end) => {
  const source = checkedSource(new Blob([new Uint8Array(100)]), () => null);
  expect((await source.slice(start, end)).byteLength).toBe(0);
  expect(source.refused).toBeInstanceOf(OutOfFile);
});

test('a dictionary lies before what is written in it', async () => {
  const column = (dictionary_page_offset: bigint | undefined) =>
    ({
      schema,
      num_rows: 4n,
      row_groups: [
        {
          num_rows: 4n,
          columns: [{ meta_data: { ...about, num_values: 4n, data_page_offset: 50n, dictionary_page_offset } }],
        },
      ],
    }) as never;
  for (const place of [undefined, 0n, 4n]) expect(() => requireWithin(column(place), 1500)).not.toThrow();
  expect(() => requireWithin(column(100n), 1500)).toThrow('its header is damaged');
  // A data page of four values, RLE_DICTIONARY, without one before it: they would be read as numbers.
  const page = Uint8Array.from([0x15, 0, 0x15, 4, 0x15, 4, 0x2c, 0x15, 8, 0x15, 16, 0, 0, 1, 8, 0]);
  const source = sourceOf(page);
  expect((await source.slice(0, page.length)).byteLength).toBe(0);
  expect(source.refused?.message).toBe('its header is damaged');
});

test('a page that announces more values than its column is not handed on', async () => {
  // A page's header in Thrift: type 0, 8 bytes before and after compression, then 2^31 - 1 values.
  const header = [0x15, 0, 0x15, 16, 0x15, 16, 0x2c, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 0, 0, 0];
  const bytes = Uint8Array.from([...header, 0, 0, 0, 0, 0, 0, 0, 0]);
  const source = sourceOf(bytes);
  expect((await source.slice(0, bytes.length)).byteLength).toBe(0);
  expect(source.refused?.message).toBe('it announces more values than it can hold');
});

test('a group has the columns of the schema, each once', () => {
  const group = (...paths: string[]) =>
    ({
      schema,
      num_rows: 4n,
      row_groups: [
        {
          num_rows: 4n,
          columns: paths.map((name) => ({ meta_data: { ...about, path_in_schema: [name], num_values: 4n } })),
        },
      ],
    }) as never;
  expect(() => requireWithin(group('a'), 1500)).not.toThrow();
  for (const paths of [['b'], ['a', 'a'], ['a', 'b'], []])
    expect(() => requireWithin(group(...paths), 1500)).toThrow('its header is damaged');
});

test('a list in the footer is no longer than the footer', async () => {
  // Field 2: a list of 2^31 numbers.
  const footer = [0x29, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, 0];
  const file = new Blob([Uint8Array.from([...footer, footer.length, 0, 0, 0, 0x50, 0x41, 0x52, 0x31])]);
  await expect(requireFooter(file)).rejects.toThrow('its header is damaged');
});

/** The head of a run of equal values, as many as 2^28 - 1; then the value. */
const longRun = [0xfe, 0xff, 0xff, 0xff, 0x01, 1];

test.each([
  // Page headers: what it is, 20 bytes before and after compression, and what follows has four values.
  ['the levels of version 1', [0x15, 0, 0x15, 40, 0x15, 40, 0x2c, 0x15, 8, 0x15, 0, 0, 0], [6, 0, 0, 0, ...longRun]],
  [
    'the levels of version 2',
    [0x15, 6, 0x15, 40, 0x15, 40, 0x5c, 0x15, 8, 0x15, 0, 0x15, 8, 0x15, 0, 0x15, 12, 0x15, 0, 0, 0],
    longRun,
  ],
])('a run in %s is no longer than its page', async (_, header, page) => {
  const bytes = Uint8Array.from([...header, ...page, ...new Uint8Array(20 - page.length)]);
  const source = sourceOf(bytes, 'UNCOMPRESSED');
  expect((await source.slice(0, bytes.length)).byteLength).toBe(0);
  expect(source.refused?.message).toBe('it announces more values than it can hold');
  // Of four values it may be.
  bytes.set([8, 1, 0, 0, 0, 0], header.length + page.length - longRun.length);
  const good = sourceOf(bytes, 'UNCOMPRESSED');
  await good.slice(0, bytes.length);
  expect(good.refused).toBeNull();
});

test('a page of version 2 says how long its levels are', async () => {
  const bytes = Uint8Array.from([0x15, 6, 0x15, 40, 0x15, 40, 0x5c, 0x15, 8, 0x15, 0, 0x15, 8, 0x15, 0, 0, 0]);
  const source = sourceOf(Uint8Array.from([...bytes, ...new Uint8Array(20)]));
  await source.slice(0, bytes.length + 20);
  expect(source.refused?.message).toBe('its header is damaged');
});

test('a run in a page that was packed is no longer than the page', async () => {
  const header = [0x15, 0, 0x15, 40, 0x15, 40, 0x2c, 0x15, 8, 0x15, 0, 0, 0];
  const bytes = Uint8Array.from([...header, ...new Uint8Array(20)]);
  const source = sourceOf(bytes);
  const packed = new Uint8Array(await source.slice(0, bytes.length), header.length, 20);
  expect(() => source.requireUnpacked(packed, Uint8Array.from([6, 0, 0, 0, ...longRun]))).toThrow(OutOfFile);
  expect(() => source.requireUnpacked(packed, Uint8Array.from([2, 0, 0, 0, 8, 1]))).not.toThrow();
});

test('pages of several columns, which the library cuts out of one part of the file, are looked at too', async () => {
  const whole = readFileSync(join(import.meta.dirname, 'golden/tables/groups.parquet'));
  const read = (bytes: Uint8Array<ArrayBuffer>) => readTable(new Blob([bytes]), { fileName: 'x.parquet' });
  expect((await read(Uint8Array.from(whole))).rows.length).toBe(25);
  // In the second group, packed with Snappy: the run of levels of a list becomes ten million long.
  const damaged = Uint8Array.from(whole);
  expect([...damaged.subarray(968, 977)]).toEqual([4, 0, 0, 0, 7, 0xaa, 0xaa, 0x0a, 2]);
  damaged[972] = 0xee;
  await expect(read(damaged)).rejects.toThrow('it announces more values than it can hold');
});
