/** Reads the tables of property_tables.py and compares them with what pandas has; the last line is [passed, failed]. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readTable } from '../src/data/read-table.ts';

type Cell = readonly [kind: 'text' | 'number' | 'json', value: string];

interface Case {
  readonly file: string;
  readonly encoding: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const isSame = (found: string | undefined, [kind, value]: Cell): boolean => {
  if (found === undefined) return false;
  if (kind === 'number') return found !== '' && Number(found) === Number(value);
  return kind === 'json' ? isDeepStrictEqual(JSON.parse(found), JSON.parse(value)) : found === value;
};

async function difference({ file, encoding, columns, rows }: Case): Promise<string | null> {
  const reading = readTable(new Blob([readFileSync(file)]), { fileName: basename(file), encoding });
  // A table of blank rows has none.
  if (rows.length === 0) return reading.then(() => 'rows, and there are none', isWithoutRows);
  const table = await reading;
  if (!isDeepStrictEqual(table.columns, columns))
    return `columns ${JSON.stringify(table.columns)} instead of ${JSON.stringify(columns)}`;
  if (table.rows.length !== rows.length) return `${table.rows.length} rows instead of ${rows.length}`;
  for (const [row, cells] of rows.entries()) {
    const at = cells.findIndex((cell, column) => !isSame(table.rows[row]![column], cell));
    if (at < 0) continue;
    const [found, wanted] = [table.rows[row]![at], cells[at]![1]].map((text) => JSON.stringify(text));
    return `row ${row + 1}, column ${at + 1} (${columns[at]}): ${found} instead of ${wanted}`;
  }
  return null;
}

const isWithoutRows = (error: unknown) => ((error as { code?: string }).code === 'csv-empty' ? null : String(error));

const cases = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Case[];
let failed = 0;
for (const each of cases) {
  const found = await difference(each).catch((error: unknown) => String(error));
  if (found === null) continue;
  failed++;
  console.log(`  FAIL  ${basename(each.file)}${each.encoding && ` (${each.encoding})`}: ${found}`);
}
console.log(JSON.stringify([cases.length - failed, failed]));
