import { expect, test } from '@playwright/test';
import { short, startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

test('general texts are chosen as a file, and are still there after a reload', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('train');
  const opened = async () => {
    await page.getByTestId('more-settings').click();
    return page.getByTestId('setting-general_texts');
  };
  await page.getByTestId('config-file').setInputFiles(file('run.json', JSON.stringify(checked)));
  await expect(await opened()).toHaveValue('');
  await page.getByTestId('general-texts-file').setInputFiles(file('empty.txt', ''));
  await expect(page.locator('[data-error=csv-empty]')).toContainText('empty.txt');
  const lines = '{"id": 1, "text": "The river is cold."}\n{"id": 2, "text": "春の川は冷たいです。"}\n';
  await page.getByTestId('general-texts-file').setInputFiles(file('mine.jsonl', lines));
  await expect(page.getByTestId('general-texts-read')).toHaveText('2 texts read.');
  await expect(page.locator('[data-error=csv-empty]')).toBeHidden();
  const texts = 'The river is cold.\n春の川は冷たいです。';
  await expect(page.getByTestId('setting-general_texts')).toHaveValue(texts);
  await studio.expectAccessible();
  await page.reload();
  await studio.goTo('train');
  await expect(await opened()).toHaveValue(texts);
});

const checked = { logging: { forgetting_check: true } };
const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

test('a run that checks forgetting has a line on the chart, and a sentence in the verdict', async ({ page }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await startRun(studio, {
    ...short,
    logging: { forgetting_check: true, general_texts: ['The river is cold in spring.', '春の川は冷たいです。'] },
  });
  await studio.waitForPhase('finished', 300_000);
  const chart = page.locator('figure', { hasText: 'General texts: KL to the base' });
  await expect(chart.locator('.recharts-line-curve').first()).toBeVisible();
  await chart.getByTestId('chart-table').click();
  const rows = await chart.locator('tbody tr').allTextContents();
  expect(rows.length).toBeGreaterThan(2);
  // The newest stands first; before training the model is its base.
  expect(rows.at(-1)).toBe('00.000');
  await expect(page.locator('figure', { hasText: 'General texts: perplexity' })).toBeVisible();
  await expect(page.getByTestId('verdict')).toContainText(/knew: general texts are [\d.]+ nats a token from the base/);
  await studio.expectAccessible();

  await page.reload();
  await expect(page.getByTestId('verdict')).toContainText('general texts are');
  await expect(chart.locator('.recharts-line-curve').first()).toBeVisible();
});
