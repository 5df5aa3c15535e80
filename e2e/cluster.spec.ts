import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { unzipSync, zipSync } from 'fflate';
import { expectSameLosses, stoppedRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

test('a run that was stopped is taken to a cluster, and the run in that project goes on here to the same losses', async ({
  page,
  browser,
}) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await stoppedRun(studio, 'leaving');

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
  await expectSameLosses(other, studio);
});
