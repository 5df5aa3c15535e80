import { expect, test } from '@playwright/test';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import { mean, StudioPage } from './studio.ts';

const flags = (browserFlags as string[]).filter((flag) => !flag.includes('webgpu'));

test.use({ launchOptions: { executablePath: findBrowser(), args: [...flags, '--disable-features=WebGPU'] } });

test('without WebGPU the example trains on the processor, and the page says so and how much slower', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.locator('header [data-executor="tfjs-wasm"]')).toBeVisible();
  await expect(page.getByTestId('no-webgpu')).toContainText('20 to 100 times slower');
  await studio.expectAccessible();

  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 90_000);
  await expect.poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 }).toBeGreaterThan(25);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  const { losses } = await studio.lossTable();
  expect(mean(losses.slice(-5))).toBeLessThanOrEqual(0.6 * losses[0]!);

  await page.getByTestId('to-use').click();
  const { base, tuned } = await studio.ask('What color is the sky?');
  expect(base).toContain('blue');
  expect(tuned).not.toBe('');
});

test('a run that was stopped is there after the page was closed, and goes on where it was', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('try-example').click();
  await expect.poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 }).toBeGreaterThan(5);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  const before = await studio.lossTable();

  await page.reload();
  await studio.goTo('train');
  await page.getByTestId('resume-past').click();
  await studio.waitForPhase('training', 90_000);
  await expect
    .poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 })
    .toBeGreaterThan(before.steps.at(-1)! + 3);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  const after = await studio.lossTable();
  expect(after.losses.slice(0, before.losses.length)).toEqual(before.losses);
  expect(after.steps).toEqual(after.steps.map((_, index) => index + 1));
});
