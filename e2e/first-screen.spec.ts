import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

const budget = 300 * 1024;

test('the first screen is small, isolated, and asks nobody but its own server', async ({ page }) => {
  const problems: string[] = [];
  const scripts = new Map<string, number>();
  const strangers: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== 'localhost') strangers.push(request.url());
  });
  page.on('response', async (response) => {
    if (!response.headers()['content-type']?.startsWith('text/javascript')) return;
    scripts.set(response.url(), gzipSync(await response.body()).length);
  });
  await new StudioPage(page).open();
  await page.waitForLoadState('networkidle');
  expect(strangers).toEqual([]);
  expect(problems).toEqual([]);
  expect([...scripts.keys()].some((url) => url.includes('/worker-'))).toBe(true);
  expect([...scripts.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(budget);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
});

test('the policy lets no inline script run and no foreign host be asked', async ({ page }) => {
  await new StudioPage(page).open();
  const outcome = await page.evaluate(async () => {
    const refused: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
    const script = document.createElement('script');
    try {
      script.textContent = 'window.inlineRan = true';
    } catch {
      // Trusted Types: told as a violation, too.
      script.append('window.inlineRan = true');
    }
    document.body.append(script);
    const asked = await fetch('https://example.org/').then(
      () => 'answered',
      () => 'refused',
    );
    await new Promise((done) => setTimeout(done, 100));
    return { ran: 'inlineRan' in window, asked, refused };
  });
  expect(outcome.ran).toBe(false);
  expect(outcome.asked).toBe('refused');
  expect(outcome.refused).toEqual(expect.arrayContaining(['require-trusted-types-for', 'connect-src']));
});
