import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { unzipSync } from 'fflate';
import { recordMainThread } from './long-tasks.ts';
import { example, heldOut, isInStyleAndRight, mean, StudioPage } from './studio.ts';

const targets = ['q_proj', 'v_proj'].flatMap((name) =>
  [2, 3].map((layer) => `model.layers.${layer}.self_attn.${name}.weight`),
);

const runConfig = JSON.parse(readFileSync(example('run.json'), 'utf8'));

test('from opening the page to a downloaded adapter, on WebGPU', async ({ page }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await expect(page.locator('header [data-executor="webgpu"]')).toBeVisible();
  await studio.expectAccessible();

  await studio.openExampleModel();
  await studio.goTo('layers');
  await tickLora(page);
  await studio.expectAccessible();

  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await fillTemplate(page);
  await studio.expectAccessible();

  await studio.goTo('train');
  await fillSettings(studio);
  await expect(page.getByTestId('checks').locator('[data-ok="false"]')).toHaveCount(0);
  await studio.expectAccessible();
  await page.getByTestId('start').click();
  await studio.waitForPhase('training', 120_000);
  // The charts are loaded and drawn once at the start (about 50 ms of a slow core); counted is what training then costs.
  await expect.poll(async () => (await studio.lossTable()).steps.at(-1) ?? 0).toBeGreaterThanOrEqual(3);
  const endRecording = await recordMainThread(page);
  await studio.waitForPhase('finished', 240_000);
  const tasks = await endRecording();
  expect(tasks.length).toBeGreaterThan(100);
  expect(tasks[0], 'longest main-thread task while training, ms of the processor').toBeLessThan(50);

  const { steps, losses, validation } = await studio.lossTable();
  expect(steps.at(-1)).toBe(runConfig.training.max_steps);
  const last = mean(losses.slice(-5));
  expect.soft(last).toBeLessThanOrEqual(0.6 * losses[0]!);
  const lastEpoch = mean(losses.slice(-20));
  expect.soft(validation.at(-1)!, 'held-out loss against training loss').toBeLessThanOrEqual(1.5 * lastEpoch);
  await studio.expectAccessible();

  await studio.goTo('use');
  const suggested = page.getByTestId('suggested-prompts').getByRole('button');
  await expect(suggested).toHaveCount(5);
  const first = await suggested.first().textContent();
  await suggested.first().click();
  await expect(page.getByTestId('turn')).toContainText(first!);
  await expect(page.getByTestId('turn').locator('[data-done="true"]')).toHaveCount(2, { timeout: 60_000 });
  const prompts = heldOut();
  const answers: { base: string; tuned: string }[] = [];
  for (const { prompt } of prompts) answers.push(await studio.ask(prompt));
  const good = (side: 'base' | 'tuned') =>
    prompts.filter((prompt, index) => isInStyleAndRight(answers[index]![side], prompt)).length;
  expect(good('base'), JSON.stringify(answers)).toBeLessThanOrEqual(2);
  expect(good('tuned'), JSON.stringify(answers)).toBeGreaterThanOrEqual(8);
  await studio.expectAccessible();

  await expectPeftZip(page);
});

/** The usual modules of the architecture are ticked at first: all off at once, then four by hand. */
async function tickLora(page: Page): Promise<void> {
  const box = (name: string) => page.getByRole('checkbox', { name: `LoRA on ${name}`, exact: true });
  await expect(box('model')).toHaveJSProperty('indeterminate', true);
  await box('model').click();
  await expect(box('model')).toBeChecked();
  await box('model').click();
  await expect(box('model')).not.toBeChecked();
  await expect(page.getByTestId('trained-percent')).toHaveText('0%');
  await page.getByRole('switch', { name: 'Show matches only' }).click();
  for (const layer of [2, 3]) {
    await page.getByTestId('rule-text').fill(`layers.${layer}.self_attn`);
    await expect(page.getByTestId('matches')).toContainText('4 of');
    for (const name of targets.filter((target) => target.includes(`layers.${layer}.`))) await box(name).click();
    await expect(box(`model.layers.${layer}.self_attn`)).toHaveJSProperty('indeterminate', true);
  }
  await expect(page.getByTestId('trained-percent')).not.toHaveText('0%');
}

async function fillTemplate(page: Page): Promise<void> {
  await page.getByLabel('Prompt template').first().click();
  await page.getByRole('option', { name: 'Custom' }).click();
  await page.getByLabel('Before the prompt').fill('');
  await page.getByLabel('Between prompt and answer').fill('\\n');
}

/** The settings of the example, typed into the form. */
async function fillSettings(studio: StudioPage): Promise<void> {
  const { training, tokenizer, tuning, dataset } = runConfig;
  await studio.goTo('data');
  await studio.set('validation_size', String(dataset.validation_size));
  await studio.goTo('train');
  await studio.page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', String(training.max_steps));
  await studio.set('learning_rate', String(training.learning_rate));
  await studio.set('batch_size', String(training.batch_size));
  await studio.set('max_length', String(tokenizer.max_length));
  await studio.set('lora_r', String(tuning.lora_r));
  await studio.page.getByTestId('more-settings').click();
  await studio.set('lora_alpha', String(tuning.lora_alpha));
  await studio.set('lora_dropout', String(tuning.lora_dropout));
  await studio.page.getByTestId('warmup-unit').selectOption('warmup_steps');
  await studio.set('warmup_steps', String(training.warmup_steps));
  await studio.set('gradient_clip', String(training.gradient_clip));
  await studio.set('seed', '1');
}

/** The zip holds a PEFT adapter: its config, and weights under PEFT's keys. */
async function expectPeftZip(page: Page): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download-peft').click()]);
  const files = unzipSync(new Uint8Array(readFileSync(await download.path())));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors']));
  const config = JSON.parse(new TextDecoder().decode(files['adapter_config.json']));
  expect(config).toMatchObject({ peft_type: 'LORA', task_type: 'CAUSAL_LM', r: runConfig.tuning.lora_r });
  const weights = files['adapter_model.safetensors']!;
  const headerBytes = Number(new DataView(weights.buffer, weights.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + headerBytes)));
  const keys = Object.keys(header).filter((key) => key !== '__metadata__');
  const expected = targets.flatMap((name) =>
    ['lora_A', 'lora_B'].map((part) => `base_model.model.${name.replace(/weight$/, `${part}.weight`)}`),
  );
  expect(keys.sort()).toEqual(expected.sort());
}
