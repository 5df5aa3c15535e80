import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

/** Each bad input is told with its cause and a next action, and loses nothing that is open. */
test('bad tables are refused with a reason, and the open table stays', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('data');
  await studio.dropTable('open-quote.csv', 'instruction,"output\nWhat is it?,a cat\n');
  await expect(page.locator('[data-error="csv-quotes"]')).toContainText('row 1');
  await studio.dropTable('empty.csv', 'instruction,output\n');
  await expect(page.locator('[data-error="csv-empty"]')).toBeVisible();
  await studio.dropTable('table.xls', 'not a spreadsheet of today');
  await expect(page.locator('[data-error="data-format-unsupported"]')).toContainText('table.xls');
  await studio.dropTable('table.xlsx', 'PK\u0003\u0004');
  await expect(page.locator('[data-error="table-invalid"]')).toContainText('table.xlsx');

  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('opened-data')).toContainText('data.csv');
  await expect(page.locator('[data-error]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Choose another dataset' }).click();
  await studio.dropTable('empty.csv', 'instruction,output\n');
  await expect(page.locator('[data-error="csv-empty"]')).toBeVisible();
  await expect(page.getByTestId('opened-data')).toContainText('data.csv');
});

test('an unknown kind of model is refused with the kinds there are, and the open model stays', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('model-files').setInputFiles([
    { name: 'config.json', mimeType: 'application/json', buffer: Buffer.from('{"model_type": "mamba"}') },
    { name: 'model.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from('not weights') },
  ]);
  const error = page.locator('[data-error="model-type-unsupported"]');
  await expect(error).toContainText('mamba');
  await expect(error).toContainText('llama');

  const config = readFileSync(example('model/config.json'));
  await page.getByTestId('model-files').setInputFiles([
    { name: 'config.json', mimeType: 'application/json', buffer: config },
    { name: 'model.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from('not weights') },
  ]);
  await expect(page.locator('[data-error^="safetensors-"]')).toBeVisible();

  await studio.openExampleModel();
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await page
    .getByTestId('model-files')
    .setInputFiles([{ name: 'config.json', mimeType: 'application/json', buffer: config }]);
  await expect(page.locator('[data-error="file-missing"]')).toBeVisible();
  await expect(page.getByTestId('opened-model')).toContainText('atelier-example');
});

test('with nothing trained Start refuses and says why; ticking one layer mends it', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await page.getByTestId('data-example').click();
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('layers');
  const lora = page.getByRole('checkbox', { name: 'LoRA on model', exact: true });
  await lora.click();
  await lora.click();
  await expect(page.locator('[data-error="nothing-trained"]')).toBeVisible();
  await studio.goTo('train');
  await page.getByTestId('start').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('To start:')).toContainText('Select at least one layer');
  await expect(page.getByTestId('run-view')).toHaveCount(0);
  await studio.goTo('layers');
  await page.getByTestId('rule-kind').selectOption('last-layers');
  await page.getByTestId('apply-train').click();
  await studio.goTo('train');
  await expect(page.getByText('To start:')).toHaveCount(0);
});

test('a run config with an unknown key names the nearest one, and the form keeps its values', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await studio.set('learning_rate', '3e-3');
  const load = (json: string) =>
    page
      .getByTestId('config-file')
      .setInputFiles([{ name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(json) }]);
  await load('{"training": {"learning_rat": 1}}');
  const error = page.locator('[data-error="run-config-unknown-key"]');
  await expect(error).toContainText('training.learning_rat');
  await expect(error).toContainText('training.learning_rate?');
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue('3e-3');
  await load('{"training": {"learning_rate": 2e-4, "batch_size": 3}}');
  await expect(error).toHaveCount(0);
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue('2e-4');
  await expect(page.getByTestId('setting-batch_size')).toHaveValue('3');
});

test('a field that holds no number says so and holds Start back', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await studio.set('learning_rate', 'fast');
  await expect(page.getByText('Enter a number.')).toBeVisible();
  await studio.set('learning_rate', '-1');
  await expect(page.getByText(/^Allowed:/)).toBeVisible();
  await studio.set('learning_rate', '1e-3');
  await expect(page.getByText(/^Allowed:/)).toHaveCount(0);
});
