import { readFileSync } from 'node:fs';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { inflateSync } from 'fflate';
import { example, StudioPage } from './studio.ts';

const rows = readFileSync(example('data.csv'), 'utf8');
const steps = 8;

/** Trains a few steps of the example model on a table of the visitor's own. */
async function train(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('private-letters.csv', rows);
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('train');
  const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));
  const training = { ...config.training, max_steps: steps, evaluation_epochs: 0.2 };
  const environment = { ...config.environment, experiment_name: 'My secret name' };
  const prediction = { ...config.prediction, max_length_inference: 4 };
  const buffer = Buffer.from(JSON.stringify({ ...config, environment, training, prediction }));
  await page.getByTestId('config-file').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 180_000);
}

/** The page in another browser: nothing is kept there. */
async function elsewhere(browser: Browser, address: string): Promise<StudioPage> {
  const context = await browser.newContext();
  const studio = new StudioPage(await context.newPage());
  await studio.page.goto(address);
  await expect(studio.page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  return studio;
}

const said = (page: Page) => page.getByTestId('replay-said');

async function replay(studio: StudioPage, table: string): Promise<void> {
  const { page } = studio;
  await page.getByTestId('replay').click();
  await expect(said(page)).toContainText('Load first: Data');
  await page
    .getByTestId('bring-table')
    .setInputFiles({ name: 'same-rows.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
}

test('a run goes as a link to another browser, which shows it, and does it again', async ({ page, browser }) => {
  test.setTimeout(900_000);
  const studio = new StudioPage(page);
  await studio.open();
  await train(studio);
  const original = await studio.lossTable();
  const verdict = await page.getByTestId('verdict').locator('p').first().textContent();
  const evalLoss = await page.getByTestId('number-eval-loss').textContent();

  await page.getByTestId('share').click();
  await expect(page.getByTestId('share-link')).toHaveValue(/#\/shared\/[\w-]{500,8000}$/);
  const address = await page.getByTestId('share-link').inputValue();
  await studio.expectAccessible();
  const bytes = new Uint8Array(Buffer.from(address.slice(address.indexOf('#/shared/') + 9), 'base64url'));
  const held = new TextDecoder().decode(inflateSync(bytes.subarray(5)));
  expect(JSON.parse(held)).toEqual(JSON.parse((await page.getByTestId('share-held').textContent())!));
  const cells = rows.split(/[\n,"]/).filter((cell) => cell.trim().length > 12);
  expect(cells.length).toBeGreaterThan(100);
  expect([...cells, 'private-letters', 'My secret name'].filter((text) => held.includes(text))).toEqual([]);
  await page.getByTestId('share-names').check();
  await expect(page.getByTestId('share-held')).toContainText('private-letters.csv');

  const download = async () => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('share-file').click()]);
    return readFileSync(await file.path(), 'utf8');
  };
  expect(JSON.parse(await download())).not.toHaveProperty('answers');
  await page.getByTestId('share-answers').check();
  await expect(page.getByTestId('share-file')).toBeVisible();
  const file = await download();
  expect(JSON.parse(file).answers.length).toBeGreaterThan(0);

  const other = await elsewhere(browser, address);
  const shown = other.page.getByTestId('shared-run');
  await expect(shown).toContainText('Someone else made this run');
  await expect(other.page.getByTestId('verdict')).toContainText(verdict!);
  await expect(shown).toContainText(evalLoss!);
  await expect(shown).not.toContainText('My secret name');
  const there = await other.lossTable();
  expect(there).toEqual(original);
  expect(there.steps).toHaveLength(steps);
  await expect(other.page.locator('aside')).toContainText(`Step ${steps} of ${steps}`);
  await expect(other.page.getByTestId('samples')).toHaveCount(0);
  await shown.getByText('Hashes (SHA-256)').click();
  await expect(shown.getByTestId('shared-hashes').locator('dd').first()).toHaveText(/^[0-9a-f]{64}$/);
  await other.expectAccessible();

  await replay(other, rows);
  await expect(said(other.page)).toHaveText(/^Model, data and settings are the same/);
  await other.expectAccessible();
  // Loading the page anew does not end it.
  await other.page.reload();
  await expect(said(other.page)).toHaveText(/^Model, data and settings are the same/, { timeout: 60_000 });
  await other.page.getByTestId('start').click();
  await other.waitForPhase('finished', 180_000);
  const result = other.page.getByTestId('replay-result');
  await expect(result).toHaveAttribute('data-known', 'true');
  await expect(result).toHaveAttribute('data-kind', 'same');
  await expect(other.page.getByTestId('replay-differs')).toHaveCount(0);
  expect((await other.lossTable()).losses).toEqual(original.losses);
  await expect(other.page.getByTestId('overlay')).toHaveValue('shared');
  await other.expectAccessible();
  await other.page.locator('header').getByText('日本語').click();
  await expect(result).toContainText('曲線は同じです');
  await other.page.context().close();

  // With other letters it says so, before and after.
  const changed = await elsewhere(browser, address);
  await replay(changed, rows.replaceAll('a', 'b'));
  await expect(said(changed.page)).toContainText('Not the same: Data');
  await changed.set('learning_rate', '2e-2');
  await expect(changed.page.getByTestId('replay-panel')).toContainText('Changed: training.learning_rate');
  await changed.page.getByTestId('take-shared-settings').click();
  await expect(said(changed.page)).toHaveText('Not the same: Data. The curve will be another one.');
  await changed.page.getByTestId('start').click();
  await changed.waitForPhase('finished', 180_000);
  await expect(changed.page.getByTestId('replay-result')).toHaveAttribute('data-kind', /^(close|apart)$/);
  await expect(changed.page.getByTestId('replay-differs')).toContainText('Data, Rows as the model reads them');
  await changed.page.context().close();

  // The file, on a phone, in Japanese: with the answers.
  const phone = await elsewhere(browser, '/#/train');
  await phone.page.setViewportSize({ width: 375, height: 800 });
  await phone.page
    .getByTestId('import-run')
    .setInputFiles({ name: 'shared-run.json', mimeType: 'application/json', buffer: Buffer.from(file) });
  await expect(phone.page.getByTestId('shared-run')).toContainText('My secret name');
  await expect(phone.page.getByTestId('sample').first()).toBeVisible();
  await phone.page.locator('header').getByText('日本語').click();
  await expect(phone.page.getByTestId('replay')).toHaveText('再現する');
  await phone.expectAccessible();
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  await phone.page.getByTestId('replay').click();
  await expect(phone.page.getByTestId('replay-panel')).toBeVisible();
  await phone.expectAccessible();
  expect(await phone.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
});

test('a damaged link says what to do, and nothing that was set up is lost', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('train');
  await studio.set('learning_rate', '7e-4');
  await page.waitForTimeout(600);
  await page.goto('/#/shared/AcOZmZmZmZmZ');
  const error = page.locator('[data-error="shared-run-invalid"]');
  await expect(error).toContainText('Copy the whole link again');
  await studio.expectAccessible();
  await page.getByTestId('close-shared').click();
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue(/^(7e-4|0\.0007)$/);
  await page.reload();
  await expect(page.getByTestId('restored')).toHaveAttribute('data-pending', 'false', { timeout: 60_000 });
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue(/^(7e-4|0\.0007)$/);
  await page.goto('/#/shared/_w');
  await expect(page.locator('[data-error="shared-run-newer"]')).toContainText('version 255');
});
