import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

test('the run card says what would save memory, with figures, and one click takes it', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  const memory = page.getByTestId('memory');
  await expect(memory).toContainText('MiB');
  await expect(page.locator('aside [data-fit]')).toHaveText('Fits');

  // Memory over one step: its numbers are the plan's, and what is drawn can be taken away.
  await page.getByTestId('over-step-toggle').click();
  const overStep = page.getByTestId('over-step');
  // The estimate of the rows as they are comes a moment after that of the form.
  await expect(async () => {
    expect(await overStep.textContent()).toContain(`The run reserves ${await memory.textContent()} from start to end.`);
  }).toPass();
  const before = await memory.textContent();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    overStep.getByRole('button', { name: 'CSV' }).click(),
  ]);
  const [head, ...lines] = readFileSync(await file.path(), 'utf8')
    .replace(/^\uFEFF/, '')
    .trim()
    .split('\r\n');
  const columns = head!.split(',');
  const used = lines.map((line) => line.split(',').map(Number));
  const [kept, working, reserved] = [-3, -2, -1].map((at) => columns.length + at);
  for (const row of used) expect(row[kept!]! + row[working!]!).toBeLessThanOrEqual(row[reserved!]!);
  expect(new Set(used.map((row) => row[kept!])).size).toBeGreaterThan(5);
  const [drawing] = await Promise.all([
    page.waitForEvent('download'),
    overStep.getByRole('button', { name: 'SVG' }).click(),
  ]);
  expect(readFileSync(await drawing.path(), 'utf8')).not.toContain('var(');
  await studio.expectAccessible();

  // The schedule of the run, before it begins.
  await studio.goTo('train');
  const schedule = page.getByTestId('schedule');
  await expect(schedule).toContainText('at its highest');
  const [rates] = await Promise.all([
    page.waitForEvent('download'),
    schedule.getByRole('button', { name: 'CSV' }).click(),
  ]);
  const drawn = readFileSync(await rates.path(), 'utf8')
    .trim()
    .split('\r\n')
    .slice(1);
  expect(drawn.at(-1)).toMatch(/^154,/);
  await studio.expectAccessible();

  // With less room than it needs, the card opens its advice by itself.
  await page.getByTestId('budget-edit').click();
  await page.getByTestId('budget').fill('0.004');
  await page.keyboard.press('Enter');
  await expect(page.locator('aside [data-fit]')).toHaveText('Too big');
  const batch = page.getByTestId('savings').locator('[data-lever="batch"]');
  await expect(batch).toContainText(/saves \d.* [KM]iB/);
  await studio.expectAccessible();
  await batch.getByRole('button', { name: 'Use' }).click();
  await expect(memory).not.toHaveText(before!);
  await expect(batch).toHaveCount(0);

  // What the visitor said of the memory is there at the next visit.
  await page.reload();
  await expect(page.getByTestId('restored')).toHaveAttribute('data-pending', 'false');
  await expect(page.locator('aside')).toContainText('set by you');
  await page.getByTestId('budget-edit').click();
  await page.getByRole('button', { name: 'Reset to estimate' }).click();
  await expect(page.locator('aside')).toContainText('(estimate)');
});
