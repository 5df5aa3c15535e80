import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

const percentIn = (text: string | null): number => Number(/(\d+)%/.exec(text ?? '')?.[1]);
const stepsIn = (text: string | null): number => Number(/(\d+) per epoch/.exec(text ?? '')?.[1]);

test('packing fills the batches, takes fewer steps an epoch, and trains', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('filled')).toContainText('padding');
  await studio.goTo('train');
  await studio.set('batch_size', '4');
  await studio.set('max_length', '128');
  await page.getByTestId('more-settings').click();
  const switched = page.getByRole('switch', { name: 'Pack short rows' });
  const said = () => page.locator('.mantine-Switch-root', { has: switched }).textContent();
  const steps = () =>
    page.locator('.mantine-InputWrapper-root', { has: page.getByTestId('setting-epochs') }).textContent();
  await expect.poll(async () => stepsIn(await steps())).toBeGreaterThan(30);
  const before = percentIn(await said());
  const stepsBefore = stepsIn(await steps());
  await switched.click();
  await expect(switched).toBeChecked();
  await expect.poll(async () => percentIn(await said())).toBeLessThan(before - 10);
  expect(stepsIn(await steps())).toBeLessThan(stepsBefore / 2);

  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '4');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  const { losses } = await studio.lossTable();
  expect(losses).toHaveLength(4);
});
