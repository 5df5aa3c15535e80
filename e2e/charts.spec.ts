import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { zipSync } from 'fflate';
import { recordMainThread } from './long-tasks.ts';
import { example, StudioPage } from './studio.ts';

const steps = 100_000;

/** A run of 100,000 logged steps as another browser would have exported it. */
function longRun(): Buffer {
  const lines = Array.from({ length: steps }, (_, index) => {
    const loss = 3 * Math.exp(-index / 20_000) + 0.3 * Math.sin(index * 12.9898) ** 2;
    const evaluated = index % 1000 === 999 ? { eval_loss: loss * 1.1 } : {};
    return JSON.stringify({
      step: index + 1,
      epoch: index / 500,
      loss,
      learning_rate: 1e-3,
      grad_norm: 1,
      ...evaluated,
    });
  });
  const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  const created = '2026-01-02T03:04:05.000Z';
  const files = {
    'run.json': readFileSync(example('run.json')),
    'info.json': text({ fingerprint: '', created }),
    'origin.json': text({ source: { kind: 'example' }, model: 'm', table: 'data.csv', totalSteps: steps }),
    table: readFileSync(example('data.csv')),
    'metrics.jsonl': text(`${lines.join('\n')}\n`),
  };
  return Buffer.from(zipSync(files, { level: 0 }));
}

test('a chart of 100,000 steps is smoothed, put on a log scale and read as a table without a long task', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await page
    .getByTestId('import-run')
    .setInputFiles({ name: 'run.zip', mimeType: 'application/zip', buffer: longRun() });
  await page.getByRole('button', { name: 'Look' }).click();
  const figure = page.locator('figure').first();
  const smoothing = figure.getByRole('slider', { name: 'Smoothing' });
  await expect(smoothing).toBeVisible();
  await smoothing.fill('0.5');
  const end = await recordMainThread(page);
  for (const weight of ['0.8', '0.95', '0.2', '0.99']) await smoothing.fill(weight);
  const [longest] = await end();
  expect(longest, 'ms of the processor').toBeLessThan(50);
  await figure.getByRole('button', { name: 'Log scale' }).click();
  await expect(figure.getByRole('button', { name: 'Linear scale' })).toBeVisible();
  await studio.expectAccessible();
  const table = await studio.lossTable();
  expect(table.steps[0]).toBe(1);
  expect(table.steps.length).toBeLessThanOrEqual(300);
});
