import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

const runs = '[data-testid="runs-folder"]';

test('runs are kept in a folder that the visitor picks, which is known at the next visit', async ({ page }) => {
  // No dialog can be answered here: the folder picked is one of the browser's own storage.
  await page.addInitScript(() => {
    const pick = async () => {
      const storage = await navigator.storage.getDirectory();
      return storage.getDirectoryHandle('my runs', { create: true });
    };
    const granted = async () => 'granted';
    Object.assign(globalThis, { showDirectoryPicker: pick });
    Object.assign(FileSystemHandle.prototype, { queryPermission: granted, requestPermission: granted });
  });
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await expect(page.locator(runs)).toContainText('saved in this browser');
  await page.getByTestId('pick-runs-folder').click();
  await expect(page.locator(runs)).toContainText('saved in the folder my runs');
  await studio.expectAccessible();

  await studio.goTo('model');
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '2');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 120_000);
  const files = await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('my runs');
    const found: string[] = [];
    for await (const run of (folder as unknown as { values(): AsyncIterable<FileSystemDirectoryHandle> }).values())
      for await (const name of (run as unknown as { keys(): AsyncIterable<string> }).keys()) found.push(name);
    return found;
  });
  expect(files).toEqual(expect.arrayContaining(['run.json', 'metrics.jsonl', 'checkpoints']));

  await page.reload();
  await studio.goTo('train');
  await expect(page.locator(runs)).toContainText('saved in the folder my runs');
  await expect(page.getByTestId('export')).toHaveCount(1);
  await page.getByTestId('runs-in-browser').click();
  await expect(page.getByTestId('export')).toHaveCount(0);
});
