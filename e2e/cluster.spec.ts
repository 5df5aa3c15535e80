import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { unzipSync, zipSync } from 'fflate';
import { example, StudioPage } from './studio.ts';

test('a run that was stopped is taken to a cluster, and the run in that project goes on here to the same losses', async ({
  page,
  browser,
}) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('train');
  const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));
  const training = { ...config.training, max_steps: 400, evaluation_epochs: 100 };
  await page.getByTestId('config-file').setInputFiles({
    ...{ name: 'run.json', mimeType: 'application/json' },
    buffer: Buffer.from(JSON.stringify({ ...config, training })),
  });
  await page.getByTestId('start').click();
  await expect.poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 }).toBeGreaterThan(3);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);

  await studio.goTo('use');
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    page.getByTestId('download-cluster').click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/cluster\.zip$/);
  const files = unzipSync(new Uint8Array(readFileSync(await download.path())));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['train.py', 'accelerate/ddp.yaml', 'data/rows.jsonl']));
  const script = Buffer.from(files['train.py']!).toString();
  const done = Number(/^DONE, STEPS, STEPS_PER_EPOCH = (\d+), 400,/m.exec(script)![1]);
  const updates = Buffer.from(files['data/updates.jsonl']!).toString().trimEnd().split('\n');
  expect(updates).toHaveLength(400 - done);

  // train.py zips this folder when it ends.
  const run = Object.entries(files).flatMap(([path, bytes]) =>
    path.startsWith('run/') ? [[path.slice('run/'.length), bytes]] : [],
  );
  const other = new StudioPage(await (await browser.newContext()).newPage());
  await other.open();
  await other.goTo('train');
  await other.page.getByTestId('import-run').setInputFiles({
    ...{ name: 'run.zip', mimeType: 'application/zip' },
    buffer: Buffer.from(zipSync(Object.fromEntries(run), { level: 0 })),
  });
  await studio.goTo('train');
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
});
