import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';
import { type Table, twelveTables } from './twelve/tables.ts';

/** One that learns and one that cannot; all twelve with ATELIER_ALL_CASES=1. */
const sample = ['cat-20.csv', 'shuffled-200.csv'];
const tables = twelveTables().filter(({ file }) => process.env.ATELIER_ALL_CASES === '1' || sample.includes(file));

/** From the drop to the adapter with nothing but defaults. */
for (const table of tables) {
  test(`${table.file} is trained as it comes, and its verdict is the one it deserves`, async ({ page }) => {
    test.setTimeout(1_800_000);
    const studio = new StudioPage(page);
    await studio.open();
    await studio.openExampleModel();
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
    expect(isRight(table, kind), `${kind}: ${words}`).toBe(true);
    const saving = page.waitForEvent('download');
    await page.getByTestId('verdict-download').or(page.getByTestId('download-peft')).first().click();
    expect((await saving).suggestedFilename()).toContain('.zip');
  });
}

const isRight = ({ verdict }: Table, kind: string | null): boolean =>
  verdict === 'learned' ? kind === 'learned' : kind !== 'learned' && kind !== 'partly';
