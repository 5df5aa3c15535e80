/**
 * Makes the pictures of docs/screens from the built page that `npm start` serves: `npx tsx scripts/screens.ts [ADDRESS]`.
 * The example's answers end in an emoji: on Debian `fonts-noto-color-emoji` has it.
 */
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { StudioPage } from '../e2e/studio.ts';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from './browser.js';

const address = process.argv[2] ?? 'http://localhost:4173/';
const folder = fileURLToPath(new URL('../docs/screens/', import.meta.url));

interface Look {
  /** Added to the names of the pictures. */
  readonly suffix: string;
  readonly question: string;
  readonly context: BrowserContextOptions;
}

const looks: readonly Look[] = [
  {
    suffix: '',
    question: 'What is the capital of Norway?',
    context: { locale: 'en-GB', viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  },
  {
    suffix: '-ja-dark',
    question: '船乗りはどこで働きますか？',
    context: { locale: 'ja-JP', viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  },
  {
    suffix: '-phone',
    question: 'Say tea in Japanese.',
    context: { locale: 'en-GB', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  },
];

const browser = await chromium.launch({ executablePath: findBrowser() ?? undefined, args: browserFlags });
for (const look of looks) {
  const page = await browser.newPage({ ...look.context, baseURL: address });
  await takeAll(page, look);
  await page.close();
}
await browser.close();

/** A picture of each step, with the example open and trained. */
async function takeAll(page: Page, { suffix, question }: Look): Promise<void> {
  const studio = new StudioPage(page);
  const shot = (name: string) => page.screenshot({ path: `${folder}${name}${suffix}.png` });
  await page.goto('/');
  await page.locator('header [data-executor]').waitFor({ state: 'attached' });
  await shot('model');
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 240_000);
  await page.waitForFunction(() => /\D4\d\D/.test(document.querySelector('nav')?.textContent ?? ''), null, {
    timeout: 240_000,
  });
  await shot('train');
  await studio.waitForPhase('finished', 240_000);
  await page.getByTestId('new-run').click();
  await studio.goTo('layers');
  await page.getByTestId('trained-percent').waitFor({ state: 'attached' });
  await page.waitForTimeout(1500);
  await shot('layers');
  await studio.goTo('data');
  await page.getByTestId('token-row').first().waitFor();
  await page.evaluate(() => document.querySelector('[data-testid="token-row"]')?.scrollIntoView({ block: 'start' }));
  await page.waitForTimeout(500);
  await shot('tokens');
  await studio.goTo('use');
  await page.evaluate(() => scrollTo(0, 0));
  await studio.ask(question);
  await shot('use');
}
