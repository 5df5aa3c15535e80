import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const run = promisify(execFile);
const studio = (...argv: string[]) =>
  run(process.execPath, [path('../../node_modules/tsx/dist/cli.mjs'), path('main.ts'), 'benchmark', ...argv]);

test('tasks are scored from the command line, and one that cannot be run says why before the model is loaded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-benchmark-'));
  try {
    const out = join(folder, 'scores.csv');
    const model = ['--model', path('../../public/example/model'), '--executor', 'tfjs-wasm'];
    const golden = path('../benchmarks/golden/japanese.yaml');
    const { stdout } = await studio(golden, ...model, '--limit', '2', '--out', out);
    expect(stdout).toMatch(/^japanese: 2 questions\n {2}acc {10}[01]\.\d{4} ± \d\.\d{4}\n/);
    const lines = (await readFile(out, 'utf8')).split('\r\n');
    expect(lines[0]).toBe('\uFEFFtask,questions,metric,base,base_stderr,tuned,tuned_stderr');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 3).join())).toEqual(
      ['acc', 'acc_norm', 'acc_bytes'].map((name) => `japanese,2,${name}`).concat(''),
    );
    const python = join(folder, 'python.yaml');
    await writeFile(python, 'doc_to_text: !function utils.text\n');
    await expect(studio(python, '--model', join(folder, 'none'))).rejects.toThrow(/"doc_to_text" is Python code/);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
