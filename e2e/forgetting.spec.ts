import { expect, test } from '@playwright/test';
import { short, startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

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
