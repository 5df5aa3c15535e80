import { expect, type Locator, type Page, test } from '@playwright/test';
import { importRuns, rowOf } from './exported-run.ts';
import { recordMainThread } from './long-tasks.ts';
import { StudioPage } from './studio.ts';

const long = {
  name: 'long',
  steps: 100_000,
  stepsPerEpoch: 500,
  evaluated: 1000,
  loss: (step: number) => 3 * Math.exp(-step / 20_000) + 0.3 * Math.sin(step * 12.9898) ** 2,
};
/** 57 steps: no round number, of which the charts must make round ones. Validation is lowest at step 40. */
const short = {
  name: 'short',
  steps: 57,
  stepsPerEpoch: 19,
  evaluated: 10,
  loss: (step: number) => 3 * Math.exp(-step / 15) + 0.2,
  evalLoss: (step: number) => 0.5 + Math.abs(step - 40) / 40,
};
const other = { ...short, name: 'other', steps: 30, loss: (step: number) => 2 / step };

/** Shows a run of the list. */
const look = (page: Page, name: string) => rowOf(page, name).getByRole('button', { name: 'View' }).click();

test('a chart of 100,000 steps is smoothed, zoomed, put on a log scale and read as a table without a long task', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await importRuns(page, [long]);
  await look(page, 'long');
  const figure = page.locator('figure').first();
  const smoothing = figure.getByRole('slider', { name: 'Smoothing' });
  await expect(smoothing).toBeVisible();
  await smoothing.fill('0.5');
  const first = page.getByRole('slider', { name: 'First step shown' });
  await first.focus();
  const end = await recordMainThread(page);
  for (const weight of ['0.8', '0.95', '0.2', '0.99']) await smoothing.fill(weight);
  for (let press = 0; press < 4; press++) await first.press('ArrowRight');
  await expect(page.getByTestId('steps-shown')).toHaveText('4,000–100,000');
  const [longest] = await end();
  expect(longest, 'ms of the processor').toBeLessThan(50);
  await figure.getByRole('button', { name: 'Log scale' }).click();
  await expect(figure.getByRole('button', { name: 'Linear scale' })).toBeVisible();
  await studio.expectAccessible();

  const zoomed = await studio.lossTable();
  expect(Math.min(...zoomed.steps)).toBeGreaterThanOrEqual(4000);
  await page.getByTestId('all-steps').click();
  const table = await studio.lossTable();
  expect(table.steps[0]).toBe(1);
  expect(table.steps.length).toBeLessThanOrEqual(300);
});

test('all charts of a run end at one step, with whole marks at even places, at any width', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await importRuns(page, [short, other]);
  await look(page, 'short');
  const figures = page.locator('figure');
  await expect(figures).toHaveCount(3);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const figure of await figures.all()) {
      await expect.poll(() => spoiled(figure), `${width} wide`).toEqual([]);
      expect(await lastStep(figure)).toBeCloseTo(57, 0);
    }
  }
  const epochs = figures.first().locator('text.axis-epochs');
  await expect(epochs).toHaveText(['1', '2', '3']);
  await expect(page.getByTestId('best-step')).toHaveText('best 0.5000 at step 40');
  await expect(figures.first().locator('figcaption')).toContainText('Validation loss was lowest, 0.5000, at step 40.');

  await page.getByTestId('overlay').selectOption({ label: await optionOf(page, 'other') });
  const caption = figures.first().locator('figcaption');
  await expect(caption).toContainText(/Overlaid run other · .*: 0\.\d+ at step 30\./);
  await figures.first().getByTestId('chart-table').click();
  await expect(figures.first().locator('thead th').last()).toContainText('other');
  await studio.expectAccessible();
});

test('a range that is dragged across one chart is shown in all of them', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await importRuns(page, [short]);
  await look(page, 'short');
  const figures = page.locator('figure');
  const box = (await figures.first().locator('.recharts-cartesian-grid').first().boundingBox())!;
  const at = (step: number) => [box.x + (box.width * step) / 57, box.y + box.height / 2] as const;
  await page.mouse.move(...at(19));
  await page.mouse.down();
  await page.mouse.move(...at(30));
  await page.mouse.move(...at(38));
  await page.mouse.up();
  await expect(page.getByTestId('steps-shown')).toHaveText('19–38');
  for (const figure of await figures.all()) {
    await expect.poll(() => spoiled(figure)).toEqual([]);
    expect(await lastStep(figure)).toBeCloseTo(38, 0);
  }
  await page.getByTestId('all-steps').click();
  await expect(page.getByTestId('steps-shown')).toHaveText('0–57');
});

const optionOf = async (page: Page, name: string) =>
  (await page.getByTestId('overlay').locator('option').filter({ hasText: name }).textContent())!;

/** What is wrong with the marks of a chart: cut off, over each other, uneven, or no whole step. */
function spoiled(figure: Locator): Promise<string[]> {
  return figure.evaluate((element) => {
    const frame = element.querySelector('svg.recharts-surface')!.getBoundingClientRect();
    const marksOf = (axis: string) =>
      [...element.querySelectorAll(`text.${axis}`)].map((mark) => ({
        text: mark.textContent!,
        box: mark.getBoundingClientRect(),
      }));
    const found: string[] = [];
    for (const axis of ['axis-steps', 'axis-values', 'axis-epochs']) {
      const marks = marksOf(axis);
      if (marks.length < 2) found.push(`${axis}: ${marks.length} marks`);
      const along = (box: DOMRect) =>
        axis === 'axis-values' ? -(box.top + box.bottom) / 2 : (box.left + box.right) / 2;
      const gaps = marks.slice(1).map(({ box }, index) => along(box) - along(marks[index]!.box));
      if (Math.max(...gaps) - Math.min(...gaps) > 1.5) found.push(`${axis}: uneven, ${gaps.join(' ')}`);
      marks.forEach(({ text, box }, index) => {
        const isInside =
          box.left >= frame.left - 0.5 &&
          box.right <= frame.right + 0.5 &&
          box.top >= frame.top &&
          box.bottom <= frame.bottom;
        if (!isInside) found.push(`${axis}: ${text} is cut`);
        const before = marks[index - 1]?.box;
        if (before && axis !== 'axis-values' && before.right > box.left) found.push(`${axis}: ${text} is over another`);
        if (before && axis === 'axis-values' && before.top < box.bottom - 1)
          found.push(`${axis}: ${text} is over another`);
        if (axis === 'axis-steps' && !/^[\d,]+$/.test(text)) found.push(`${text} is no whole step`);
      });
    }
    return found;
  });
}

/** The step at the right edge of a chart, from where its marks are. */
function lastStep(figure: Locator): Promise<number> {
  return figure.evaluate((element) => {
    const grid = element.querySelector('.recharts-cartesian-grid')!.getBoundingClientRect();
    const [first, ...marks] = [...element.querySelectorAll('text.axis-steps')].map((mark) => {
      const { left, right } = mark.getBoundingClientRect();
      return { step: Number(mark.textContent!.replace(/,/g, '')), x: (left + right) / 2 };
    });
    const last = marks.at(-1)!;
    return first!.step + ((grid.right - first!.x) * (last.step - first!.step)) / (last.x - first!.x);
  });
}
