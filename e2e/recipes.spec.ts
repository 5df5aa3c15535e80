import { expect, type Page, test } from '@playwright/test';
import { StudioPage } from './studio.ts';

test.setTimeout(600_000);

/** Rows of more than 64 tokens, whose question stands at their beginning. */
const rows = Array.from({ length: 10 }, (_, index) => {
  const things = Array.from({ length: 5 }, (_, place) => `the colour of thing number ${index + place}`).join(' and ');
  return `"What is number ${index}? Think of ${things}.","Number ${index}, meow!"`;
});
const table = `question,answer\n${rows.join('\n')}\n`;

/** Counts what is pressed by hand. */
async function counting(page: Page) {
  await page.evaluate(() => {
    Object.assign(window, { pressed: 0 });
    addEventListener('click', () => ((window as unknown as { pressed: number }).pressed += 1), { capture: true });
  });
  return () => page.evaluate(() => (window as unknown as { pressed: number }).pressed);
}

const lengthOf = async (page: Page) => Number(await page.getByTestId('setting-max_length').inputValue());

async function startAndTake(page: Page, studio: StudioPage): Promise<void> {
  await expect(page.getByTestId('recipe-line')).toContainText('Balanced, for 10 rows of about');
  expect(await lengthOf(page)).toBeGreaterThan(64);
  await expect(page.getByText('To start:')).toHaveCount(0);
  await expect(page.getByTestId('start')).toBeInViewport();
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 400_000);
  const saving = page.waitForEvent('download');
  // Where the run has a verdict that offers the download, that is its button.
  await page.getByTestId('verdict-download').or(page.getByTestId('download-peft')).first().click();
  expect((await saving).suggestedFilename()).toContain('.zip');
}

test('an own CSV becomes an adapter in five clicks, with the settings that its rows ask for', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  const pressed = await counting(page);
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('own.csv', table);
  await page.getByRole('button', { name: 'Next' }).click();
  await startAndTake(page, studio);
  expect(await pressed()).toBeLessThanOrEqual(5);
  const settings = JSON.parse((await page.locator('details pre').first().textContent())!);
  expect(settings.training).toMatchObject({ recipe: 'balanced', max_steps: 0, save_checkpoint: 'best' });
});

test('after the example an own CSV is trained with the length of its own rows', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await page.getByTestId('try-example').click();
  await studio.waitForPhase('training', 120_000);
  await page.getByTestId('stop').click();
  await studio.waitForPhase('stopped', 60_000);
  const pressed = await counting(page);
  await studio.goTo('data');
  await page.getByRole('button', { name: 'Choose another dataset' }).click();
  await studio.dropTable('own.csv', table);
  await page.getByRole('button', { name: 'Next' }).click();
  await startAndTake(page, studio);
  expect(await pressed()).toBeLessThanOrEqual(5);
  const settings = JSON.parse((await page.locator('details pre').first().textContent())!);
  expect(settings.tokenizer.max_length).toBeGreaterThan(64);
  expect(settings.training.learning_rate).not.toBe(1e-2);
  expect(settings.environment.experiment_name).not.toBe('cat');
});

test('a recipe is changed by one click, and leaves alone what was set by hand', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await expect(page.getByText('Load a model and a dataset')).toBeVisible();
  await studio.goTo('model');
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('own.csv', table);
  await studio.goTo('train');
  await expect(page.getByTestId('recipe-balanced')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('recipe-thorough')).toContainText(/\d+ steps · /);
  const before = await page.getByTestId('setting-epochs').inputValue();
  await studio.set('learning_rate', '50');
  await expect(page.locator('[data-warning="rate-high"]')).toContainText('far too high');
  await expect(page.locator('[data-check="values"]')).toContainText('far too high');
  await page.getByTestId('recipe-thorough').click();
  await expect(page.getByTestId('setting-epochs')).not.toHaveValue(before);
  await expect(page.getByTestId('setting-learning_rate')).toHaveValue('50');
  await expect(page.getByTestId('own-settings')).toContainText('1 setting set by you');
  await studio.expectAccessible();
  await page.getByTestId('back-training.learning_rate').click();
  await expect(page.locator('[data-warning]')).toHaveCount(0);

  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByTestId('more-settings').click();
  await page.evaluate(() => scrollTo(0, 0));
  await expect(page.getByTestId('start')).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await studio.expectAccessible();
  await page.getByText('日本語', { exact: true }).click();
  await expect(page.getByTestId('recipe-line')).toContainText('じっくり(10 件、1 件あたり約');
  await studio.expectAccessible();
});
