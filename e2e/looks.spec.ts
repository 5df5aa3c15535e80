import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

/** Calls `check` on each step, with the example's model and table open. */
async function onEachStep(page: Page, check: (studio: StudioPage) => Promise<void>): Promise<void> {
  const studio = new StudioPage(page);
  await page.goto('/');
  await expect(page.locator('header [data-executor]')).toBeAttached();
  await check(studio);
  await studio.openExampleModel();
  for (const step of ['model', 'layers', 'data', 'train', 'use'] as const) {
    await studio.goTo(step);
    await expect(page.locator('main h1')).toBeVisible();
    if (step === 'data') {
      await studio.dropTable('data.csv', readFileSync(example('data.csv')));
      await expect(page.getByTestId('token-row').first()).toBeVisible();
    }
    if (step === 'train') await page.getByTestId('more-settings').click();
    await check(studio);
  }
}

test.describe('dark', () => {
  test.use({ colorScheme: 'dark' });

  test('every step can be read in the dark', async ({ page }) => {
    await onEachStep(page, (studio) => studio.expectAccessible());
  });
});

test.describe('phone', () => {
  test.use({ viewport: { width: 375, height: 740 } });

  test('no step is wider than a phone', async ({ page }) => {
    await onEachStep(page, async (studio) => {
      const width = () => studio.page.evaluate(() => document.documentElement.scrollWidth);
      await expect.poll(width).toBeLessThanOrEqual(375);
      await studio.expectAccessible();
    });
  });
});
