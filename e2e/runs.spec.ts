import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { downloaded, expectSameLosses, short, startRun, stoppedRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

test('answers while training, the table of rows, the whole model, and runs compared', async ({ page }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  const keeping = { ...short.training, save_checkpoint: 'each_evaluation_epoch' };
  await startRun(studio, { ...short, training: keeping, environment: { experiment_name: 'first' } });
  await studio.waitForPhase('finished', 200_000);
  await expect(page.getByTestId('sample')).toHaveCount(1);
  await expect(page.getByTestId('samples')).toContainText('Base model');
  // What changed from one evaluation to the next is marked, and all of them can be taken away.
  await expect(page.getByTestId('samples')).toContainText(/changed since step/i);
  await page.getByTestId('samples').locator('summary').first().click();
  await expect(page.getByTestId('samples').locator('details li').first()).toContainText('Step');
  await seeWhatMoved(studio);
  await studio.expectAccessible();

  await studio.goTo('use');
  const kept = page.getByTestId('choose-run').locator('option').filter({ hasText: /Step/ });
  await page.getByTestId('choose-run').selectOption((await kept.first().getAttribute('value'))!);
  await page.getByTestId('answer-table').click();
  await expect(page.getByTestId('validation-table').locator('tbody tr')).toHaveCount(30, { timeout: 120_000 });
  await studio.expectAccessible();
  const model = await downloaded(page, 'download-merged');
  expect(Object.keys(model)).toEqual(expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']));
  const log = await downloaded(page, 'download-tensorboard');
  expect(Object.keys(log).some((name) => name.includes('events.out.tfevents.'))).toBe(true);

  await studio.goTo('train');
  await page.getByTestId('new-run').click();
  const bleu = { ...short.prediction, metric: 'BLEU' };
  await startRun(studio, { ...short, prediction: bleu, tuning: { lora_r: 4 }, environment: { experiment_name: '' } });
  await studio.waitForPhase('finished', 200_000);
  await expect(page.getByTestId('samples')).toContainText('BLEU');
  await page.getByTestId('rename').first().click();
  await page.getByTestId('new-name').fill('second');
  await page.getByTestId('new-name').press('Enter');
  await expect(page.getByTestId('run-row').filter({ hasText: 'second' })).toBeVisible();
  for (const box of await page.getByTestId('compare').all()) await box.click();
  await expect(page.getByTestId('comparison')).toBeVisible();
  const differing = page.getByTestId('differing-settings').locator('tbody th');
  await expect(differing).toHaveText(['tuning.lora_r', 'training.save_checkpoint', 'prediction.metric']);
  await studio.expectAccessible();
  for (const step of ['train', 'use'] as const) {
    await page.setViewportSize({ width: 375, height: 740 });
    await studio.goTo(step);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  }
});

/** By layer beside the run, in its CSV, and in the tree. */
async function seeWhatMoved(studio: StudioPage): Promise<void> {
  const { page } = studio;
  const section = page.getByTestId('what-moved');
  await expect(section).toContainText('After step 6');
  const layers = await section.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.textContent));
  expect(layers.length).toBeGreaterThan(1);
  for (const layer of layers) expect(layer).toMatch(/^model\.layers\.\d+[\d.]+%[\d.]+%$/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('moved-csv').click()]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  const last = lines.map((line) => line.split(',')).filter(([step]) => step === '6');
  const shares = last.map((cells) => Number(cells[3]));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  for (const cells of last) expect(Number(cells[6])).toBeGreaterThan(0);
  await studio.goTo('layers');
  await expect(page.getByTestId('tree-measured')).toContainText('first');
  await expect(page.getByTestId('parameter-tree')).toContainText('gradient share');
  await studio.expectAccessible();
  await studio.goTo('train');
}

test('a run that was exported goes on elsewhere to the same losses', async ({ page, browser }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await stoppedRun(studio, 'moving');
  const [archive] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').first().click()]);
  const path = await archive.path();

  const other = new StudioPage(await (await browser.newContext()).newPage());
  await other.open();
  await other.goTo('train');
  await other.page
    .getByTestId('import-run')
    .setInputFiles({ name: 'run.zip', mimeType: 'application/zip', buffer: readFileSync(path) });
  await expectSameLosses(other, studio);
});
