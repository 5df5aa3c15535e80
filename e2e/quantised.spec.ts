import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

/** Of a text such as `frozen weights 1.8 MiB`. */
function bytesIn(text: string | null): number {
  const [, number, unit] = /([\d.]+) (KiB|MiB)/.exec(text ?? '') ?? [];
  return Number(number) * (unit === 'MiB' ? 2 ** 20 : 2 ** 10);
}

test('a base kept in 4 bits takes less memory, says how exact it is, trains and answers', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await studio.goTo('train');
  await studio.set('max_length', '64');
  await page.getByTestId('more-settings').click();
  const memory = async () => bytesIn(await page.locator('li', { hasText: 'frozen weights' }).first().textContent());
  const whole = await memory();
  await page.getByTestId('setting-weights').click();
  await page.getByRole('option', { name: 'NF4' }).click();
  await expect.poll(memory).toBeLessThan(whole / 2);

  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '3');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await expect(page.getByTestId('number-weight-error')).toHaveText('9.3%');
  const { losses } = await studio.lossTable();
  expect(losses).toHaveLength(3);

  await page.getByTestId('to-use').click();
  const { base, tuned } = await studio.ask('What is your name?');
  expect(base.length + tuned.length).toBeGreaterThan(0);
});
