import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readLossTable } from '../training/results/examples/table.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const run = promisify(execFile);
const studio = (...argv: string[]) =>
  run(process.execPath, [path('../../node_modules/tsx/dist/cli.mjs'), path('main.ts'), ...argv]);

test('the rows of a run are looked at one by one', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-examples-'));
  try {
    const [out, csv] = [join(folder, 'run'), join(folder, 'found.csv')];
    await studio('train', path('../../interop/golden/llama-lora/run.json'), '--out', out, '--executor', 'tfjs-wasm');
    const { stdout } = await studio('examples', out, '--out', csv);
    const rows = readLossTable(await readFile(csv, 'utf8'))!;
    expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 26 }, (_, index) => index + 2));
    const worst = rows.toSorted((a, b) => b.after - a.after)[0]!;
    expect(stdout.split('\n')[1]).toMatch(
      new RegExp(`^ +${worst.row}  training +${worst.tokens} .* ${worst.after.toFixed(4)}$`),
    );

    const taught = await studio('examples', out, '--teach', '6', '--rows', '4', '--out', csv);
    expect(taught.stdout).toMatch(/^4 rows at \d checkpoints? \(step .*20\): \d+ gradients/);
    expect((await readFile(csv, 'utf8')).split('\r\n')).toHaveLength(6);
    await expect(studio('examples', out, '--row', '28')).rejects.toThrow(/No row of this run has the number 28/);
    await expect(studio('examples', out, '--row', '2', '--teach', '3')).rejects.toThrow(/give one of them/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
