import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

/** How many of the thirty are asked for depends on how fast they come. */
const learned = /^Learned: \d+ of (30|[12]\d|[89]) held-out answers match \(95% .*\), the base \d+\./;

test('the example ends in a verdict, which is there after a reload and opens the validation table', async ({
  page,
}) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('answering', 300_000);
  await studio.waitForPhase('finished', 120_000);
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toContainText(learned);
  await expect(verdict).toHaveAttribute('data-kind', 'learned');
  const said = (await verdict.locator('p').first().textContent())!;
  await studio.expectAccessible();

  await page.getByTestId('to-use').click();
  await expect(page.getByTestId('verdict')).toContainText(said);

  // The address says which run it was.
  await page.reload();
  await expect(page.getByTestId('verdict')).toContainText(said);
});
