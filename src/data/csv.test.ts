import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCsv } from './csv.ts';
import { TableBuilder } from './table.ts';

async function* piecesOf(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, text.length]) {
    yield text.slice(from, place);
    from = place;
  }
}

async function read(text: string, cuts: readonly number[]) {
  const builder = new TableBuilder();
  const delimiter = await readCsv(piecesOf(text, cuts), 'a.csv', builder);
  return builder.table({ format: 'csv', delimiter, encoding: 'utf-8', encodingGuessed: false });
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const cell = fc.string({ unit: fc.constantFrom('a', '猫', ' ', ',', '"', '\n', '😀'), maxLength: 6 });

it('reads a text as it stands, wherever it is cut into pieces', async () => {
  const tables = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(tables, fc.array(fc.nat(), { maxLength: 6 }), async (rows, cuts) => {
      const text = ['a,b', ...rows.map((cells) => cells.map(quoted).join(','))].join('\n');
      // The header's piece decides the delimiter.
      const { rows: found, rowNumbers } = await read(
        `${text}\n`,
        cuts.map((cut) => 4 + cut),
      );
      const kept = rows.map((cells, index) => ({ cells, row: index + 2 })).filter(({ cells }) => cells.join('').trim());
      expect(found).toEqual(kept.map(({ cells }) => cells));
      expect(rowNumbers).toEqual(kept.map(({ row }) => row));
    }),
  );
});
