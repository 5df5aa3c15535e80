import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { data } from './data.ts';
import { train } from './train.ts';

const model = fileURLToPath(new URL('../../public/example/model', import.meta.url));

let folder: string;
let printed: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-checks-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const row = (at: number): [string, string] => [`What is ${at}?`, `It is ${at}.`];
const rows = Array.from({ length: 40 }, (_, at) => row(at));
const word = 'capital ';

/** A run of one step on the example's model. */
async function runOf(table: readonly (readonly string[])[], dataset: object, tokenizer: object = {}) {
  await writeFile(join(folder, 'rows.csv'), ['q,a', ...table.map((cells) => cells.join(','))].join('\n'));
  const columns = { train_dataframe: 'rows.csv', prompt_column: ['q'], answer_column: 'a', prompt_template: 'custom' };
  const path = join(folder, 'run.json');
  const config = {
    model: { llm_backbone: model },
    dataset: { ...columns, ...dataset },
    tokenizer,
    training: { batch_size: 1, max_steps: 1 },
    // Which rows are held out is drawn.
    environment: { executor: 'tfjs-wasm', seed: 1 },
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

const cut = rows.map(([q, a], at) => [q, at < 3 ? `${word.repeat(60)}${a}` : a]);
const texts = rows.map(([q], at) => [q, `A long text that nobody would call a label at all ${at}`]);
const many = rows.map(([q], at) => [q, `c${at}`]);
const classes = { problem_type: 'classification' };

describe.each([
  ['prompt-missing', rows, { prompt_column: [] }, {}],
  ['questions-cut', cut, {}, { max_length: 64 }],
  ['rows-cut', cut.map(([q, a]) => [a!, q!]), {}, { max_length: 64 }],
  ['labels-like-text', texts, classes, {}],
  ['labels-as-many', many, classes, {}],
] as const)('%s', (code, table, dataset, tokenizer) => {
  test('is refused before a run begins, and told by data', async () => {
    const path = await runOf(table, dataset, tokenizer);
    const out = join(folder, 'out');
    await expect(train([path, '--out', out, '--quiet'])).rejects.toMatchObject({ code });
    expect(await readdir(out).catch(() => [])).toEqual([]);
    printed = [];
    await expect(data([path, '--json'])).rejects.toMatchObject({ code });
    const report = JSON.parse(printed.join('\n'));
    expect(report.findings).toContainEqual(expect.objectContaining({ code, blocks: true }));
    expect(report.error).toMatchObject({ code });
  });
});

test('cut rows are trained on where the run config allows it, and said', async () => {
  const path = await runOf(cut, {}, { max_length: 64, allow_truncation: true });
  await train([path, '--out', join(folder, 'out')]);
  expect(printed.join('\n')).toContain('! 3 of 39 rows lose their whole prompt');
  expect(printed.join('\n')).toContain('! Rows in the validation set: 1, too few');
});

test('columns that plain text leaves aside are said', async () => {
  const path = await runOf(rows, { problem_type: 'text', prompt_column: [], answer_column: 'a' }, { max_length: 64 });
  await data([path]);
  expect(printed.join('\n')).toContain('! Only the column "a" is used as plain text; ignored: q.');
});
