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

/** How many downloads lie in the browser's storage. */
const storedDownloads = (page: Page) =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const downloads = await root.getDirectoryHandle('downloads', { create: true });
    let count = 0;
    for await (const tab of downloads.values())
      for await (const _ of (tab as FileSystemDirectoryHandle).keys()) count++;
    return count;
  });

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
    const files = await downloaded(page, `download-gguf-${type}`);
    const name = `model-${type === 'q8' ? 'q8_0' : type}.gguf`;
    expect(Object.keys(files).sort()).toEqual(['README.md', name]);
    const model = await gguf(files[name]!);
    expect(model.metadata.get('general.architecture')?.value).toBe('llama');
    expect(model.metadata.get('tokenizer.ggml.pre')?.value).toBe('gpt-2');
    expect([...model.tensors.keys()]).toContain('blk.3.ffn_down.weight');
    await expect(said(page)).toContainText('Verified');
    const [, off] = /differ from base and adapter by ([\d.e-]+)%/.exec((await said(page).textContent())!)!;
    expect(Number(off)).toBeGreaterThan(0);
    expect(Number(off)).toBeLessThan(percent);
    await expect(said(page)).toContainText(/the file holds (9[5-9]|10\d)(\.\d+)?% of what training changed/);
  }
  const adapter = await gguf((await downloaded(page, 'download-gguf-lora'))['adapter-lora.gguf']!);
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

  // What is saved lies in the browser's storage meanwhile, and leaves it with the next visit at the latest.
  expect(await storedDownloads(page)).toBeGreaterThan(3);

  await page.getByTestId('answer-table').click();
  await expect(page.getByTestId('validation-table').locator('tbody tr')).not.toHaveCount(0, { timeout: 120_000 });
  const csv = (await file(page, 'answers-csv')).toString();
  expect(csv).toMatch(/^\uFEFFprompt,expected,base,tuned,/);
  const { rows } = JSON.parse((await file(page, 'answers-json')).toString());
  expect(csv.trim().split('\r\n')).toHaveLength(rows.length + 1);
  await page.reload();
  await expect.poll(() => storedDownloads(page)).toBe(0);
});
