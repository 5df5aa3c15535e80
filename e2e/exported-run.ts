import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { example } from './studio.ts';

interface Made {
  readonly name: string;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Steps from one evaluation to the next. */
  readonly evaluated: number;
  readonly loss: (step: number) => number;
  readonly evalLoss?: (step: number) => number;
  /** Settings of the run, by section, over the example's. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A run as another browser would have exported it: its curves need no training here. */
export function exportedRun(run: Made): { name: string; mimeType: string; buffer: Buffer } {
  const { name, steps, stepsPerEpoch, evaluated, loss, evalLoss = loss, settings = {} } = run;
  const lines = Array.from({ length: steps }, (_, index) => {
    const step = index + 1;
    return JSON.stringify({
      step,
      epoch: step / stepsPerEpoch,
      loss: loss(step),
      learning_rate: 1e-2 * Math.min(1, step / 4) * (0.5 + 0.5 * Math.cos((Math.PI * step) / steps)),
      grad_norm: 0.3 + loss(step) / 2,
      ...(step % evaluated === 0 ? { eval_loss: evalLoss(step) } : {}),
    });
  });
  const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));
  for (const [section, keys] of Object.entries({
    ...settings,
    environment: { experiment_name: name, ...settings.environment },
  }))
    config[section] = { ...config[section], ...keys };
  const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  const files = {
    'run.json': text(config),
    'info.json': text({ fingerprint: '', created: '2026-01-02T03:04:05.000Z' }),
    'origin.json': text({ source: { kind: 'example' }, model: 'm', table: 'data.csv', totalSteps: steps }),
    table: readFileSync(example('data.csv')),
    'metrics.jsonl': text(`${lines.join('\n')}\n`),
  };
  return { name: `${name}.zip`, mimeType: 'application/zip', buffer: Buffer.from(zipSync(files, { level: 0 })) };
}

/** A run in the list, by its name. */
export const rowOf = (page: Page, name: string): Locator => page.getByTestId('run-row').filter({ hasText: name });

/** Brings runs into the list, one after the other. */
export async function importRuns(page: Page, runs: readonly Made[]): Promise<void> {
  for (const run of runs) {
    await page.getByTestId('import-run').setInputFiles(exportedRun(run));
    await rowOf(page, run.name).waitFor();
  }
}
