import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

test('the run card says what would save memory, with figures, and one click takes it', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  const memory = page.getByTestId('memory');
  await expect(memory).toContainText('MiB');
  await expect(page.locator('aside [data-fit]')).toHaveText('Fits');
  const before = await memory.textContent();

  // With less room than it needs, the card opens its advice by itself.
  await page.getByTestId('budget-edit').click();
  await page.getByTestId('budget').fill('0.004');
  await page.keyboard.press('Enter');
  await expect(page.locator('aside [data-fit]')).toHaveText('Too big');
  const batch = page.getByTestId('savings').locator('[data-lever="batch"]');
  await expect(batch).toContainText(/saves \d.* [KM]iB/);
  await studio.expectAccessible();
  await batch.getByRole('button', { name: 'Use' }).click();
  await expect(memory).not.toHaveText(before!);
  await expect(batch).toHaveCount(0);

  // What the visitor said of the memory is there at the next visit.
  await page.reload();
  await expect(page.getByTestId('restored')).toHaveAttribute('data-pending', 'false');
  await expect(page.locator('aside')).toContainText('set by you');
  await page.getByTestId('budget-edit').click();
  await page.getByRole('button', { name: 'Reset to estimate' }).click();
  await expect(page.locator('aside')).toContainText('(estimate)');
});
