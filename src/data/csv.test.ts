import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

describe('a first line', () => {
  const table = async (text: string) => {
    const builder = new TableBuilder();
    const delimiter = await readCsv(piecesOf(text, []), 'a.csv', builder);
    return builder.table({ format: 'csv', delimiter, encoding: 'utf-8', encodingGuessed: false });
  };

  it.each(['sep=;\n', 'SEP=;\n', '"sep=;"\n', 'sep=; \n'])(
    '%j names the delimiter, as Excel writes it',
    async (line) => {
      const { columns, rows, rowNumbers, delimiter } = await table(`${line}a,x;b\n1;2,5\n`);
      expect([delimiter, columns, rows, rowNumbers]).toEqual([';', ['a,x', 'b'], [['1', '2,5']], [2]]);
    },
  );

  it('gives way to a delimiter that is chosen, and is no row', async () => {
    const builder = new TableBuilder();
    const delimiter = await readCsv(piecesOf('sep=,\na,x;b\n1;2,5\n', []), 'a.csv', builder, ';');
    const { columns, rows, rowNumbers } = builder.table({
      ...{ format: 'csv', delimiter, encoding: 'utf-8', encodingGuessed: false },
    });
    expect([delimiter, columns, rows, rowNumbers]).toEqual([';', ['a,x', 'b'], [['1', '2,5']], [2]]);
  });

  it('of one column makes a cell of each line', async () => {
    const text = readFileSync(new URL('./golden/as-found/one-column-with-commas.csv', import.meta.url), 'utf8');
    const { columns, rows, delimiter, problems } = await table(text);
    expect([delimiter, columns, problems]).toEqual(['', ['output'], []]);
    expect(rows).toEqual([['Hello, world'], ['Yes, sir'], ['Oh, no']]);
  });
});

it('leaves out what stands above the column names, and lists it', async () => {
  const table = await read('Export of 2024-01-01\n\nquestion,answer\na,b\nc,d\n', []);
  expect(table).toMatchObject({ columns: ['question', 'answer'], rowNumbers: [4, 5] });
  expect(table.problems).toEqual([{ kind: 'preamble', count: 1, rows: [1] }]);
});
