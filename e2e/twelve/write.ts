/**
 *     npx tsx e2e/twelve/write.ts DIR [--rows]
 *
 * Writes the twelve tables; with --rows also `tables.json`, their good rows as `bench/recipes/twelve.py` reads them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { twelveTables } from './tables.ts';

const [folder, option] = process.argv.slice(2);
if (folder === undefined) throw new Error('write.ts DIR [--rows]');
mkdirSync(folder, { recursive: true });
const tables = twelveTables();
for (const { file, bytes, rows, verdict, mess } of tables) {
  writeFileSync(join(folder, file), bytes);
  console.log(`${file}: ${rows.length} rows, ${bytes.length} bytes, ${verdict}${mess ? `; ${mess}` : ''}`);
}
if (option === '--rows') {
  const plain = tables.map(({ bytes: _, ...table }) => table);
  writeFileSync(join(folder, 'tables.json'), JSON.stringify(plain));
}
