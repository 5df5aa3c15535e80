import { expect, test } from '@playwright/test';
import { importRuns, rowOf } from './exported-run.ts';
import { StudioPage } from './studio.ts';

const targets = (layers: number) =>
  Array.from({ length: layers }, (_, layer) => `model.layers.${layer}.self_attn.q_proj`);
const start = 'Below is an instruction that describes a task. Write a response that completes the request.';
const made = { steps: 40, stepsPerEpoch: 20, evaluated: 10, loss: (step: number) => 2 / step };
const first = {
  ...made,
  name: 'first',
  settings: { tuning: { lora_target_modules: targets(3) }, environment: { seed: 1 } },
};
const second = {
  ...made,
  name: 'second',
  settings: {
    tuning: { lora_target_modules: targets(12) },
    dataset: { text_prompt_start: start },
    environment: { seed: 2 },
  },
};

test('runs are compared beside their list, in full, until Escape', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.goTo('train');
  await importRuns(page, [first, second]);
  const boxes = ['first', 'second'].map((name) => rowOf(page, name).getByTestId('compare'));
  for (const box of boxes) await box.click();
  const panel = page.getByTestId('comparison');
  await expect(panel.locator('figure')).toBeInViewport({ ratio: 0.99 });

  const places = async () => [(await rowOf(page, 'first').boundingBox())!, (await panel.boundingBox())!] as const;
  const [list, beside] = await places();
  expect(beside.x).toBeGreaterThan(list.x + list.width);
  const differing = page.getByTestId('differing-settings');
  await expect(differing.locator('tbody th')).toHaveText(['dataset.text_prompt_start', 'tuning.lora_target_modules']);
  await expect(differing).toContainText(start);
  await expect(differing.getByText(targets(12)[11]!).first()).toBeHidden();
  await differing.getByText('Show all 12').click();
  await expect(differing.locator('details').getByText(targets(12)[11]!)).toBeVisible();
  expect(await cutOff()).toEqual([]);
  await studio.expectAccessible();

  await page.setViewportSize({ width: 390, height: 800 });
  const [above, below] = await places();
  expect(below.y).toBeGreaterThan(above.y + above.height);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await cutOff()).toEqual([]);
  await studio.expectAccessible();

  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(boxes[1]!).toBeFocused();
  await boxes[0]!.click();
  await boxes[1]!.click();
  await expect(panel.locator('figure')).toBeInViewport({ ratio: 0.99 });
  await page.getByTestId('close-comparison').click();
  await expect(panel).toBeHidden();
  await expect(boxes[0]!).not.toBeChecked();

  /** Texts of the tables that are wider than their cells. */
  function cutOff(): Promise<string[]> {
    return panel.evaluate((element) =>
      [...element.querySelectorAll('th, td')]
        .filter((cell) => cell.scrollWidth > cell.clientWidth + 1 && cell.clientWidth > 1)
        .map((cell) => cell.textContent ?? ''),
    );
  }
});
