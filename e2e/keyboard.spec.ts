import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

test('layers can be chosen, and unchosen, without a mouse', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('open-example').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await page.keyboard.press('Alt+2');
  const percent = page.getByTestId('trained-percent');
  await expect(percent).not.toHaveText('–');
  await page.locator('[role="row"][tabindex="0"]').focus();
  const train = page.getByRole('checkbox', { name: 'Train model', exact: true });
  await page.keyboard.press('t');
  await expect(train).toBeChecked();
  await expect(percent).toHaveText('100 %');
  await page.keyboard.press('t');
  await expect(train).not.toBeChecked();
  await expect(percent).toHaveText('0 %');
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('[role="row"][tabindex="0"]')).toHaveAttribute('aria-label', /^model\.embed_tokens/);
  await page.keyboard.press('t');
  await expect(percent).not.toHaveText('0 %');
  await page.keyboard.press('Control+z');
  await expect(percent).toHaveText('0 %');
});
