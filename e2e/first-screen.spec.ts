import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

/** Of everything that is served for the first screen, gzipped: page, scripts of page and worker, styles, images. */
const budget = 300_000;
/** What the sentences of errors are in, which are fetched once the first screen stands. */
const afterwards = /\/assets\/ja-(errors|reasons|exports)-/;

for (const [language, locale] of [
  ['English', 'en-GB'],
  ['Japanese', 'ja-JP'],
] as const) {
  test.describe(language, () => {
    test.use({ locale });

    test('the first screen is small, isolated, and asks nobody but its own server', async ({ page }) => {
      const problems: string[] = [];
      const served = new Map<string, Promise<number>>();
      const strangers: string[] = [];
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('request', (request) => {
        if (new URL(request.url()).hostname !== 'localhost') strangers.push(request.url());
      });
      page.on('response', (response) => {
        if (afterwards.test(response.url())) return;
        served.set(
          response.url(),
          response.body().then((body) => gzipSync(body).length),
        );
      });
      await new StudioPage(page).open();
      await page.waitForLoadState('networkidle');
      expect(strangers).toEqual([]);
      expect(problems).toEqual([]);
      const kinds = ['/worker-', '.css', '.svg', '/index-'];
      for (const kind of kinds) expect([...served.keys()].some((url) => url.includes(kind))).toBe(true);
      const sizes = await Promise.all(served.values());
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      test.info().annotations.push({ type: 'first screen, bytes gzipped', description: String(bytes) });
      expect(bytes).toBeLessThanOrEqual(budget);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    });
  });
}

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
