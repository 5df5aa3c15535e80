import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { example, StudioPage } from './studio.ts';

test('a sweep of eight runs is priced, survives a reload, and names its best', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('token-row').first()).toBeVisible({ timeout: 60_000 });
  await studio.goTo('train');
  const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));
  const short = {
    ...config,
    training: { ...config.training, max_steps: 6, warmup_steps: 0, evaluation_epochs: 0.1 },
    logging: { number_of_texts: 0 },
    prediction: { ...config.prediction, max_length_inference: 4 },
  };
  const buffer = Buffer.from(JSON.stringify(short));
  await page.getByTestId('config-file').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });

  await page.getByTestId('open-sweep').click();
  await page.getByTestId('sweep-from').fill('1e-7');
  await page.getByTestId('sweep-to').fill('2e-2');
  await page.getByTestId('sweep-add').click();
  const rank = page.getByTestId('sweep-row').nth(1);
  await rank.getByTestId('sweep-key').selectOption('tuning.lora_r');
  await rank.getByTestId('sweep-values').fill('2, 4');
  // What cannot be compared is said where it is typed.
  await page.getByTestId('sweep-halving').click();
  await page.getByTestId('sweep-rungs').fill('1');
  await expect(page.locator('[data-error="sweep-invalid"]')).toContainText('comes before the first evaluation');
  await page.getByTestId('sweep-rungs').fill('2, 4');
  // 8 runs to step 2, 4 from there to 4, 2 from there to 6.
  await expect(page.getByTestId('sweep-price')).toContainText('8 runs, 28 steps in all');
  await studio.expectAccessible();
  const saved = page.waitForEvent('download');
  await page.getByTestId('sweep-save').click();
  const file = parse(readFileSync((await (await saved).path())!, 'utf8'));
  expect(file).toMatchObject({
    ...{ search: 'random', trials: 8, score: 'validation_loss', halving: { rungs: [2, 4], keep: 0.5 } },
    settings: { 'training.learning_rate': { from: 1e-7, to: 0.02, scale: 'log' }, 'tuning.lora_r': [2, 4] },
    config: { training: { max_steps: 6 } },
  });
  // The same file again, with a seed.
  const sweep = Buffer.from(JSON.stringify({ ...file, seed: 3 }));
  await page
    .getByTestId('sweep-file')
    .setInputFiles({ name: 'sweep.json', mimeType: 'application/json', buffer: sweep });
  await expect(page.getByTestId('sweep-price')).toContainText('8 runs, 28 steps in all');

  await page.getByTestId('start-sweep').click();
  const trials = page.getByTestId('sweep-trial');
  const of = (state: string) => page.locator(`[data-testid="sweep-trial"][data-state="${state}"]`);
  await expect(trials).toHaveCount(8);
  await expect.poll(() => of('waiting').count(), { timeout: 120_000 }).toBeLessThanOrEqual(5);
  await page.reload();
  await expect(page.getByTestId('sweep')).toHaveAttribute('data-state', 'paused', { timeout: 60_000 });
  await expect(trials).toHaveCount(8);
  await page.getByTestId('sweep-resume').click();
  await expect(page.getByTestId('sweep')).toHaveAttribute('data-state', 'running');
  await expect.poll(() => of('waiting').count(), { timeout: 120_000 }).toBeLessThanOrEqual(2);
  await page.getByTestId('sweep-pause').click();
  await expect(page.getByTestId('sweep')).toHaveAttribute('data-state', 'paused', { timeout: 60_000 });
  await page.getByTestId('sweep-resume').click();
  await expect(page.getByTestId('sweep')).toHaveAttribute('data-state', 'finished', { timeout: 240_000 });
  await expect(of('finished')).toHaveCount(2);
  await expect(of('dropped')).toHaveCount(6);

  // The best is the one with the lowest loss of those that came to their end.
  const losses = await of('finished').evaluateAll((rows) => rows.map((row) => Number(row.children[3]!.textContent)));
  const best = page.locator('[data-testid="sweep-trial"][data-best="true"]');
  expect(Number(await best.locator('td').nth(3).textContent())).toBe(Math.min(...losses));
  await expect(page.getByTestId('sweep-best')).toContainText(
    `Best: run ${await best.locator('td').first().textContent()}`,
  );
  await studio.expectAccessible();
  const downloaded = page.waitForEvent('download');
  await page.getByTestId('sweep-csv').click();
  const csv = readFileSync((await (await downloaded).path())!, 'utf8')
    .trim()
    .split('\r\n');
  expect(csv).toHaveLength(9);
  expect(csv[0]).toBe('number,run,state,best,training.learning_rate,tuning.lora_r,validation_loss,step,seconds');
  for (const [width, language] of [
    [1440, 'en'],
    [390, 'ja'],
  ] as const) {
    await page.setViewportSize({ width, height: 860 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    if (process.env.SWEEP_SHOTS)
      await page.screenshot({ path: `${process.env.SWEEP_SHOTS}/sweep-${width}-${language}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  const rate = await best.locator('td').nth(1).textContent();
  await page.getByTestId('sweep-take').click();
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue(rate!);
  await page.getByTestId('sweep-use').click();
  await expect(page).toHaveURL(/#\/use\//);
  await expect(page.getByTestId('prompt')).toBeVisible({ timeout: 60_000 });
});
