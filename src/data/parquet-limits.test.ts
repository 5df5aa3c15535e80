import { expect, test } from 'vitest';
import { checkedSource, OutOfFile, requireWithin } from './parquet-limits.ts';

const metadata = (rows: number, values: number, announced = rows) =>
  ({
    num_rows: BigInt(announced),
    row_groups: [{ num_rows: BigInt(rows), columns: [{ meta_data: { num_values: BigInt(values) } }] }],
  }) as never;

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
      num_rows: 4n,
      row_groups: [
        { num_rows: 4n, columns: [{ meta_data: { num_values: 4n, data_page_offset: 50n, dictionary_page_offset } }] },
      ],
    }) as never;
  for (const place of [undefined, 0n, 4n]) expect(() => requireWithin(column(place), 1500)).not.toThrow();
  expect(() => requireWithin(column(100n), 1500)).toThrow('its header is damaged');
  // A data page of four values, RLE_DICTIONARY, without one before it: they would be read as numbers.
  const page = Uint8Array.from([0x15, 0, 0x15, 4, 0x15, 4, 0x2c, 0x15, 8, 0x15, 16, 0, 0, 1, 8, 0]);
  const meta_data = { data_page_offset: 0n, total_compressed_size: BigInt(page.length), num_values: 4n };
  const source = checkedSource(new Blob([page]), () => ({ row_groups: [{ columns: [{ meta_data }] }] }) as never);
  expect((await source.slice(0, page.length)).byteLength).toBe(0);
  expect(source.refused?.message).toBe('its header is damaged');
});

test('a page that announces more values than its column is not handed on', async () => {
  // A page's header in Thrift: type 0, 8 bytes before and after compression, then 2^31 - 1 values.
  const header = [0x15, 0, 0x15, 16, 0x15, 16, 0x2c, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 0, 0, 0];
  const bytes = Uint8Array.from([...header, 0, 0, 0, 0, 0, 0, 0, 0]);
  const column = { data_page_offset: 0n, total_compressed_size: BigInt(bytes.length), num_values: 4n };
  const known = { row_groups: [{ columns: [{ meta_data: column }] }] } as never;
  const source = checkedSource(new Blob([bytes]), () => known);
  expect((await source.slice(0, bytes.length)).byteLength).toBe(0);
  expect(source.refused?.message).toBe('it announces more values than it can hold');
});
