import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

const learned = /^Learned: (2\d|30) of 30 held-out answers match, the base \d+ /;

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
  await studio.expectAccessible();

  await page.getByTestId('to-use').click();
  await expect(page.getByTestId('verdict')).toContainText(learned);

  // The address says which run it was.
  await page.reload();
  await expect(page.getByTestId('verdict')).toContainText(learned);
});
