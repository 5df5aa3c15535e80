import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { bert, golden, StudioPage } from './studio.ts';

test('an encoder learns the tags of words, and marks them in a text before and after', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles(bert);
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(golden('bert-tags-full/data.csv')));
  await page.getByTestId('problem-type').click();
  await page.getByRole('option', { name: 'Token classification (NER)' }).click();
  await expect(page.getByTestId('token-row').first()).toContainText('[CLS]');
  await studio.expectAccessible();

  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '40');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await expect(page.getByTestId('number-score-f1')).toBeVisible();
  await page.getByTestId('to-use').click();
  await page.getByTestId('classify-text').fill('the old cat sleeps.');
  await page.getByTestId('classify').click();
  const classified = page.getByTestId('classified');
  for (const side of ['base', 'tuned'])
    await expect(classified.locator(`[data-side="${side}"] p`)).toContainText(/the.* old.* cat.* sleeps/);
  await page.getByTestId('answer-table').click();
  await expect(page.getByTestId('validation-table').locator('tbody tr')).not.toHaveCount(0);
  await studio.expectAccessible();
});
