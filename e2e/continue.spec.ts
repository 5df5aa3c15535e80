import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { zipSync } from 'fflate';
import { example, StudioPage } from './studio.ts';

const rank = 3;

/** An adapter as PEFT saves it: LoRA of zeros on the query projections of the example's model. */
function writeAdapter(folder: string): void {
  const { hidden_size: width, num_hidden_layers: layers } = JSON.parse(
    readFileSync(example('model/config.json'), 'utf8'),
  );
  const header: Record<string, object> = {};
  let end = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (const [part, shape] of Object.entries({ lora_A: [rank, width], lora_B: [width, rank] })) {
      const bytes = 4 * rank * width;
      header[`base_model.model.model.layers.${layer}.self_attn.q_proj.${part}.weight`] = {
        dtype: 'F32',
        shape,
        data_offsets: [end, end + bytes],
      };
      end += bytes;
    }
  }
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(join(folder, 'adapter_model.safetensors'), Buffer.concat([size, json, Buffer.alloc(end)]));
  const config = { peft_type: 'LORA', task_type: 'CAUSAL_LM', r: rank, lora_alpha: 6, target_modules: ['q_proj'] };
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
}

test('a run goes on from an adapter, with its settings', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-adapter-'));
  const adapter = join(folder, 'cat-adapter');
  mkdirSync(adapter);
  writeAdapter(adapter);
  const studio = new StudioPage(page);
  await studio.open();
  await studio.openExampleModel();
  await page.getByTestId('adapter-folder').setInputFiles(adapter);
  await expect(page.getByTestId('continued-adapter')).toContainText('cat-adapter');
  await studio.expectAccessible();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await studio.goTo('train');
  await expect(page.getByTestId('setting-lora_r')).toHaveValue(String(rank));
  await page.getByText('Steps', { exact: true }).click();
  await studio.set('max_steps', '1');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 120_000);
  await page.getByTestId('new-run').click();

  await studio.goTo('model');
  await page.getByRole('button', { name: 'Start from scratch' }).click();
  await expect(page.getByTestId('continued-adapter')).toHaveCount(0);

  // Its .zip stands for the folder, and so does the exported run.
  const zip = zipSync(
    Object.fromEntries(readdirSync(adapter).map((name) => [name, new Uint8Array(readFileSync(join(adapter, name)))])),
  );
  await page
    .getByTestId('adapter-zip')
    .setInputFiles([{ name: 'packed-adapter.zip', mimeType: 'application/zip', buffer: Buffer.from(zip) }]);
  await expect(page.getByTestId('continued-adapter')).toContainText('packed-adapter');
  await studio.goTo('train');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').first().click()]);
  await studio.goTo('model');
  await studio.dropTable('my-run.zip', readFileSync(await download.path()));
  await expect(page.getByTestId('continued-adapter')).toContainText('my-run');
  rmSync(folder, { recursive: true });
});
