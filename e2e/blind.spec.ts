import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

const config = (experiment_name: string, max_steps: number) => ({
  training: { max_steps, evaluation_epochs: 10 },
  environment: { experiment_name },
});

interface Pair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

interface Shown {
  readonly prompt: string;
  readonly answers: readonly string[];
}

async function shown(page: Page): Promise<Shown> {
  const card = page.getByTestId('blind-question');
  const prompt = await card.locator('p').nth(1).innerText();
  return { prompt, answers: await card.getByTestId('blind-answer').allInnerTexts() };
}

/** Two runs, of which the first learns next to nothing; their names are found in no other word of the page. */
const names = /zebra|yak|tuned|\bbase\b|step|example/i;

/** Chooses by one key each, and gives what stood there. */
async function chooseAll(page: Page, keys: readonly string[], leavesSome: boolean): Promise<Shown[]> {
  const card = page.getByTestId('blind-question');
  const found: Shown[] = [];
  for (const [index, key] of keys.entries()) {
    await expect(card).toContainText(`Question ${index + 1} of `, { timeout: 120_000 });
    await expect(card).toBeFocused();
    // Neither a text nor an attribute says whose an answer is.
    expect(await page.getByTestId('blind').evaluate((element) => element.outerHTML)).not.toMatch(names);
    found.push(await shown(page));
    await page.keyboard.press(key);
    if (index > 0) continue;
    // Back, and chosen anew: the second choice counts.
    await expect(card).toContainText('Question 2 of ');
    await page.keyboard.press('Backspace');
    await expect(card).toContainText('Question 1 of ');
    expect(await shown(page)).toEqual(found[0]);
    await page.keyboard.press(key === '1' ? '0' : '1');
    await expect(card).toContainText('Question 2 of ');
    await page.getByTestId('blind-back').click();
    await page.keyboard.press(key);
  }
  if (leavesSome) await page.getByTestId('blind-end').click();
  await expect(page.getByRole('region', { name: 'Results of the comparison' })).toBeFocused();
  return found;
}

async function savedPairs(page: Page): Promise<Pair[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('choices-json').click()]);
  expect(download.suggestedFilename()).toMatch(/-choices\.jsonl$/);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

test('answers are chosen without their names, kept, and trained on from the adapter', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await startRun(studio, config('zebra', 1));
  await studio.waitForPhase('finished', 180_000);
  await studio.goTo('train');
  await page.getByTestId('new-run').click();
  await startRun(studio, config('yak', 60));
  await studio.waitForPhase('finished', 180_000);

  await studio.goTo('use');
  await page.getByTestId('blind-count').fill('12');
  await page.getByTestId('blind-start').click();
  const keys = ['1', 'ArrowRight', '0', '2', 'ArrowLeft'];
  const against = await chooseAll(page, keys, true);
  const row = page.getByTestId('blind-table').locator('tbody tr');
  await expect(row).toHaveCount(1);
  await expect(row).toContainText(/yak · Step 60\s*Base model/);
  const [wins, losses, ties] = (await row.locator('td.figures').allInnerTexts()).map(Number);
  expect(wins! + losses!).toBe(4);
  expect(ties).toBe(1);
  await expect(row).toContainText(/[\d.]+% \([\d.]+% to [\d.]+%\)/);
  await studio.expectAccessible();

  const expected = (all: readonly Shown[], pressed: readonly string[]) =>
    all.flatMap(({ prompt, answers: [first, second] }, index) => {
      const key = pressed[index]!;
      if (key === '0' || key === 't') return [];
      const isFirst = key === '1' || key === 'ArrowLeft';
      return [{ prompt, chosen: isFirst ? first : second, rejected: isFirst ? second : first }];
    });
  const trimmed = (pairs: readonly Pair[]) =>
    pairs.map(({ prompt, chosen, rejected }) => ({ prompt, chosen: chosen.trim(), rejected: rejected.trim() }));
  expect(trimmed(await savedPairs(page))).toEqual(expected(against, keys));

  // Two results of one base, asked what is typed.
  await page.getByTestId('blind-other').selectOption({ index: 1 });
  await page.getByTestId('blind-from').selectOption('own');
  await expect(page.getByTestId('blind')).toContainText('Enter a prompt first.');
  await page.getByTestId('blind-prompts').fill('What is 3 + 8?\n\nWhat is 2 + 7?');
  await page.getByTestId('blind-start').click();
  const own = await chooseAll(page, ['2', 'T'], false);
  expect(own.map(({ prompt }) => prompt)).toEqual(['What is 3 + 8?', 'What is 2 + 7?']);
  await expect(row).toHaveCount(2);
  await expect(row.nth(1)).toContainText(/yak · Step 60\s*zebra · Step 1/);
  const all = [...expected(against, keys), ...expected(own, ['2', 't'])];
  await page.reload();
  await studio.goTo('use');
  await expect(row).toHaveCount(2);
  expect(trimmed(await savedPairs(page))).toEqual(all);

  await page.getByTestId('blind-train').click();
  await expect(page.getByTestId('restored')).toContainText('yak-choices.jsonl');
  await studio.goTo('model');
  await expect(page.getByTestId('continued-adapter')).toContainText('yak');
  await studio.goTo('data');
  await expect(page.getByTestId('problem-type')).toHaveValue('Better of two answers');
  await expect(page.getByTestId('token-row').first()).toContainText('chosen');
  await studio.goTo('train');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 180_000);
  await expect(page.getByRole('figure', { name: 'Reward margin' })).toBeVisible();
});
