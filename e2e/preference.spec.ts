import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { downloaded } from './short-run.ts';
import { StudioPage } from './studio.ts';

/** 200 questions with a cat's answer, chosen, and a plain one, rejected (`scripts/example/corpus.py`). */
const pairs = readFileSync(new URL('../scripts/example/pairs.csv', import.meta.url), 'utf8');
const steps = 20;

/** Held-out preference accuracy of each evaluation of a finished run, the first before training. */
async function heldOutAccuracy(page: Page): Promise<number[]> {
  const figure = page.getByRole('figure', { name: 'Preference accuracy' });
  await figure.getByTestId('chart-table').click();
  // Charts are drawn a moment after the figures beside them.
  await expect(figure.locator('tbody tr').first()).toContainText(String(steps));
  const cells = await figure.locator('tbody tr td:nth-child(3)').allTextContents();
  await figure.getByTestId('chart-table').click();
  return cells
    .reverse()
    .filter((text) => text !== '')
    .map(Number);
}

interface Changes {
  readonly dataset?: object;
  readonly training?: object;
}

async function start(studio: StudioPage, experiment_name: string, changes: Changes = {}): Promise<void> {
  const { page } = studio;
  const config = {
    dataset: {
      ...{ problem_type: 'preference', prompt_column: ['prompt'], answer_column: 'chosen' },
      ...{ rejected_answer_column: 'rejected', validation_strategy: 'automatic', validation_size: 0.2 },
      ...changes.dataset,
    },
    tokenizer: { max_length: 64 },
    tuning: { lora_r: 8, lora_alpha: 32, lora_dropout: 0.05 },
    training: {
      ...{ loss_function: 'DPO', learning_rate: 5e-3, batch_size: 4, max_steps: steps, schedule: 'Linear' },
      ...{ evaluation_epochs: 0.5, evaluate_before_training: true },
      ...changes.training,
    },
    prediction: { metric: 'Perplexity', max_length_inference: 32 },
    environment: { seed: 1, experiment_name },
  };
  await studio.goTo('train');
  const buffer = Buffer.from(JSON.stringify(config));
  await page.getByTestId('config-file').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });
  await page.getByTestId('start').click();
}

test('pairs of answers are guessed, checked, learned, and learned on bit for bit', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('pairs.csv', `${pairs}What is tea?,A drink.,A drink.\nWhat is snow?,Cold.,\n`);
  await expect(page.getByTestId('problem-type')).toHaveValue('Better of two answers');
  for (const [column, role] of [
    ['prompt', 'prompt'],
    ['chosen', 'answer'],
    ['rejected', 'rejected'],
  ] as const)
    await expect(page.getByTestId(`role-${column}`)).toHaveValue(role);
  const row = page.getByTestId('token-row');
  await expect(row.first()).toContainText('chosen');
  await expect(row.nth(1)).toContainText('rejected');
  await page.getByTestId('problems').locator('summary').click();
  await expect(page.getByTestId('problems')).toContainText('Chosen and rejected answers are the same');
  await expect(page.getByTestId('problems')).toContainText('Rejected answer or wrong match empty');
  await studio.expectAccessible();

  await start(studio, 'whole');
  await studio.waitForPhase('finished', 180_000);
  const accuracy = await heldOutAccuracy(page);
  expect(accuracy[0]).toBeLessThanOrEqual(0.55);
  expect(accuracy.at(-1)).toBeGreaterThanOrEqual(0.9);
  for (const name of ['Reward of chosen', 'Reward of rejected', 'Reward margin'])
    await expect(page.getByRole('figure', { name })).toBeVisible();
  await expect(page.getByTestId('verdict').first()).toContainText('held-out pairs favour the chosen answer');
  await expect(page.getByTestId('sample').first()).toContainText('Rejected answer');
  await studio.expectAccessible();
  const whole = await studio.lossTable();

  await page.getByTestId('to-use').click();
  expect((await studio.ask('What color is the sky?')).base).toContain('The sky is blue.');
  expect(Object.keys(await downloaded(page, 'download-peft'))).toContain('adapter_model.safetensors');

  await studio.goTo('train');
  await page.getByTestId('new-run').click();
  await start(studio, 'broken');
  await expect.poll(async () => (await studio.lossTable()).steps.length, { timeout: 60_000 }).toBeGreaterThan(2);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  expect((await studio.lossTable()).steps.length).toBeLessThan(steps);
  await page.getByTestId('resume').click();
  await studio.waitForPhase('finished', 180_000);
  expect(await studio.lossTable()).toEqual(whole);
  expect(await heldOutAccuracy(page)).toEqual(accuracy);
});

/** The pairs as rows of their own, each labelled. */
const judgedRows = pairs
  .trim()
  .split('\n')
  .slice(1)
  .flatMap((line) => {
    const [prompt, chosen, rejected] = [...line.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g)].map(([cell]) => cell);
    return [`${prompt},${chosen},true`, `${prompt},${rejected},false`];
  });

test('answers that are labelled good or bad are guessed, checked, and told apart', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  const table = ['prompt,completion,label', ...judgedRows, 'What is tea?,A drink.,maybe', ''].join('\n');
  await studio.dropTable('judged.csv', table);
  await expect(page.getByTestId('problem-type')).toHaveValue('Good and bad answers');
  await expect(page.getByTestId('role-label')).toHaveValue('verdict');
  await page.getByTestId('problems').locator('summary').click();
  await expect(page.getByTestId('problems')).toContainText('Label that says neither good nor bad');
  await studio.expectAccessible();
  await start(studio, 'judged', {
    dataset: {
      ...{ problem_type: 'judged-answers', prompt_column: ['prompt'], answer_column: 'completion' },
      ...{ label_column: 'label', validation_strategy: 'automatic', validation_size: 0.1 },
    },
    training: { loss_function: 'KTO' },
  });
  await studio.waitForPhase('finished', 180_000);
  for (const name of ['Reward of chosen', 'Reward of rejected', 'Estimated KL to the base'])
    await expect(page.getByRole('figure', { name })).toBeVisible();
  await expect(page.getByTestId('verdict').first()).toContainText('held-out answers are told to be good or bad');
});
