/**
 * Makes the pictures of docs/screens from the built page that `npm start` serves: `npx tsx scripts/screens.ts [ADDRESS [FOLDER]]`.
 * The example's answers end in an emoji: on Debian `fonts-noto-color-emoji` has it.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { StudioPage } from '../e2e/studio.ts';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from './browser.js';

const address = process.argv[2] ?? 'http://localhost:4173/';
const folder = process.argv[3] ?? fileURLToPath(new URL('../docs/screens', import.meta.url));

interface Look {
  /** Added to the names of the pictures. */
  readonly suffix: string;
  readonly question: string;
  readonly context: BrowserContextOptions;
}

const questions = { en: 'What is the capital of Norway?', ja: '船乗りはどこで働きますか？' };

/** Each language on a desk and on a phone, in the light and in the dark. */
const looks: readonly Look[] = (['en', 'ja'] as const).flatMap((language) =>
  [false, true].flatMap((phone) =>
    (['light', 'dark'] as const).map((colorScheme) => ({
      suffix: [language === 'ja' && '-ja', phone && '-phone', colorScheme === 'dark' && '-dark']
        .filter(Boolean)
        .join(''),
      question: questions[language],
      context: {
        locale: language === 'en' ? 'en-GB' : 'ja-JP',
        viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
        colorScheme,
      },
    })),
  ),
);

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
  const shot = (name: string) => page.screenshot({ path: join(folder, `${name}${suffix}.png`) });
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
