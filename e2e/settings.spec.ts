import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { example, StudioPage } from './studio.ts';

const h2o = [
  'llm_backbone: owner/somewhere-else',
  'experiment_name: from H2O',
  'dataset: {prompt_column: [instruction], answer_column: output, text_prompt_start: "", text_answer_separator: "\\\\n"}',
  'training: {lora: true, lora_r: 6, learning_rate: 0.002, batch_size: 4, grad_accumulation: 2, epochs: 3}',
  'environment: {gpus: ["0"], seed: 5}',
].join('\n');

test('settings of H2O LLM Studio are taken over, listed, and saved again', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await studio.goTo('train');
  await page.getByTestId('config-file').setInputFiles({
    name: 'cfg.yaml',
    mimeType: 'text/yaml',
    buffer: Buffer.from(h2o),
  });
  await expect(page.getByTestId('config-read')).toContainText('1 ignored');
  await expect(page.getByTestId('setting-batch_size')).toHaveValue('4');
  await expect(page.getByTestId('setting-lora_r')).toHaveValue('6');
  await page.getByText('Details by key').click();
  await expect(page.getByRole('row', { name: /environment\.gpus/ })).toContainText('not a training setting');
  // The open model stays, whatever the file names.
  await expect(page.getByTestId('start')).toHaveAttribute('aria-disabled', 'false');
  await studio.expectAccessible();

  await page.getByTestId('config-save').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /cfg\.yaml/ }).click(),
  ]);
  expect(parse(readFileSync(await download.path(), 'utf8'))).toMatchObject({
    experiment_name: 'from H2O',
    training: { lora: true, lora_r: 6, batch_size: 4, epochs: 3 },
  });

  await page.getByTestId('config-file').setInputFiles({
    name: 'run.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"training": {"batch_sizes": 3}}'),
  });
  await expect(page.locator('[data-error="run-config-unknown-key"]')).toContainText('batch_size');
});

test('a setting says what it does, and is there only while it does something', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('train');
  await page.getByTestId('explain-training.batch_size').click();
  const about = page.getByRole('dialog', { name: 'About “Batch size”' });
  await expect(about).toContainText('proportionally more memory');
  await expect(about).toContainText('per_device_train_batch_size');
  await studio.expectAccessible();
  await page.keyboard.press('Escape');
  await expect(about).toBeHidden();

  await page.getByTestId('more-settings').click();
  await studio.set('warmup_ratio', '0.1');
  await page.getByTestId('warmup-unit').selectOption('warmup_steps');
  await expect(page.getByTestId('setting-warmup_ratio')).toHaveCount(0);
  await studio.set('warmup_steps', '7');
  await page.getByTestId('warmup-unit').selectOption('warmup_epochs');
  await expect(page.getByTestId('setting-warmup_steps')).toHaveCount(0);
  await studio.expectAccessible();

  await page.getByText('日本語', { exact: true }).click();
  await page.getByTestId('explain-training.batch_size').click();
  await expect(page.getByRole('dialog', { name: '「バッチサイズ」について' })).toContainText(
    'メモリーが比例して増えます',
  );
});
