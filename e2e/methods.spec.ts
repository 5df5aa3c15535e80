import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { unzipSync } from 'fflate';
import { example, StudioPage } from './studio.ts';

/** Each method as the page calls it, with settings that only it has. */
const methods: readonly (readonly [name: string, fields: readonly string[]])[] = [
  ['LoRA', ['lora_r', 'rank_pattern', 'alpha_pattern', 'modules_to_save']],
  ['VeRA', ['lora_r', 'd_initial']],
  ['(IA)³', ['feedforward_modules']],
  ['Series adapter', ['reduction_factor', 'adapter_placement']],
  ['Parallel adapter', ['reduction_factor', 'adapter_placement']],
  ['LLaMA-Adapter', ['adapter_len', 'adapter_layers']],
  ['Prefix tuning', ['num_virtual_tokens']],
  ['P-tuning', ['num_virtual_tokens', 'encoder_hidden_size']],
  ['Prompt tuning', ['num_virtual_tokens', 'prompt_tuning_init']],
];

async function choose(page: Page, setting: string, label: string): Promise<void> {
  await page.getByTestId(`setting-${setting}`).click();
  await page.getByRole('option', { name: label, exact: true }).click();
}

test('every method has its own settings, and a cost before anything is trained', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('layers');
  const percent = page.getByTestId('trained-percent');
  const seen = new Set<string | null>();
  for (const [name, fields] of methods) {
    await choose(page, 'method', name);
    const more = page.getByTestId('more-adapter');
    if ((await more.count()) > 0 && (await more.getAttribute('aria-expanded')) === 'false') await more.click();
    for (const field of fields) await expect(page.getByTestId(`setting-${field}`)).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
    await expect(percent).not.toHaveText('0%');
    seen.add(await percent.textContent());
    await studio.expectAccessible();
  }
  expect(seen.size).toBeGreaterThan(4);

  await choose(page, 'prompt_tuning_init', 'Custom text');
  await expect(page.getByTestId('setting-prompt_tuning_init_text')).toBeVisible();

  await choose(page, 'method', 'VeRA');
  await page.getByRole('button', { name: 'Expand all' }).click();
  await expect(page.getByTestId('parameter-tree').locator('[data-state="adapter"]').first()).toContainText('VeRA');
});

test('ranks by module are typed as a list, and what is none holds the run back', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('layers');
  const percent = page.getByTestId('trained-percent');
  const before = await percent.textContent();
  await page.getByTestId('more-adapter').click();
  await studio.set('rank_pattern', 'q_proj = 32');
  await expect(percent).not.toHaveText(before!);
  await studio.set('rank_pattern', 'q_proj = much');
  await expect(page.getByText('Enter name = number')).toBeVisible();
});

test('a bottleneck adapter is trained and downloaded as AdapterHub has it', async ({ page }) => {
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await studio.goTo('layers');
  await choose(page, 'method', 'Series adapter');
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await expect(page.getByTestId('token-row').first()).toBeVisible();
  await studio.goTo('train');
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '3');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await studio.goTo('use');
  const downloading = page.waitForEvent('download');
  await page.getByTestId('download-adapterhub').click();
  const files = unzipSync(readFileSync(await (await downloading).path()));
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['adapter_config.json', 'adapter.safetensors']));
  const config = JSON.parse(new TextDecoder().decode(files['adapter_config.json']));
  expect(config.config).toMatchObject({ non_linearity: 'relu', is_parallel: false, output_adapter: true });
});
