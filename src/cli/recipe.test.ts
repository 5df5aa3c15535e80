import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { data } from './data.ts';
import { plan } from './plan.ts';
import { readRunConfig } from './run-files.ts';
import { train } from './train.ts';

const tinyModel = fileURLToPath(new URL('../../interop/golden/llama-lora', import.meta.url));
const llm_backbone = fileURLToPath(new URL('../../public/example/model', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-recipe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rows = Array.from({ length: 60 }, (_, index) => `What is ${index} and ${index}?,It is ${index + index}.`);

/** A run config that says little, of the example's model, beside sixty rows. */
async function recipeRun(training: object = { recipe: 'balanced' }, more: object = {}): Promise<string> {
  const copy = await mkdtemp(join(folder, 'run-'));
  await writeFile(join(copy, 'rows.csv'), `instruction,output\n${rows.join('\n')}\n`);
  const dataset = { train_dataframe: 'rows.csv', prompt_template: 'custom' };
  const config = { model: { llm_backbone }, dataset, training, environment: { seed: 1 }, ...more };
  await writeFile(join(copy, 'run.json'), JSON.stringify(config));
  return join(copy, 'run.json');
}

async function said(command: (argv: readonly string[]) => Promise<void>, ...argv: string[]): Promise<string> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
  await command(argv).finally(() => log.mockRestore());
  return lines.join('\n');
}

describe('a run config with training.recipe', () => {
  test('is planned with what the rows ask for, said in one line and in the JSON', async () => {
    const file = await recipeRun();
    const text = await said(plan, file);
    expect(text).toMatch(
      /^Balanced, for 60 rows of about \d+ tokens: 13 epochs, rate \S+, batch 4, length \d+, 10 rows held back\n/,
    );
    const { recipe, warnings, length } = JSON.parse(await said(plan, file, '--json'));
    expect(recipe).toMatchObject({ name: 'balanced', facts: { rows: 60 }, values: { 'training.epochs': 13 } });
    expect(text).toContain(recipe.text);
    expect(recipe.values['tokenizer.max_length']).toBe(length);
    expect(warnings).toEqual([]);
  });

  test('keeps what the file says', async () => {
    const file = await recipeRun({ recipe: 'thorough', epochs: 3, learning_rate: 0.123 });
    const { recipe } = JSON.parse(await said(plan, file, '--json'));
    expect(recipe.text).toContain('3 epochs, rate 0.123, batch 4');
    expect(recipe.values).not.toHaveProperty('training.epochs');
  });

  test('whose rows cannot be read says what is missing, and guesses nothing', async () => {
    const file = await recipeRun();
    await rm(join(file, '../rows.csv'));
    const { recipe } = JSON.parse(await said(plan, file, '--json'));
    expect(recipe).toMatchObject({ name: 'balanced', missing: { code: 'path-missing' } });
    expect(recipe).not.toHaveProperty('values');
    expect(await said(plan, file)).toMatch(/cannot be read yet[\s\S]*rows\.csv/);
  });

  test('that names no columns gets them guessed, and says what and why', async () => {
    const file = await recipeRun();
    const summaries = rows.map((row) => row.split(',').join(',In short it '));
    await writeFile(join(file, '../rows.csv'), `text,summary\n${summaries.join('\n')}\n`);
    const line =
      'Guessed, as the run config names no columns: problem_type instruction, prompt text (by its name), answer summary (by its name).';
    expect(await said(plan, file)).toContain(`${line}\nBalanced, for 60 rows`);
    expect(JSON.parse(await said(plan, file, '--json'))).toMatchObject({ guessed: [line] });
    const report = JSON.parse(await said(data, file, '--json'));
    expect(report).toMatchObject({ guessedColumns: [line], error: null, used: { answer_column: 'summary' } });
    await writeFile(
      join(file, '../rows.csv'),
      `text,is_spam\n${rows.map((_, at) => `It is ${at}.,${at % 2}`).join('\n')}`,
    );
    expect(await said(plan, file)).toContain(
      'problem_type classification, prompt text (by its name), label is_spam (by its name).',
    );
  });

  test('whose rows are there and cannot be learned from ends in that error, behind the plan', async () => {
    const file = await recipeRun(undefined, {
      dataset: { train_dataframe: 'rows.csv', prompt_column: ['question'], answer_column: 'output' },
    });
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await expect(plan([file])).rejects.toMatchObject({ code: 'column-missing' });
    expect(log).toHaveBeenCalledWith(expect.stringMatching(/cannot be read yet[\s\S]*One optimizer step/));
    log.mockRestore();
  });

  test('is shown with its rows: those held back are the recipe’s', async () => {
    const report = JSON.parse(await said(data, await recipeRun(), '--json'));
    expect(report.split).toEqual({ train: 50, validation: 10 });
    expect(report.recipe).toMatch(/^Balanced, for 60 rows/);
  });

  test('trains with it, and what is saved is read again as it was trained', async () => {
    const tiny = { model: { llm_backbone: tinyModel }, logging: { number_of_texts: 0 } };
    const file = await recipeRun({ recipe: 'quick-look', epochs: 0.2 }, tiny);
    const out = join(file, '../out');
    const run = [file, '--out', out, '--executor', 'tfjs-cpu'];
    const text = await said(train, ...run, '--stop-after', '1');
    expect(text).toMatch(/^Quick look, for 60 rows of about \d+ tokens: 0\.2 epochs/m);
    const saved = await readRunConfig(join(out, 'run.json'));
    expect(saved.training).toMatchObject({ recipe: 'quick-look', batch_size: 4, save_checkpoint: 'best' });
    expect(saved.tokenizer.max_length).not.toBe(512);
    // What it came to when it began holds where it goes on, whatever it would come to now.
    const begun = { ...saved, training: { ...saved.training, gradient_clip: 0.5 } };
    await writeFile(join(out, 'run.json'), JSON.stringify(begun));
    await said(train, ...run, '--resume');
    expect((await readRunConfig(join(out, 'run.json'))).training.gradient_clip).toBe(0.5);
    // Every key is in the file now: other rows change nothing.
    await writeFile(join(file, '../rows.csv'), `instruction,output\n${[...rows, ...rows].join('\n')}\n`);
    const again = JSON.parse(await said(plan, join(out, 'run.json'), '--json'));
    expect(again.recipe.values).toEqual({});
  }, 180_000);
});

test('a rate, a rank and a length that do not work are named before the start', async () => {
  const file = await recipeRun(
    { learning_rate: 50, recipe: 'balanced' },
    { tokenizer: { max_length: 8 }, tuning: { lora_r: 500 } },
  );
  const text = await said(plan, file);
  expect(text).toMatch(/! A learning rate of 50 is far too high/);
  expect(text).toMatch(/! Rank 500 is larger/);
  expect(text).toMatch(/! Most rows are longer than 8 tokens/);
});
