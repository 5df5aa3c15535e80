import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { bert, golden, StudioPage } from './studio.ts';

test('an encoder learns classes of pairs of texts, and is asked with two', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles(bert);
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(golden('bert-pairs-lora/data.csv')));
  await expect(page.getByTestId('problem-type')).toHaveValue('Text classification');
  const uses = { premise: 'prompt', hypothesis: 'text-pair', label: 'answer' };
  for (const [column, role] of Object.entries(uses)) await expect(page.getByTestId(`role-${column}`)).toHaveValue(role);
  const tokens = page.getByTestId('token-row').first();
  await expect(tokens.locator('[data-second="true"]').last()).toHaveText('[SEP]');
  await expect(tokens.getByText('[SEP]', { exact: true })).toHaveCount(2);
  // One text alone ends with one separator; the guess is not made again.
  await page.getByTestId('role-hypothesis').selectOption('none');
  await expect(tokens.getByText('[SEP]', { exact: true })).toHaveCount(1);
  await page.getByTestId('role-hypothesis').selectOption('text-pair');
  await expect(tokens.locator('[data-second="true"]').last()).toHaveText('[SEP]');
  await studio.expectAccessible();

  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '6');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await page.getByTestId('to-use').click();
  await page.getByTestId('classify-text').fill('the old cat sleeps.');
  await page.getByTestId('classify-pair').fill('a red bird sings.');
  await page.getByTestId('classify').click();
  const classified = page.getByTestId('classified');
  for (const side of ['base', 'tuned']) await expect(classified.locator(`[data-side="${side}"] li`)).toHaveCount(3);
  const before = await classified.locator('[data-side="tuned"]').textContent();
  await page.getByTestId('classify-pair').fill('quiet stone.');
  await page.getByTestId('classify').click();
  await expect(classified.locator('[data-side="tuned"]')).not.toHaveText(before!);
  await page.getByTestId('answer-table').click();
  await expect(page.getByTestId('validation-table').locator('tbody tr')).not.toHaveCount(0);
  await studio.expectAccessible();
});
