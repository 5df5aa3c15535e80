import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { short, startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

const golden = (name: string): string =>
  readFileSync(new URL(`../src/benchmarks/golden/${name}`, import.meta.url), 'utf8');
const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

/** The first rows: as many questions as a test has time for. */
const rows = (name: string, count: number) => file(name, golden(name).split('\n').slice(0, count).join('\n'));

test('a task and its data are asked of both models, stopped, saved; one in Python is refused', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await startRun(studio, { ...short, environment: { experiment_name: 'asked' } });
  await studio.waitForPhase('finished', 120_000);
  await studio.goTo('use');
  const section = page.getByRole('region', { name: 'Benchmarks', exact: true });
  const files = page.getByTestId('benchmark-files');

  await files.setInputFiles([file('japanese.yaml', golden('japanese.yaml'))]);
  await expect(section.getByRole('alert')).toContainText('"japanese.jsonl" was not chosen');
  await files.setInputFiles([file('python.yaml', 'doc_to_text: !function utils.text')]);
  await expect(section.getByRole('alert')).toContainText('"doc_to_text" is Python code');

  await files.setInputFiles([file('japanese.yaml', golden('japanese.yaml')), rows('japanese.jsonl', 8)]);
  const table = page.getByTestId('benchmark-table');
  await expect(table.locator('tbody tr')).toHaveCount(3, { timeout: 120_000 });
  await expect(table.locator('tbody tr').first()).toContainText(/japanese\s*8\s*acc/);
  await studio.expectAccessible();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('benchmark-json').click()]);
  const saved = JSON.parse(readFileSync(await download.path(), 'utf8'));
  const { base, tuned } = saved.tasks[0];
  // What lm-evaluation-harness says of the same questions.
  const { likelihoods } = JSON.parse(golden('expected.json')).japanese;
  for (const [row, { likelihoods: ours }] of base.answers.entries())
    for (const [choice, value] of ours.entries())
      expect(Math.abs(value - likelihoods[row][choice])).toBeLessThan(Math.max(1e-4, 4e-6 * Math.abs(value)));
  expect(tuned.answers[0].likelihoods).not.toEqual(base.answers[0].likelihoods);

  await files.setInputFiles([file('japanese.yaml', golden('japanese.yaml')), rows('japanese.jsonl', 200)]);
  await expect(section.getByRole('status')).toContainText('japanese');
  await section.getByRole('button', { name: 'Stop' }).click();
  await expect(section).toContainText('Stopped before a task was done.', { timeout: 60_000 });
});
