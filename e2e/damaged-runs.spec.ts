import { expect, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

// What a service worker keeps would come in place of the file that fails.
test.use({ serviceWorkers: 'block' });

test('a damaged run hides no other, is taken away and deleted; a step that cannot be shown leaves the others', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.evaluate(async () => {
    const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs', { create: true });
    const info = JSON.stringify({ fingerprint: 'f', created: '2026-11-01T00:00:00Z' });
    const origin = { source: { kind: 'example' }, model: {}, table: 't.csv', totalSteps: 3 };
    const kept: Record<string, Record<string, string>> = {
      good: { 'run.json': '{}', 'info.json': info },
      bad: { 'run.json': '{}', 'info.json': info, 'origin.json': JSON.stringify(origin) },
      worse: { 'run.json': 'null', 'info.json': 'null' },
    };
    for (const [id, files] of Object.entries(kept)) {
      const folder = await runs.getDirectoryHandle(id, { create: true });
      for (const [name, text] of Object.entries(files)) {
        const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await writable.write(text);
        await writable.close();
      }
    }
  });
  await page.reload();
  await studio.goTo('train');
  await expect(page.getByTestId('run-row')).toHaveCount(1);
  const damaged = page.getByTestId('damaged-run');
  await expect(damaged).toHaveCount(2);
  await expect(page.locator('[data-run="bad"]')).toContainText('origin.json');
  await studio.expectAccessible();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('[data-run="bad"]').getByTestId('export').click(),
  ]);
  expect(download.suggestedFilename()).toBe('bad-run.zip');
  for (const id of ['bad', 'worse']) {
    const remove = page.locator(`[data-run="${id}"]`).getByTestId('delete-run');
    await remove.click();
    await remove.click();
    await expect(page.locator(`[data-run="${id}"]`)).toHaveCount(0);
  }
  await expect(page.getByTestId('run-row')).toHaveCount(1);

  await page.route(/assets\/UseStep-.*\.js/, (route) => route.abort());
  await page.reload();
  await studio.goTo('use');
  await expect(page.getByTestId('load-again')).toBeVisible();
  await studio.expectAccessible();
  await studio.goTo('train');
  await expect(page.getByTestId('run-row')).toHaveCount(1);
});
