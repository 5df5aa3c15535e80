import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { example, type StudioPage } from './studio.ts';

const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));

/** Starts the example's run with some settings changed. */
export async function startRun(studio: StudioPage, changes: Record<string, Record<string, unknown>>): Promise<void> {
  const { page } = studio;
  await studio.goTo('model');
  if (!(await page.getByTestId('opened-model').isVisible())) {
    await studio.openExampleModel();
    await studio.goTo('data');
    await studio.dropTable('data.csv', readFileSync(example('data.csv')));
    await expect(page.getByTestId('token-row').first()).toBeVisible({ timeout: 60_000 });
  }
  await studio.goTo('train');
  const sections = new Set([...Object.keys(config), ...Object.keys(changes)]);
  const merged = Object.fromEntries([...sections].map((key) => [key, { ...config[key], ...changes[key] }]));
  const buffer = Buffer.from(JSON.stringify(merged));
  await page.getByTestId('config-file').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });
  await page.getByTestId('start').click();
}

/** Starts a run of 400 updates, and stops it after a few. */
export async function stoppedRun(studio: StudioPage, name: string): Promise<void> {
  await startRun(studio, {
    training: { max_steps: 400, evaluation_epochs: 100 },
    environment: { experiment_name: name },
  });
  await expect.poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 }).toBeGreaterThan(3);
  await studio.page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
}

/** Resumes a run here and there; at least twelve more losses are the same. */
export async function expectSameLosses(other: StudioPage, studio: StudioPage): Promise<void> {
  const twelveMore = async (on: StudioPage): Promise<number[]> => {
    await on.page.getByTestId('resume-past').or(on.page.getByTestId('resume')).first().click();
    await on.waitForPhase('training', 120_000);
    const seen = (await on.lossTable()).steps.length;
    await expect.poll(async () => (await on.lossTable()).steps.length, { timeout: 60_000 }).toBeGreaterThan(seen + 12);
    return (await on.lossTable()).losses.slice(0, seen + 12);
  };
  const [there, here] = [await twelveMore(other), await twelveMore(studio)];
  const common = Math.min(there.length, here.length);
  expect(there.slice(0, common)).toEqual(here.slice(0, common));
}

/** Few updates, and short answers. */
export const short = { training: { max_steps: 6, evaluation_epochs: 0.2 }, prediction: { max_length_inference: 12 } };

export async function downloaded(page: Page, testId: string): Promise<Record<string, Uint8Array>> {
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    page.getByTestId(testId).click(),
  ]);
  return unzipSync(new Uint8Array(readFileSync(await download.path())));
}
