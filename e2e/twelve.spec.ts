import { expect, type Page, test } from '@playwright/test';
import { StudioPage } from './studio.ts';
import { tinyClassifier } from './twelve/classifier.ts';
import { type Table, twelveTables } from './twelve/tables.ts';

const all = twelveTables();
/** One of the example model; of the encoder one that learns and one that cannot; all with ATELIER_ALL_CASES=1. */
const sampled = (files: readonly string[]) => (table: Table) =>
  process.env.ATELIER_ALL_CASES === '1' || files.includes(table.file);

/** From the drop to the adapter with nothing but defaults. */
for (const table of all.filter(sampled(['cat-20.csv']))) {
  test(`${table.file} is trained as it comes, and its verdict is the one it deserves`, async ({ page }) => {
    test.setTimeout(1_800_000);
    const studio = new StudioPage(page);
    await studio.open();
    await studio.openExampleModel();
    const { kind, words } = await verdictOn(studio, table);
    expect(isRight(table, kind), `${kind}: ${words}`).toBe(true);
    await downloadAdapter(page);
  });
}

for (const table of all
  .filter(({ problem }) => problem !== 'instruction')
  .filter(sampled(['topics-200.csv', 'shuffled-200.csv']))) {
  test(`${table.file} goes to an encoder, and its verdict is the one that its answers deserve`, async ({ page }) => {
    test.setTimeout(1_800_000);
    const studio = new StudioPage(page);
    await studio.open();
    await page.getByTestId('model-files').setInputFiles(tinyClassifier(all));
    await expect(page.getByTestId('opened-model')).toBeVisible();
    const { kind, words } = await verdictOn(studio, table);
    await downloadAdapter(page);
    await studio.goTo('use');
    await page.getByTestId('answer-table').click();
    const rows = page.getByTestId('validation-table').locator('tbody tr');
    await expect(rows).not.toHaveCount(0, { timeout: 120_000 });
    const answers = await rows.evaluateAll((found) =>
      found.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
    );
    // A class stands with its probability.
    const pairs = answers.map(([, expected, , after]) => [expected!, after!.replace(/ \(\d+%\)$/, '')] as const);
    const isGood = table.problem === 'regression' ? determination(pairs) >= 0.5 : aboveBlind(pairs) >= 0.6;
    expect(kind === 'learned', `${kind}: ${words}`).toBe(isGood);
  });
}

async function verdictOn(studio: StudioPage, table: Table): Promise<{ kind: string | null; words: string | null }> {
  const { page } = studio;
  await studio.goTo('data');
  await studio.dropTable(table.file, table.bytes);
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByTestId('recipe-line')).toContainText('Balanced, for');
  await expect(page.getByTestId('start')).toHaveAttribute('aria-disabled', 'false');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 1_700_000);
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toBeVisible();
  const [kind, words] = [await verdict.getAttribute('data-kind'), await verdict.textContent()];
  test.info().annotations.push({ type: 'verdict', description: `${table.file}: ${kind}: ${words}` });
  return { kind, words };
}

async function downloadAdapter(page: Page): Promise<void> {
  const saving = page.waitForEvent('download');
  await page.getByTestId('verdict-download').or(page.getByTestId('download-peft')).first().click();
  expect((await saving).suggestedFilename()).toContain('.zip');
}

const isRight = ({ verdict }: Table, kind: string | null): boolean =>
  verdict === 'learned' ? kind === 'learned' : kind !== 'learned' && kind !== 'partly';

type Answers = readonly (readonly [expected: string, answer: string])[];

/** How much of what lies above always saying the commonest class is right. */
function aboveBlind(answers: Answers): number {
  const share = (count: number) => count / answers.length;
  const blind = Math.max(...answers.map(([one]) => share(answers.filter(([other]) => other === one).length)));
  return (share(answers.filter(([expected, answer]) => expected === answer).length) - blind) / (1 - blind);
}

/** R² */
function determination(answers: Answers): number {
  const numbers = answers.map(([expected, answer]) => [Number(expected), Number(answer)] as const);
  const mean = numbers.reduce((sum, [expected]) => sum + expected, 0) / numbers.length;
  const squares = (from: (pair: readonly [number, number]) => number) =>
    numbers.reduce((sum, pair) => sum + from(pair) ** 2, 0);
  return 1 - squares(([expected, answer]) => answer - expected) / squares(([expected]) => expected - mean);
}
