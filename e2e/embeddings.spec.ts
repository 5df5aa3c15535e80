import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { bert, golden, StudioPage } from './studio.ts';

test('an encoder learns which texts belong together, and says how alike texts are before and after', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles(bert);
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await studio.goTo('data');
  // What is learned, and the columns, follow from their names.
  await studio.dropTable('data.csv', readFileSync(golden('distilbert-triplets-full/data.csv')));
  await expect(page.getByTestId('problem-type')).toHaveValue('Sentence embeddings (matching texts)');
  await expect(page.getByTestId('token-row').first()).toContainText('[CLS]');
  await studio.expectAccessible();

  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '20');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await expect(page.getByTestId('number-score-accuracyAt1')).toBeVisible();
  await expect(page.getByTestId('number-score-tripletAccuracy')).toBeVisible();
  await page.getByTestId('to-use').click();
  await page.getByTestId('classify-text').fill('the old cat sleeps');
  await page.getByTestId('classify').click();
  await expect(page.getByText('two texts or more').first()).toBeVisible();
  await page.getByTestId('classify-text').fill('the old cat sleeps\na young dog sings\nthe old cat sleeps');
  await page.getByTestId('classify').click();
  for (const side of ['base', 'tuned']) {
    const pairs = page.getByTestId('classified').locator(`[data-side="${side}"] li`);
    await expect(pairs).toHaveCount(3);
    // A text is its own nearest.
    await expect(pairs.first()).toContainText(/the old cat sleeps ↔ the old cat sleeps: 1/);
  }
  await page.getByTestId('answer-table').click();
  await expect(page.getByTestId('validation-table').locator('tbody tr')).not.toHaveCount(0);
  await studio.expectAccessible();
});
