import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { blobFiles } from '../src/files/blob-files.ts';
import { type GgufFile, openGguf } from '../src/files/gguf-read.ts';
import { downloaded, short, startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

const said = (page: Page) => page.locator('section', { has: page.getByTestId('download-peft') }).getByRole('status');

async function file(page: Page, testId: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    page.getByTestId(testId).click(),
  ]);
  return readFileSync(await download.path());
}

const gguf = (bytes: Uint8Array): Promise<GgufFile> =>
  openGguf(blobFiles(new Map([['a.gguf', new Blob([new Uint8Array(bytes)])]])), 'a.gguf');

test('the result goes to llama.cpp, Ollama and mlx-lm, with the figures it was checked with', async ({ page }) => {
  test.setTimeout(420_000);
  const studio = new StudioPage(page);
  await studio.open();
  await startRun(studio, short);
  await studio.waitForPhase('finished', 200_000);
  await studio.goTo('use');

  for (const [type, percent] of [
    ['q8', 10],
    ['f16', 1],
  ] as const) {
    const model = await gguf(await file(page, `download-gguf-${type}`));
    expect(model.metadata.get('general.architecture')?.value).toBe('llama');
    expect(model.metadata.get('tokenizer.ggml.pre')?.value).toBe('gpt-2');
    expect([...model.tensors.keys()]).toContain('blk.3.ffn_down.weight');
    await expect(said(page)).toContainText('Read back');
    const [, off] = /differ from base and adapter by ([\d.e-]+) %/.exec((await said(page).textContent())!)!;
    expect(Number(off)).toBeGreaterThan(0);
    expect(Number(off)).toBeLessThan(percent);
  }
  const adapter = await gguf(await file(page, 'download-gguf-lora'));
  expect(adapter.metadata.get('adapter.type')?.value).toBe('lora');
  expect(adapter.tensors.size).toBe(8);

  const ollama = await downloaded(page, 'download-ollama');
  expect(Object.keys(ollama).sort()).toEqual(['Modelfile', 'README.md', 'model.gguf']);
  const modelfile = new TextDecoder().decode(ollama.Modelfile);
  expect(modelfile).toContain('FROM ./model.gguf\nTEMPLATE """');
  expect(modelfile).toContain('PARAMETER stop "<|end|>"');
  const mlx = await downloaded(page, 'download-mlx');
  expect(Object.keys(mlx).sort()).toEqual(['README.md', 'adapter_config.json', 'adapters.safetensors']);
  const card = (await file(page, 'download-card')).toString();
  expect(card).toMatch(/^---\n/);
  expect(card).toMatch(/^library_name: "?peft"?$/m);
  await studio.expectAccessible();

  await page.getByTestId('answer-table').click();
  await expect(page.getByTestId('validation-table').locator('tbody tr')).not.toHaveCount(0, { timeout: 120_000 });
  const csv = (await file(page, 'answers-csv')).toString();
  expect(csv).toMatch(/^\uFEFFprompt,expected,base,tuned,/);
  const { rows } = JSON.parse((await file(page, 'answers-json')).toString());
  expect(csv.trim().split('\r\n')).toHaveLength(rows.length + 1);
});
