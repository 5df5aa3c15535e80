import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

/** Seconds of "850 ms", "1.2 s", "14 s" or "1 min 5 s". */
function secondsIn(text: string | null): number {
  const of = (unit: RegExp): number => Number(unit.exec(text ?? '')?.[1] ?? 0);
  return of(/([\d.]+) ms/) / 1000 + of(/([\d.]+) s/) + 60 * of(/(\d+) min/);
}

async function set(studio: StudioPage, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, value] of Object.entries(settings)) await studio.set(key, value);
}

test('after one run the card knows what runs take on this computer, and still does at the next visit', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  const basis = page.getByTestId('time-basis');
  const shown = async (figure: string) => secondsIn(await page.getByTestId(figure).textContent());
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('filled')).toContainText('padding');
  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await set(studio, { batch_size: '2', max_length: '64', max_steps: '14' });
  await expect(basis).toContainText('not yet measured on this computer');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await page.getByTestId('new-run').click();
  await expect(basis).toContainText('from runs on this computer', { timeout: 60_000 });

  await page.reload();
  await expect(page.getByText('Your last setup is restored').first()).toBeVisible();
  await set(studio, { batch_size: '4', max_length: '80', max_steps: '10' });
  await expect(basis).toContainText('10 steps');
  await expect(basis).toContainText('from runs on this computer');
  await studio.expectAccessible();
  const [step, total] = [await shown('time-step'), await shown('time-total')];
  expect(total).toBeGreaterThan(10 * step);
  const began = Date.now();
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  const took = (Date.now() - began) / 1000;
  const measured = await shown('measured-step');
  const said = `step ${step} s, then ${measured} s; in all ${total} s, then ${took.toFixed(1)} s`;
  test.info().annotations.push({ type: 'estimates', description: said });
  console.log(said);
  // Of the clock on a machine that others use; the unit tests hold 1.5 by processor time. Unlearned it was 5 times off.
  for (const ratio of [step / measured, total / took]) {
    expect(ratio, said).toBeGreaterThan(1 / 3);
    expect(ratio, said).toBeLessThan(3);
  }
});
