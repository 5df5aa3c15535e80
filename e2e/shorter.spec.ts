import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { type HubServer, startHubServer } from './hub-server.ts';
import { example, StudioPage } from './studio.ts';

const json = (name: string, content: unknown) => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify(content)),
});

/** What has the focus: its test id or text, or `body` where it was lost. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: at, body } = document;
    if (!at || at === body) return 'body';
    return at.closest('[data-testid]')?.getAttribute('data-testid') || at.id || at.textContent || at.tagName;
  });

const boxOf = async (locator: Locator) => (await locator.boundingBox())!;

test.describe('with a Hub', () => {
  let folder: string;
  let hub: HubServer;
  test.beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'atelier-hub-'));
    cpSync(example('model'), join(folder, 'ai', 'tiny'), { recursive: true });
    hub = await startHubServer(folder);
  });
  test.afterAll(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });

  test('Enter searches, opens and asks in every box of the Hub', async ({ page }) => {
    const studio = new StudioPage(page);
    await studio.open();
    await page.getByTestId('hub-more').click();
    await page.getByTestId('hub-endpoint').fill(hub.url);
    await page.getByTestId('hub-id').fill('tiny');
    await page.getByTestId('hub-id').press('Enter');
    await expect(page.getByTestId('found-models')).toContainText('ai/tiny');
    await page.getByTestId('hub-id').fill('ai/nothing');
    await page.getByTestId('hub-endpoint').press('Enter');
    await expect(page.locator('[data-error="hub-not-found"]')).toContainText('ai/nothing');
    await page.getByTestId('hub-id').fill('ai/tiny');
    await page.getByTestId('hub-token').press('Enter');
    await expect(page.getByTestId('opened-model')).toContainText('ai/tiny');

    await studio.goTo('data');
    await page.getByTestId('dataset-more').click();
    await page.getByTestId('dataset-endpoint').fill(hub.url);
    await page.getByTestId('dataset-id').fill('ai/no-data');
    await page.getByTestId('dataset-id').press('Enter');
    await expect(page.locator('[data-error="hub-not-found"]')).toContainText('ai/no-data');
  });
});

test('settings that name a model offer to open it, and say that a folder is to be chosen', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.route('https://huggingface.co/**', (route) => route.abort());
  await studio.goTo('train');
  const load = (llm_backbone: string) =>
    page.getByTestId('config-file').setInputFiles([json('run.json', { model: { llm_backbone } })]);
  await load('../models/my-llama');
  await expect(page.getByTestId('named-model')).toContainText('../models/my-llama');
  await expect(page.getByRole('button', { name: 'Choose a folder' }).first()).toBeVisible();
  await load('Qwen/Qwen2.5-0.5B');
  await studio.expectAccessible();
  await page.getByRole('button', { name: 'Load Qwen/Qwen2.5-0.5B' }).click();
  await expect(page.locator('[data-error="hub-offline"]')).toContainText('huggingface.co');
});

test('the example asks before it replaces an own table, and shows no empty form', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('data');
  await studio.dropTable('mine.csv', 'instruction,output\nWho?,Me.\nWhere?,Here.\nWhen?,Now.\n');
  await expect(page.getByTestId('opened-data')).toContainText('mine.csv');
  await studio.goTo('model');
  await page.getByTestId('try-example').click();
  await expect(page.getByRole('dialog')).toContainText('mine.csv');
  await studio.expectAccessible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect.poll(() => focused(page)).toBe('try-example');
  // A form that was drawn, if only for one frame, is counted.
  await page.evaluate(() => {
    const seen = { forms: 0 };
    Object.assign(window, { seen });
    new MutationObserver(() => {
      if (document.querySelector('[data-testid="setting-learning_rate"]')) seen.forms++;
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.getByTestId('try-example').click();
  await page.getByTestId('replace-own').click();
  await studio.waitForPhase('training', 120_000);
  expect(await page.evaluate(() => (window as unknown as { seen: { forms: number } }).seen.forms)).toBe(0);
});

test('Next leads to Start; Pause and Stop answer at once, and what comes next stands where Stop was', async ({
  page,
}) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('data');
  await page.getByTestId('data-example').click();
  await page.getByRole('button', { name: 'Next: Train' }).click();
  await expect(page.getByTestId('start')).toBeFocused();
  await expect(page.getByTestId('start')).toBeInViewport();
  await page.keyboard.press('Enter');
  await studio.waitForPhase('training', 120_000);
  expect(await focused(page)).not.toBe('body');

  const drawnAfterPress = await page.getByTestId('pause').evaluate((button: HTMLElement) => {
    button.click();
    return new Promise((drawn) => requestAnimationFrame(() => drawn(button.textContent)));
  });
  expect(drawnAfterPress).toBe('Pausing…');
  await studio.waitForPhase('paused', 60_000);
  await expect(page.getByTestId('pause')).toHaveText('Resume');
  await page.getByTestId('pause').click();
  await studio.waitForPhase('training', 60_000);

  const stop = await boxOf(page.getByTestId('stop'));
  await page.getByTestId('stop').focus();
  await page.keyboard.press('Enter');
  await studio.waitForPhase('stopped', 60_000);
  const next = page.getByTestId('to-use');
  await expect(next).toHaveText('Chat with it');
  await expect(next).toBeFocused();
  const box = await boxOf(next);
  expect(box.y).toBeCloseTo(stop.y, 0);
  const middle = stop.x + stop.width / 2;
  expect(box.x).toBeLessThan(middle);
  expect(box.x + box.width).toBeGreaterThan(middle);

  // The evaluation counts the step it follows.
  await page.getByText('Log', { exact: true }).click();
  const rows = page.locator('section[aria-label="Log"] tbody tr').filter({ hasText: 'Evaluating' });
  const evaluated = await rows.locator('td:nth-child(2)').allTextContents();
  const { validation } = await studio.lossTable();
  expect(evaluated.length).toBe(validation.length);

  // Deleted with the keyboard: the focus stays in the list.
  await page.getByTestId('new-run').click();
  await page.getByRole('button', { name: 'Delete' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  await expect.poll(() => focused(page)).not.toBe('body');
});

for (const [name, viewport] of [
  ['on a desktop', { width: 1440, height: 900 }],
  ['on a phone', { width: 390, height: 844 }],
] as const) {
  test.describe(name, () => {
    test.use({ viewport });
    test('taking the last tick does not move the tree under the pointer', async ({ page }) => {
      const studio = new StudioPage(page);
      await page.goto('/');
      await studio.openExampleModel();
      await studio.goTo('layers');
      const box = page.getByRole('checkbox', { name: 'LoRA on model', exact: true });
      await expect(box).toHaveJSProperty('indeterminate', true);
      await box.scrollIntoViewIfNeeded();
      const { y } = await boxOf(box);
      await box.click();
      await expect(box).toBeChecked();
      expect((await boxOf(box)).y).toBe(y);
      await box.click();
      await expect(page.locator('[data-error="nothing-trained"]')).toBeVisible();
      expect((await boxOf(box)).y).toBe(y);
    });
  });
}

test.describe('the sheet of a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test('closes on Escape, and where another step is shown', async ({ page }) => {
    const studio = new StudioPage(page);
    await page.goto('/');
    await studio.openExampleModel();
    const summary = page.locator('aside button[aria-expanded]').first();
    await summary.click();
    await expect(summary).toHaveAttribute('aria-expanded', 'true');
    await page.keyboard.press('Escape');
    await expect(summary).toHaveAttribute('aria-expanded', 'false');
    await expect(summary).toBeFocused();
    await summary.click();
    await page.getByTestId('checks').getByRole('button').first().click();
    await expect(summary).toHaveAttribute('aria-expanded', 'false');
    await expect.poll(() => focused(page)).not.toBe('body');
    await studio.goTo('model');
    await expect(summary).toHaveAttribute('aria-expanded', 'false');
  });
});

test('what is dropped in the wrong place is named as what it is', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const error = page.locator('[data-error="files-of-another-kind"]');
  await page
    .getByTestId('model-files')
    .setInputFiles([{ name: 'data.csv', mimeType: 'text/csv', buffer: readFileSync(example('data.csv')) }]);
  await expect(error).toContainText('tables');
  await expect(error).toContainText('Data step');
  await page.getByTestId('model-files').setInputFiles([json('adapter_config.json', { peft_type: 'LORA' })]);
  await expect(error).toContainText('Open its base model first');
  await studio.goTo('data');
  await studio.dropTable('run.json', readFileSync(example('run.json')));
  await expect(error).toContainText('settings');
});
