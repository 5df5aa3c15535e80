import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { bert, golden, StudioPage } from './studio.ts';

test('an encoder learns classes from a table, and says them of a text before and after', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles(bert);
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(golden('bert-lora/data.csv')));
  await expect(page.getByTestId('problem-type')).toHaveValue('Text classification');
  await expect(page.getByTestId('role-label')).toHaveValue('answer');
  await expect(page.getByTestId('classes').locator('dt')).toHaveText(['animal', 'colour', 'other']);
  await expect(page.getByTestId('token-row').first()).toContainText('Label:');
  await expect(page.getByTestId('token-row').first()).toContainText('[CLS]');
  await studio.expectAccessible();

  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '6');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await expect(page.getByTestId('number-score-accuracy')).toBeVisible();
  await page.getByTestId('to-use').click();
  await page.getByTestId('classify-text').fill('the old cat sleeps.');
  await page.getByTestId('classify').click();
  const classified = page.getByTestId('classified');
  await expect(classified.locator('[data-side="base"] li')).toHaveCount(3);
  await expect(classified.locator('[data-side="tuned"] li')).toHaveCount(3);
  await page.getByTestId('answer-table').click();
  const answered = page.getByTestId('validation-table').locator('tbody tr');
  await expect(answered).not.toHaveCount(0);
  // A cell of the confusion matrix shows its rows.
  const cell = page.getByTestId('confusion-matrix').getByRole('button', { disabled: false }).first();
  await cell.click();
  await expect(answered).toHaveCount(Number(await cell.textContent()));
  await studio.expectAccessible();
});

test('a decoder gets a head for the classes of the table, which the tree shows', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(golden('bert-lora/data.csv')));
  await page.getByTestId('problem-type').click();
  await page.getByRole('option', { name: 'Text classification' }).click();
  await expect(page.getByTestId('classes').locator('dt')).toHaveCount(3);
  await studio.goTo('layers');
  await expect(page.getByText('score.weight', { exact: true })).toBeVisible();
  await studio.goTo('data');
  await page.getByTestId('problem-type').click();
  await page.getByRole('option', { name: 'Instruction (prompt → answer)' }).click();
  await studio.goTo('layers');
  await expect(page.getByText('score.weight', { exact: true })).toHaveCount(0);
});
