import type { BrowserContext, Page } from '@playwright/test';

/** The page of a server that was just started, once it knows what it computes with. */
export async function openServedPage(browser: Pick<BrowserContext, 'newPage'>, port: number): Promise<Page> {
  const page = await browser.newPage();
  for (let attempt = 0; ; attempt++) {
    try {
      await page.goto(`http://localhost:${port}/`);
      break;
    } catch (error) {
      // The page is built first.
      if (attempt === 120) throw error;
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
  await page.locator('header [data-executor]').waitFor({ timeout: 60_000 });
  return page;
}
