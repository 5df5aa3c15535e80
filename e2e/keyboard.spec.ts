import { expect, type Page, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

test('layers can be chosen, and unchosen, without a mouse', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('open-example').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await page.keyboard.press('Alt+Shift+2');
  const percent = page.getByTestId('trained-percent');
  await expect(percent).not.toHaveText('–');
  await page.locator('[role="row"][tabindex="0"]').focus();
  const train = page.getByRole('checkbox', { name: 'Train model', exact: true });
  await page.keyboard.press('t');
  await expect(train).toBeChecked();
  await expect(percent).toHaveText('100%');
  await page.keyboard.press('t');
  await expect(train).not.toBeChecked();
  await expect(percent).toHaveText('0%');
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('[role="row"][tabindex="0"]')).toHaveAttribute('aria-label', /^model\.embed_tokens/);
  await page.keyboard.press('t');
  await expect(percent).not.toHaveText('0%');
  await page.keyboard.press('Control+z');
  await expect(percent).toHaveText('0%');
});

test.describe('in Japanese, on a phone, in the dark', () => {
  test.use({ locale: 'ja-JP', viewport: { width: 390, height: 844 }, colorScheme: 'dark' });

  test('from the first screen to an answer without a mouse', async ({ page }) => {
    const studio = new StudioPage(page);
    await page.goto('/');
    await expect(page.locator('header [data-executor]')).toBeAttached({ timeout: 60_000 });
    await tabTo(page, 'try-example');
    await page.keyboard.press('Enter');
    await expect(page.locator('main h1')).toHaveText('学習する');
    await studio.waitForPhase('training', 120_000);
    await page.keyboard.press('Alt+p');
    await studio.waitForPhase('paused', 60_000);
    await page.keyboard.press('Alt+p');
    await studio.waitForPhase('training', 60_000);
    await tabTo(page, 'stop');
    await page.keyboard.press('Enter');
    await studio.waitForPhase('stopped', 60_000);
    await studio.expectAccessible();

    await page.keyboard.press('Alt+Shift+5');
    await tabTo(page, 'prompt');
    await page.keyboard.type('船乗りはどこで働きますか？');
    await page.keyboard.press('Enter');
    const turn = page.getByTestId('turn').last();
    await expect(turn.locator('[data-done="true"]')).toHaveCount(2, { timeout: 60_000 });
    await expect(turn.locator('[data-side="tuned"]').getByTestId('answer')).not.toBeEmpty();
    await studio.expectAccessible();
  });
});

/** Presses Tab until the element has the focus; it must come within a hundred stops. */
async function tabTo(page: Page, testId: string): Promise<void> {
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest('[data-testid]')?.getAttribute('data-testid'));
  for (let stop = 0; stop < 100; stop++) {
    if ((await focused()) === testId) return;
    await page.keyboard.press('Tab');
  }
  expect(await focused()).toBe(testId);
}
