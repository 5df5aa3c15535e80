import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { recordMainThread } from './long-tasks.ts';
import { example, StudioPage } from './studio.ts';

test('the rank slides in powers of two and the memory follows; the column says what is trained of each layer', async ({
  page,
}) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('layers');
  await expect(page.getByTestId('layer-column')).toHaveAttribute('aria-label', /0–3: 13% with an adapter/);
  const memory = page.getByTestId('rank-memory');
  const before = await memory.textContent();
  await page.getByTestId('rank-slider').getByRole('slider').focus();
  for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('setting-lora_r')).toHaveValue('64');
  await expect(memory).not.toHaveText(before!);
  await expect(page.getByTestId('setting-use_dora')).toBeHidden();
  await page.getByTestId('more-adapter').click();
  await expect(page.getByTestId('setting-use_dora')).toBeVisible();
  await studio.expectAccessible();
});

test('the guide compares methods by their plans, and choosing one can be undone', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('layers');
  await page.getByTestId('guide-toggle').click();
  const row = (choice: string) => page.locator(`[data-choice="${choice}"]`);
  await expect(row('prompt').locator('td').first()).toContainText('%');
  await expect(row('lora')).toHaveAttribute('data-current', 'true');
  await expect(row('full').locator('td').first()).toContainText('100%');
  await expect(row('layers').locator('[data-fit]')).toHaveText('Fits');
  // The same figures on a plane: a point for each method, and the least of both in words.
  const plane = page.getByTestId('methods-plane');
  await expect(plane).toContainText('Least memory');
  await expect(plane.locator('circle')).toHaveCount(await page.locator('[data-choice]').count());
  await studio.expectAccessible();

  // What is ticked takes the place of the usual places in every row that has any, the one in use included.
  const trained = (choice: string) => row(choice).locator('td').first().innerText();
  const usual = await Promise.all(['lora', 'qlora', 'layers', 'full', 'prompt'].map(trained));
  await page
    .getByRole('row', { name: /^model\.layers\.1, / })
    .getByRole('checkbox', { name: /LoRA/ })
    .click();
  await page.getByTestId('guide-places').getByText('On your selection').click();
  await expect(row('lora')).toHaveAttribute('aria-busy', 'false');
  await expect(row('prompt')).toHaveAttribute('aria-busy', 'false');
  const selected = await Promise.all(['lora', 'qlora', 'layers', 'full', 'prompt'].map(trained));
  expect(selected.map((text, index) => text === usual[index])).toEqual([false, false, false, true, true]);
  expect(selected[0]).toBe(selected[1]);
  await expect(row('prompt')).toContainText('Does not depend on the selection.');
  await studio.expectAccessible();
  await page.getByTestId('guide-places').getByText('With default layers').click();
  await expect.poll(() => trained('lora')).toBe(usual[0]);
  await expect(row('lora').getByRole('button')).toHaveText('Use default layers');

  const percent = page.getByTestId('trained-percent');
  const before = await percent.textContent();
  await row('full').getByRole('button').click();
  await expect(percent).toHaveText('100%');
  await expect(row('full')).toHaveAttribute('data-current', 'true');
  await page.locator('main h1').click();
  await page.keyboard.press('Control+z');
  await expect(percent).toHaveText(before!);
  await page.keyboard.press('Control+Shift+Z');
  await expect(percent).toHaveText('100%');

  await page.getByTestId('code-toggle').click();
  await expect(page.getByTestId('code')).toContainText('for parameter in model.parameters():');
  await row('prompt').getByRole('button').click();
  await expect(page.getByTestId('code')).toContainText('config = PromptTuningConfig(');
  await studio.expectAccessible();
});

test('learning rates by layer are set in the form and shown in the tree', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('train');
  await page.getByTestId('more-settings').click();
  await studio.set('layer_wise_lr_decay', '0.5');
  await studio.goTo('layers');
  const row = (layer: number) => page.getByRole('row', { name: new RegExp(`^model\\.layers\\.${layer}, `) });
  await expect(row(3)).toContainText('×0.5');
  await expect(row(2)).toContainText('×0.25');
  await studio.expectAccessible();
});

/** A llama of many layers so narrow that its weights are a few megabytes. */
function manyLayers(layers: number): { name: string; mimeType: string; buffer: Buffer }[] {
  const [width, vocabulary] = [16, 1536];
  const config = {
    ...JSON.parse(readFileSync(example('model/config.json'), 'utf8')),
    hidden_size: width,
    intermediate_size: width,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    head_dim: width,
    num_hidden_layers: layers,
    vocab_size: vocabulary,
  };
  const square = ['q', 'k', 'v', 'o'].map((name) => `self_attn.${name}_proj.weight`);
  const matrices = [...square, ...['gate', 'up', 'down'].map((name) => `mlp.${name}_proj.weight`)];
  const norms = ['input_layernorm.weight', 'post_attention_layernorm.weight'];
  const header: Record<string, object> = {};
  let end = 0;
  const add = (name: string, shape: number[]) => {
    const bytes = 2 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'BF16', shape, data_offsets: [end, end + bytes] };
    end += bytes;
  };
  add('model.embed_tokens.weight', [vocabulary, width]);
  for (let layer = 0; layer < layers; layer++) {
    for (const name of matrices) add(`model.layers.${layer}.${name}`, [width, width]);
    for (const name of norms) add(`model.layers.${layer}.${name}`, [width]);
  }
  add('model.norm.weight', [width]);
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
  return [
    file('config.json', Buffer.from(JSON.stringify(config))),
    file('model.safetensors', Buffer.concat([size, json, Buffer.alloc(end)])),
    ...['tokenizer.json', 'tokenizer_config.json'].map((name) => file(name, readFileSync(example(`model/${name}`)))),
  ];
}

// What else a machine does only adds to a task.
test.describe(() => {
  test.describe.configure({ retries: 2 });
  test('a tree of ten thousand parameters opens at once and scrolls without a long task', async ({ page }) => {
    const studio = new StudioPage(page);
    await studio.open();
    // Loads what the step is made of, which is not what is measured.
    await studio.openExampleModel();
    await studio.goTo('layers');
    await studio.goTo('model');
    await page.getByRole('button', { name: 'Choose another model' }).click();
    await page.getByTestId('model-files').setInputFiles(manyLayers(1111));
    await expect(page.getByTestId('opened-model')).toContainText('1,111', { timeout: 60_000 });

    const tree = page.getByTestId('parameter-tree');
    const endMount = await recordMainThread(page);
    await studio.goTo('layers');
    await expect(tree.getByRole('row').nth(5)).toBeVisible();
    const mount = await endMount();
    expect(mount[0], 'longest task while the tree is mounted, ms of the processor').toBeLessThan(200);

    await page.getByRole('button', { name: 'Expand all' }).click();
    await expect(tree).toHaveAttribute('aria-rowcount', /^1\d{4}$/);
    const endScroll = await recordMainThread(page);
    await tree.hover();
    for (let turn = 0; turn < 40; turn++) await page.mouse.wheel(0, 4000);
    await tree.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect(page.getByRole('row', { name: /^model\.norm\.weight/ })).toBeVisible();
    const scroll = await endScroll();
    expect(scroll.length).toBeGreaterThan(20);
    expect(scroll[0], 'longest task while scrolling, ms of the processor').toBeLessThan(50);
  });
});
