import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

test.use({ locale: 'ja-JP' });

/** Letters that may stand in a Japanese page: names, units and code, but no English sentence. */
const englishSentence = /[A-Za-z][a-z]+(?: [a-z]+){3,}/;

test('in a Japanese browser every step speaks Japanese, errors too', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ja');
  await expect(page.getByTestId('try-example')).toHaveText('サンプルで試す');
  const bodyText = async () => (await page.locator('header, nav, main, aside').allTextContents()).join('\n');
  expect(await bodyText()).not.toMatch(englishSentence);
  await studio.expectAccessible();

  await studio.openExampleModel();
  for (const step of ['layers', 'train', 'use', 'data'] as const) {
    await studio.goTo(step);
    await expect(page.locator('main h1')).toBeVisible();
    expect(await bodyText(), step).not.toMatch(englishSentence);
    await studio.expectAccessible();
  }
  await studio.dropTable('none.csv', 'text\n');
  await expect(page.locator('[data-error="csv-empty"]')).toContainText('データの行がありません');

  await page.getByText('EN', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.locator('[data-error="csv-empty"]')).toContainText('has no data rows');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});
