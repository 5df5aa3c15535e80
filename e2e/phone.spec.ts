import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import { recordMainThread } from './long-tasks.ts';
import { example, mean, StudioPage } from './studio.ts';

/** A phone of four cores, each four times slower than the reference; the worker's threads are not slowed down. */
const slowdown = 4;
const flags = (browserFlags as string[]).filter((flag) => !flag.includes('webgpu'));

test.use({
  viewport: { width: 390, height: 844 },
  launchOptions: { executablePath: findBrowser(), args: [...flags, '--disable-features=WebGPU'] },
});

// What else a machine does only adds to a task.
test.describe.configure({ retries: 2 });

const asPhone = (page: Page) =>
  page.addInitScript(() => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 4 }));

test('on a slow phone no task holds up the page for 100 ms, from the first step to the last', async ({ browser }) => {
  const longest = new Map<string, number>();
  // The shorter of two walks counts.
  for (const _ of ['first', 'second']) {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    for (const [step, time] of await walk(page)) longest.set(step, Math.min(time, longest.get(step) ?? time));
    await page.close();
  }
  const times = [...longest].map(([step, time]) => `${step} ${time.toFixed(0)}`).join(', ');
  test.info().annotations.push({ type: 'longest tasks, ms', description: times });
  for (const [step, time] of longest) expect.soft(time, `${step} of ${times}`).toBeLessThan(100);
});

/** From the first step to the last, each with the processor time of its longest task in ms. */
async function walk(page: Page): Promise<Map<string, number>> {
  await asPhone(page);
  const studio = new StudioPage(page);
  await page.goto('/');
  await expect(page.locator('header [data-executor]')).toBeAttached();
  const longest = new Map<string, number>();
  const during = async (step: string, act: () => Promise<void>) => {
    const end = await recordMainThread(page, slowdown);
    await act();
    longest.set(step, (await end())[0]!);
  };
  await during('model', () => studio.openExampleModel());
  await during('layers', async () => {
    await studio.goTo('layers');
    await expect(page.getByTestId('parameter-tree')).toBeVisible();
    await expect(page.getByTestId('rank-slider')).toBeVisible();
  });
  await during('data', async () => {
    await studio.goTo('data');
    await studio.dropTable('data.csv', readFileSync(example('data.csv')));
    await expect(page.getByTestId('token-row').first()).toBeVisible();
  });
  await during('train', async () => {
    await studio.goTo('train');
    await expect(page.getByTestId('recipe-line')).toBeVisible();
  });
  await during('more settings', async () => {
    await page.getByTestId('more-settings').click();
    await expect(page.getByTestId('setting-seed')).toBeVisible();
  });
  await during('use', async () => {
    await studio.goTo('use');
    await expect(page.locator('main h1')).toBeVisible();
  });
  return longest;
}

test('on a slow phone the example trains on the processor, says the battery, and pauses before it is empty', async ({
  page,
}) => {
  await asPhone(page);
  await page.addInitScript(() => {
    const battery = Object.assign(new EventTarget(), { charging: false, level: 0.8 });
    Object.assign(window, { battery });
    Object.defineProperty(navigator, 'getBattery', { value: async () => battery });
  });
  const studio = new StudioPage(page);
  await page.goto('/');
  await expect(page.locator('header [data-executor="tfjs-wasm"]')).toBeAttached();
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 120_000);
  await expect(page.getByTestId('on-battery')).toContainText('80%');
  const end = await recordMainThread(page, slowdown);
  await expect(page.locator('nav')).toContainText(/[Ss]tep (2[6-9]|[3-6]\d) of/, { timeout: 120_000 });
  const [longest] = await end();
  test.info().annotations.push({ type: 'longest task while training, ms', description: longest!.toFixed(0) });
  expect(longest, 'longest task while training, ms').toBeLessThan(100);
  const { losses } = await studio.lossTable();
  expect(mean(losses.slice(-5))).toBeLessThanOrEqual(0.6 * losses[0]!);

  // The tab goes out of sight and comes back.
  await page.clock.install();
  const see = (state: 'hidden' | 'visible') =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await see('hidden');
  await page.clock.fastForward(90_000);
  await see('visible');
  await expect(page.getByTestId('was-away')).toContainText('1 min 30 s');

  await page.evaluate(() => {
    const { battery } = window as unknown as { battery: EventTarget & { level: number } };
    battery.level = 0.09;
    battery.dispatchEvent(new Event('levelchange'));
  });
  await studio.waitForPhase('paused', 60_000);
  await expect(page.getByTestId('battery-paused')).toContainText('9%');
  await studio.expectAccessible();
  // Who goes on all the same is not paused again.
  await page.getByTestId('pause').click();
  await studio.waitForPhase('training', 60_000);
});
