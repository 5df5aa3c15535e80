import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { short, startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

test('the rows of a run are looked at one by one, to the rows that taught one', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await startRun(studio, { ...short, environment: { experiment_name: 'rows' } });
  await studio.waitForPhase('finished', 120_000);
  await studio.goTo('use');

  await page.getByTestId('look-at-examples').click();
  await expect(page.getByTestId('mean-losses')).toContainText('Mean loss of 200 rows', { timeout: 120_000 });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('losses-csv').click()]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).toHaveLength(201);
  const rows = lines.slice(1).map((line) => line.split(','));
  const losses = rows.map((cells) => Number(cells[4]));

  // The strip is moved along by keys; the worst row stands first.
  const strip = page.getByTestId('loss-strip');
  await strip.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  const worst = rows[losses.indexOf(Math.max(...losses))]![0];
  await expect(page.getByTestId('chosen-row')).toContainText(`Row ${worst} ·`);
  const row = page.getByTestId('example-row');
  await expect(row.getByTestId('token-losses')).toBeVisible({ timeout: 60_000 });
  await row.getByText('Tokens as a table').click();
  const after = await row
    .getByTestId('token-table')
    .locator('tbody tr td:nth-child(3)')
    .evaluateAll((cells) => cells.flatMap(({ textContent }) => (textContent === '' ? [] : [Number(textContent)])));
  const mean = after.reduce((sum, loss) => sum + loss, 0) / after.length;
  expect(Math.abs(mean - Math.max(...losses))).toBeLessThan(1e-3 * Math.max(1, mean));
  await studio.expectAccessible();

  await expect(row.getByTestId('teaching-price')).toContainText('170 training rows');
  await row.getByTestId('find-teachers').click();
  await expect(row.getByTestId('helped').locator('tbody tr')).toHaveCount(10, { timeout: 180_000 });
  const [taught] = await Promise.all([page.waitForEvent('download'), page.getByTestId('taught-csv').click()]);
  expect(
    readFileSync(await taught.path(), 'utf8')
      .trim()
      .split('\r\n'),
  ).toHaveLength(171);

  // It is kept with the run, and the run answers as before.
  await page.reload();
  await studio.goTo('use');
  await expect(page.getByTestId('mean-losses')).toContainText('Mean loss of 200 rows', { timeout: 60_000 });
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
