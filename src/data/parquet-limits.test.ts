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
