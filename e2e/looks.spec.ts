import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

const languages = { en: 'en-GB', ja: 'ja-JP' } as const;
/** Every two of language, width and colours meet once; all three with ATELIER_ALL_CASES=1. */
const looks = (['en', 'ja'] as const).flatMap((language, first) =>
  [1440, 390].flatMap((width, second) =>
    (['light', 'dark'] as const)
      .map((colorScheme) => ({ language, width, colorScheme }) as const)
      .filter((_, third) => process.env.ATELIER_ALL_CASES === '1' || (first + second + third) % 2 === 0),
  ),
);

/** Letters that may stand in a Japanese page: names, units and code, but no English sentence. */
const englishSentence = /[A-Za-z][a-z]+(?: [a-z]+){3,}/;

for (const { language, width, colorScheme } of looks) {
  test.describe(`${language}, ${width} wide, ${colorScheme}`, () => {
    test.use({ locale: languages[language], viewport: { width, height: 860 }, colorScheme });

    test('every step is accessible, fits its width and speaks its language', async ({ page }) => {
      const studio = new StudioPage(page);
      await page.goto('/');
      await expect(page.locator('header [data-executor]')).toBeAttached();
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      const check = async (step: string) => {
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
        await studio.expectAccessible();
        if (language === 'en') return;
        const said = await page
          .locator('header, nav, main h1, main h2, main label, main button, aside')
          .allTextContents();
        expect(said.join('\n'), step).not.toMatch(englishSentence);
      };
      await check('first');
      await studio.openExampleModel();
      for (const step of ['model', 'layers', 'data', 'train', 'use'] as const) {
        await studio.goTo(step);
        await expect(page.locator('main h1')).toBeVisible();
        if (step === 'data') {
          await studio.dropTable('data.csv', readFileSync(example('data.csv')));
          await expect(page.getByTestId('token-row').first()).toBeVisible();
        }
        if (step === 'train') await page.getByTestId('more-settings').click();
        await check(step);
      }
    });
  });
}
