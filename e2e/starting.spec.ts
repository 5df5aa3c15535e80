import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

/** A table that takes some seconds to encode. */
function largeTable(): string {
  const answer = 'The cat sat on the mat, and the mat lay on the floor. '.repeat(4);
  const rows = Array.from({ length: 90_000 }, (_, index) => `Question ${index}?,"${answer}${index}"`);
  const file = join(mkdtempSync(join(tmpdir(), 'atelier-starting-')), 'large.csv');
  writeFileSync(file, `instruction,output\n${rows.join('\n')}\n`);
  return file;
}

test('a large table shows at once that the run is being prepared, how far, and lets go before it begins', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  const file = largeTable();
  await page.getByTestId('data-file').setInputFiles(file);
  await expect(page.getByTestId('sampled')).toContainText('of its 90,000 rows', { timeout: 60_000 });
  await studio.goTo('train');
  await studio.set('epochs', '7');
  await page.getByTestId('start').click();
  const starting = page.getByTestId('starting');
  await expect(starting).toBeVisible({ timeout: 1000 });
  await expect(starting).toContainText(/[1-9][\d,]* of 90,000/);
  await studio.expectAccessible();
  await page.getByTestId('stop').click();
  await expect(page.getByTestId('start')).toBeVisible({ timeout: 5000 });
  await expect(page.locator('[data-error]')).toHaveCount(0);
  await expect(page.getByTestId('setting-epochs')).toHaveValue('7');
  await page.getByTestId('start').click();
  await expect(starting).toBeVisible({ timeout: 1000 });
  // A run that has begun stops as well before its first step.
  await page.getByTestId('run-view').getByTestId('stop').click({ timeout: 200_000 });
  await studio.waitForPhase('stopped', 60_000);
  await expect(page.getByTestId('run-view')).toContainText('Step 0 of');
  rmSync(dirname(file), { recursive: true });
});
