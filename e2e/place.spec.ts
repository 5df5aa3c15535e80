import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { example, StudioPage } from './studio.ts';

const rows = readFileSync(example('data.csv'), 'utf8');

async function setUp(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('faq.csv', rows);
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('train');
}

/** A run that goes on for as long as a test needs it, with a checkpoint after a few steps. */
async function startLongRun(studio: StudioPage): Promise<void> {
  const { page } = studio;
  await setUp(studio);
  const config = JSON.parse(readFileSync(example('run.json'), 'utf8'));
  const training = { ...config.training, max_steps: 4000, evaluation_epochs: 0.2 };
  // Without a name of its own.
  const environment = { ...config.environment, experiment_name: '' };
  const buffer = Buffer.from(
    JSON.stringify({ ...config, environment, training, prediction: { max_length_inference: 4 } }),
  );
  await page.getByTestId('config-file').setInputFiles({ name: 'run.json', mimeType: 'application/json', buffer });
  await page.getByTestId('start').click();
  await studio.waitForPhase('training', 120_000);
}

const trainedTo = (studio: StudioPage, step: number) =>
  expect
    .poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0, { timeout: 120_000 })
    .toBeGreaterThanOrEqual(step);

const hash = (page: Page) => page.evaluate(() => location.hash);

test('Back and Forward move between steps, and a reload stays with all that was set up', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.getByTestId('restored')).toHaveCount(0);
  expect(await hash(page)).toBe('');
  await setUp(studio);
  await studio.set('learning_rate', '7e-4');
  await page.goBack();
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  expect(await hash(page)).toBe('#/data');
  await page.goBack();
  await expect(page.getByTestId('opened-model')).toBeVisible();
  await page.goForward();
  await page.goForward();
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue(/^(7e-4|0\.0007)$/);
  await page.waitForTimeout(600);

  await page.reload();
  const restored = page.getByTestId('restored');
  await expect(restored).toContainText('faq.csv');
  await expect(restored).toHaveAttribute('data-pending', 'false');
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue(/^(7e-4|0\.0007)$/);
  await expect(page.getByTestId('checks').locator('[data-ok="false"]')).toHaveCount(0);
  await studio.expectAccessible();
  await page.locator('header').getByText('日本語').click();
  await expect(restored).toContainText('前回の設定を復元しました');
  await studio.expectAccessible();
  await page.locator('header').getByText('EN').click();

  await page.getByTestId('start-over').click();
  await expect(restored).toHaveCount(0);
  await studio.goTo('model');
  await expect(page.getByTestId('try-example')).toBeVisible();
  await page.reload();
  await expect(page.locator('header [data-executor]')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByTestId('try-example')).toBeVisible();
  await expect(restored).toHaveCount(0);
});

test('a run whose page went is offered first and resumes exactly, and its address opens it', async ({
  page,
  context,
}) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await startLongRun(studio);
  await trainedTo(studio, 12);
  await expect(page.locator('aside')).toContainText('Run summary');
  await expect(page.locator('aside')).toContainText('atelier-example · faq');
  const address = page.url();
  expect(address).toMatch(/#\/runs\/.+/);

  // The form of the next run stands beside it, with its own card.
  await page.getByTestId('next-run').click();
  await expect(page.locator('aside')).toContainText('New run');
  await expect(page.getByTestId('start')).toHaveAttribute('aria-disabled', 'true');
  await page.getByTestId('back-to-run').click();
  // A pause saves; what comes after it is lost with the page, and made again.
  await page.getByTestId('pause').click();
  await studio.waitForPhase('paused', 60_000);
  const saved = (await studio.lossTable()).steps.at(-1)!;
  await page.getByTestId('pause').click();
  await trainedTo(studio, saved + 8);
  const before = await studio.lossTable();
  await page.close();

  const again = new StudioPage(await context.newPage());
  await again.page.goto('/');
  const offer = again.page.getByTestId('interrupted');
  await expect(offer).toContainText('atelier-example · faq');
  await expect(offer).toContainText(/Saved at step/);
  await again.expectAccessible();
  const [first] = await again.page
    .locator('main > *')
    .evaluateAll((all) => all.map((each) => each.getAttribute('data-testid')));
  expect(first, 'before anything else').toBe('interrupted');
  await again.page.getByTestId('resume-interrupted').click();
  await again.waitForPhase('training', 120_000);
  await trainedTo(again, before.steps.at(-1)!);
  expect((await again.lossTable()).losses.slice(0, before.losses.length)).toEqual(before.losses);
  await again.page.getByTestId('stop').click();
  await again.waitForPhase('stopped', 60_000);
  await expect(again.page.getByTestId('persisted')).toBeVisible();

  const linked = await context.newPage();
  await linked.goto(address);
  await expect(linked.getByRole('region', { name: 'atelier-example · faq', exact: true })).toBeVisible();
  await expect(linked.getByTestId('interrupted')).toHaveCount(0);
  await linked.goto(`${new URL('/', address)}#/runs/no-such-run`);
  await expect(linked.getByTestId('missing-run')).toContainText('no-such-run');
  await new StudioPage(linked).expectAccessible();
});

test('of two tabs one writes into a run, and the other says so', async ({ page, context }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await startLongRun(studio);
  await trainedTo(studio, 3);
  const other = new StudioPage(await context.newPage());
  await other.page.goto('/#/train');
  await expect(other.page.getByTestId('elsewhere')).toContainText('that tab');
  await expect(other.page.getByTestId('run-row')).toContainText('Training in another tab');
  for (const act of ['resume-past', 'delete-run', 'interrupted'])
    await expect(other.page.getByTestId(act)).toHaveCount(0);
  await other.expectAccessible();
  await other.page.getByTestId('rename').click();
  await other.page.getByTestId('new-name').fill('mine');
  await other.page.getByTestId('new-name').press('Enter');
  await expect(other.page.locator('[data-error="run-elsewhere"]')).toBeVisible();
  await expect(other.page.getByTestId('run-row')).not.toContainText('mine');

  // Once the first lets go of it, by itself or by its tab's end, the other may.
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  await expect(other.page.getByTestId('resume-past')).toBeVisible();
  await page.getByTestId('resume').click();
  await studio.waitForPhase('training', 60_000);
  await expect(other.page.getByTestId('elsewhere')).toBeVisible();
  await page.close();
  await expect(other.page.getByTestId('interrupted')).toBeVisible();
  await expect(other.page.getByTestId('resume-past')).toBeVisible();
});

test('the list of runs sorts, filters, and sets up another run from one of them', async ({ page }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await setUp(studio);
  await page.getByText('Steps', { exact: true }).click();
  for (const [rate, steps] of [
    ['3e-4', '4'],
    ['9e-4', '2'],
  ] as const) {
    await studio.set('learning_rate', rate);
    await studio.set('max_steps', steps);
    await page.getByTestId('start').click();
    await studio.waitForPhase('finished', 120_000);
    await page.getByTestId('new-run').click();
  }
  const row = page.getByTestId('run-row');
  await expect(row.first()).toContainText('9e-4');
  await page.getByTestId('sort-learningRate').click();
  await expect(row.first()).toContainText('3e-4');
  await expect(row.first().locator('[data-label="Rows"]')).toHaveText(/^1\d\d$/);
  await page.getByTestId('filter-runs').fill('qwen');
  await expect(row).toHaveCount(0);
  await page.getByTestId('filter-runs').fill('FAQ lora');
  await expect(row).toHaveCount(2);
  await studio.expectAccessible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await studio.expectAccessible();
  await page.setViewportSize({ width: 1440, height: 900 });

  await row.first().getByTestId('reuse-run').click();
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue(/^(3e-4|0\.0003)$/);
  await expect(page.getByTestId('setting-max_steps')).toHaveValue('4');
  await row.first().getByTestId('train-on').click();
  await studio.goTo('model');
  await expect(page.getByTestId('continued-adapter')).toContainText('atelier-example · faq');
  await expect(page.getByTestId('restored')).toHaveAttribute('data-pending', 'false');
  await studio.goTo('train');
  await expect(page.getByTestId('checks').locator('[data-ok="false"]')).toHaveCount(0);
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 120_000);
});

test.describe('in Japanese', () => {
  test.use({ locale: 'ja-JP' });

  test('a tab that crashes loses nothing: Back, another tab, and the link of the run', async ({ page, context }) => {
    test.setTimeout(420_000);
    const studio = new StudioPage(page);
    await studio.open();
    await startLongRun(studio);
    await trainedTo(studio, 12);
    const address = page.url();
    await page.goBack();
    await expect(page.locator('[data-testid="run-view"]')).toHaveCount(0);
    await page.goForward();
    await studio.waitForPhase('training', 20_000);
    await page.getByTestId('pause').click();
    await studio.waitForPhase('paused', 60_000);
    await page.getByTestId('pause').click();
    const before = await studio.lossTable();

    const other = new StudioPage(await context.newPage());
    await other.page.goto('/#/train');
    await expect(other.page.getByTestId('run-row')).toContainText('別のタブで学習中');
    await crash(page);
    await expect(other.page.getByTestId('interrupted')).toContainText('学習が中断されました', { timeout: 60_000 });
    await other.expectAccessible();
    await other.page.close();

    const again = new StudioPage(await context.newPage());
    await again.page.goto(address);
    await expect(again.page.getByTestId('resume-past')).toBeVisible({ timeout: 60_000 });
    await again.page.getByTestId('resume-past').click();
    await again.waitForPhase('training', 120_000);
    await trainedTo(again, before.steps.at(-1)! + 1);
    expect((await again.lossTable()).losses.slice(0, before.losses.length)).toEqual(before.losses);
    await again.page.reload();
    await expect(again.page.getByTestId('interrupted')).toContainText('学習が中断されました', { timeout: 60_000 });
    await again.expectAccessible();
  });
});

/** Ends the process of the tab, as running out of memory does. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  await page.goto('chrome://crash').catch(() => undefined);
  await crashed;
}
