import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import { PlainHost } from './plain-host.ts';
import { startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

const inTheLan = 'computer.example';
const args = [...(browserFlags as string[]), `--host-resolver-rules=MAP ${inTheLan} 127.0.0.1`];
test.use({ launchOptions: { executablePath: findBrowser(), args } });

test('over plain http from another computer the example trains on the CPU, answers and is downloaded, and the page says that nothing is kept', async ({
  page,
}) => {
  const host = await PlainHost.start(fileURLToPath(new URL('../dist', import.meta.url)));
  const address = new URL(host.url);
  address.hostname = inTheLan;
  const studio = new StudioPage(page);
  await studio.open(address.href);
  expect(await page.evaluate(() => [isSecureContext, 'storage' in navigator, 'locks' in navigator])).toEqual([
    false,
    false,
    false,
  ]);
  await expect(page.getByTestId('no-webgpu')).toContainText('https');
  await expect(page.getByTestId('nothing-kept')).toContainText('Download what you want to keep');
  await studio.expectAccessible();

  await startRun(studio, { training: { max_steps: 3 } });
  await studio.waitForPhase('finished', 200_000);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').first().click()]);
  expect(readFileSync(await download.path()).length).toBeGreaterThan(1000);
  await studio.goTo('use');
  expect((await studio.ask('What color is the sky?')).base).toContain('blue');
  host.close();
});

test.describe('where the browser refuses its storage', () => {
  // What the service worker answers cannot be changed on its way.
  test.use({ serviceWorkers: 'block' });

  test('as private windows do, the example trains, and closing the page asks first', async ({ page }) => {
    const refusal = `StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('denied', 'SecurityError'));`;
    await page.route(/\/assets\/worker-/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${refusal}\n${await response.text()}` });
    });
    const studio = new StudioPage(page);
    await studio.open();
    await expect(page.getByTestId('nothing-kept')).toBeVisible();
    await page.getByTestId('try-example').click();
    await studio.waitForPhase('training', 120_000);
    await page.getByTestId('stop').click();
    await studio.waitForPhase('stopped', 60_000);
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    expect((await asked).type()).toBe('beforeunload');
  });
});
