import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { recordMainThread } from './long-tasks.ts';
import { example, StudioPage } from './studio.ts';

/** What may hold the page up, in ms of processor time. */
const longest = 50;

const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));

interface KeptRun {
  readonly id: string;
  readonly steps: number;
}

/** Writes runs into the browser's storage as the page would have kept them. */
async function keep(page: Page, runs: readonly KeptRun[]): Promise<void> {
  await page.evaluate(
    async ({ runs, config }) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs', { create: true });
      for (const { id, steps } of runs) {
        const folder = await root.getDirectoryHandle(id, { create: true });
        const lines = Array.from({ length: steps }, (_, index) => {
          const step = index + 1;
          const evaluated = step % 500 === 0 ? { eval_loss: 2 + Math.cos(step) } : {};
          const loss = 3 + Math.sin(step);
          return JSON.stringify({
            step,
            epoch: step / 75,
            loss,
            learning_rate: 1e-3,
            grad_norm: 1,
            tokens: 512,
            ...evaluated,
          });
        });
        const named = { ...config, environment: { ...config.environment, experiment_name: id } };
        const files = {
          'info.json': JSON.stringify({ fingerprint: 'none', created: `2026-01-01T00:00:00.${id.slice(-3)}Z` }),
          'origin.json': JSON.stringify({
            source: { kind: 'example' },
            model: 'example',
            table: 'data.csv',
            totalSteps: steps,
          }),
          'state.json': JSON.stringify({ phase: 'stopped' }),
          'metrics.jsonl': `${lines.join('\n')}\n`,
          'run.json': JSON.stringify(named),
        };
        for (const [name, text] of Object.entries(files)) {
          const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
          await writable.write(text);
          await writable.close();
        }
      }
    },
    { runs, config },
  );
}

async function expectShortTasks(page: Page, act: () => Promise<void>): Promise<void> {
  const end = await recordMainThread(page);
  await act();
  expect((await end())[0]).toBeLessThanOrEqual(longest);
}

test('a list of 200 runs, and a run of 100,000 steps, hold the page up for no moment', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const many = Array.from({ length: 199 }, (_, index) => ({ id: `run-${String(index).padStart(3, '0')}`, steps: 300 }));
  await keep(page, [...many, { id: 'run-999', steps: 100_000 }]);
  await page.reload();
  await studio.open();
  await studio.goTo('data');
  // By selectors of the page's own: Playwright's waits look through all of the page, which takes longer than what is measured.
  const isThere = (selector: string, count: number) =>
    page.waitForFunction(([all, so]) => document.querySelectorAll(all).length === so, [selector, count] as const);
  await expectShortTasks(page, async () => {
    await page.evaluate(() => document.querySelectorAll<HTMLElement>('nav button')[3]!.click());
    await isThere('[data-testid="run-row"]', 20);
  });
  await page.getByTestId('more-runs').click();
  await expect(page.getByTestId('run-row')).toHaveCount(40);

  const look = async (id: string, lines: number) => {
    await page.evaluate(
      (run) => document.querySelector<HTMLElement>(`[data-run="${run}"] [data-testid="look"]`)!.click(),
      id,
    );
    const isShown = (run: string) =>
      [...document.querySelectorAll('h2')].some(({ textContent }) => textContent === run);
    await page.waitForFunction(isShown, id);
    await isThere('figure .recharts-line', lines);
  };
  // The first charts of a visit are work of their own, however short the run; a run that was evaluated has one line more.
  await expectShortTasks(page, () => look('run-198', 4));
  await expectShortTasks(page, () => look('run-999', 5));
});
