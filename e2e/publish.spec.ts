import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';
import { unzipSync } from 'fflate';
import { type HubServer, startHubServer } from './hub-server.ts';
import { signedIn } from './hub-sign-in.ts';
import { example, heldOut, StudioPage } from './studio.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const port = 4188;

// The page is built once more, and each test trains.
test.describe.configure({ timeout: 900_000 });

let server: ChildProcess;
let folder: string;
let hub: HubServer;

/** The page with publishing built in, which the one that the other tests use has not. */
test.beforeAll(async () => {
  test.setTimeout(900_000);
  folder = mkdtempSync(join(tmpdir(), 'atelier-publish-'));
  hub = await startHubServer(folder);
  server = spawn(process.execPath, ['scripts/start.js', '--no-open', '--port', String(port)], {
    cwd: root,
    env: { ...process.env, ATELIER_PUBLISH: '1', ATELIER_OAUTH_CLIENT_ID: 'test-app' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  await new Promise<void>((ready, failed) => {
    server.stdout!.on('data', (text) => {
      said += text;
      if (said.includes('Atelier is at')) ready();
    });
    server.once('exit', () => failed(new Error(`The page was not served: ${said}`)));
  });
  expect(said).toContain(`http://localhost:${port}/`);
});

test.afterAll(async () => {
  server.kill();
  await hub.close();
  rmSync(folder, { recursive: true });
});

test.beforeEach(() => {
  for (const key of Object.keys(hub.faults)) delete hub.faults[key as never];
  Object.assign(hub.faults, { chunkBytes: 300_000, writers: ['hf_right', signedIn.token], readers: ['hf_reader'] });
  hub.requests.length = 0;
});

const inRepository = (id: string, path: string) => new Uint8Array(readFileSync(join(folder, id, path)));
const uploads = () => hub.requests.filter((line) => line.startsWith('PUT'));
const error = (page: Page, code: string) => page.locator(`[data-error="${code}"]`);

/** A run of two steps, which is enough of a result here. */
async function trained(page: Page, address = `http://localhost:${port}/`): Promise<StudioPage> {
  const studio = new StudioPage(page);
  await page.goto(address);
  await studio.openExampleModel();
  await studio.goTo('data');
  await studio.dropTable('data.csv', readFileSync(example('data.csv')));
  await studio.goTo('train');
  await page
    .getByText('Steps', { exact: true })
    .or(page.getByText('ステップ', { exact: true }))
    .first()
    .click();
  await studio.set('max_steps', '2');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 240_000);
  await studio.goTo('use');
  return studio;
}

async function prepare(page: Page, form: string): Promise<void> {
  await page.getByTestId('publish-form').selectOption(form);
  await page.getByTestId('prepare-publication').click();
  await expect(page.getByTestId('review-publication')).toBeVisible({ timeout: 120_000 });
  await page.getByTestId('publish-endpoint').fill(hub.url);
}

async function adapterFiles(page: Page): Promise<Record<string, Uint8Array>> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download-peft').click()]);
  return unzipSync(new Uint8Array(readFileSync(await download.path())));
}

test('an adapter is published, breaks off, goes on with what is missing, and comes back by its name', async ({
  page,
}) => {
  const studio = await trained(page);
  const prompt = heldOut()[0]!.prompt;
  const { tuned } = await studio.ask(prompt);
  const kept = await adapterFiles(page);
  const parts = 8;
  hub.faults.chunkBytes = Math.ceil(kept['adapter_model.safetensors']!.length / parts);

  await prepare(page, 'peft');
  const files = page.getByTestId('publish-files');
  for (const name of ['adapter_config.json', 'adapter_model.safetensors', 'README.md'])
    await expect(files).toContainText(name);
  // Not disabled but for pointers of a test: it says what is missing.
  await page.getByTestId('publish').click({ force: true });
  await expect(page.getByText('Enter the repository as owner/name.')).toBeVisible();
  await page.getByTestId('publish-repository').fill('me/cat');
  await page.getByTestId('publish-token').fill('hf_old');
  await expect(page.getByTestId('publish-card')).toHaveValue(/from_pretrained\(base, "me\/cat"\)/);
  await page.getByTestId('publish-card').fill(`${await page.getByTestId('publish-card').inputValue()}\nMeow.\n`);
  await studio.expectAccessible();
  // All of it is still here.
  expect(hub.requests).toEqual([]);

  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-unauthorized')).toBeVisible();
  await page.getByTestId('publish-token').fill('hf_reader');
  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-forbidden')).toContainText('me/cat');
  expect(uploads()).toEqual([]);

  hub.faults.uploadsBeforeBreak = 3;
  await page.getByTestId('publish-token').fill('hf_right');
  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-offline')).toContainText('What was sent is kept', { timeout: 60_000 });
  await studio.expectAccessible();

  // Another token, and the line is back: only the rest goes.
  delete hub.faults.uploadsBeforeBreak;
  hub.faults.writers = ['hf_new'];
  hub.requests.length = 0;
  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-unauthorized')).toBeVisible();
  await page.getByTestId('publish-token').fill('hf_new');
  await page.getByTestId('publish').click();
  await expect(page.getByTestId('published')).toContainText(`${hub.url}/me/cat`);
  await studio.expectAccessible();
  expect(uploads()).toHaveLength(parts - 3);
  expect(hub.commits.private).toContain('me/cat');
  for (const name of ['adapter_config.json', 'adapter_model.safetensors'])
    expect(inRepository('me/cat', name), name).toEqual(kept[name]);
  expect(new TextDecoder().decode(inRepository('me/cat', 'README.md'))).toMatch(/Meow\.\n$/);

  // What the storage has is not sent to another place again, in another visit either.
  await page.reload();
  await prepare(page, 'peft');
  await page.getByTestId('publish-repository').fill('me/other');
  await page.getByTestId('publish-token').fill('hf_new');
  hub.requests.length = 0;
  await page.getByTestId('publish').click();
  await expect(page.getByTestId('published')).toContainText('me/other');
  expect(uploads()).toEqual([]);

  await studio.goTo('model');
  // Its name in the place of a model's is no mute failure.
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await page.getByTestId('hub-id').fill('me/cat');
  await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-endpoint').fill(hub.url);
  await page.getByTestId('hub-token').fill('hf_new');
  await page.getByTestId('hub-open').click();
  await expect(error(page, 'files-of-another-kind')).toContainText('Open its base model first');
  await page.getByTestId('adapter-hub').click();
  await page.getByTestId('adapter-hub-id').fill('me/cat');
  await page.getByTestId('adapter-hub-more').click();
  await page.getByTestId('adapter-hub-endpoint').fill(hub.url);
  await page.getByTestId('adapter-hub-open').click();
  await expect(error(page, 'hub-not-found')).toBeVisible();
  await page.getByTestId('adapter-hub-token').fill('hf_new');
  await page.getByTestId('adapter-hub-open').click();
  await expect(page.getByTestId('continued-adapter')).toContainText('me/cat');
  await studio.expectAccessible();

  // A run from it that changes nothing answers as before, and has the same tensors.
  await studio.goTo('train');
  await studio.set('learning_rate', '1e-30');
  await studio.set('max_steps', '1');
  await page.getByTestId('start').click();
  await studio.waitForPhase('finished', 120_000);
  await studio.goTo('use');
  expect((await studio.ask(prompt)).tuned).toBe(tuned);
  const again = await adapterFiles(page);
  expect(again['adapter_model.safetensors']).toEqual(kept['adapter_model.safetensors']);
});

test('a merged model and a GGUF file are published by who signed in; a name that is taken loses nothing', async ({
  page,
}) => {
  const studio = await trained(page);
  await prepare(page, 'merged');
  await page.getByTestId('sign-in').click();
  // The files are still there after the way to the Hub and back.
  await expect(page.getByText(`Signed in as ${signedIn.name}.`, { exact: false })).toBeVisible({ timeout: 60_000 });
  expect(new URL(page.url()).search).toBe('');
  expect(uploads()).toEqual([]);
  await expect(page.getByTestId('publish-endpoint')).toHaveValue(hub.url);
  await expect(page.getByTestId('publish-repository')).toHaveValue('cat-friend/atelier-example-data');
  await page.getByTestId('publish-repository').fill('cat-friend/cat');
  hub.faults.uploadsBeforeBreak = 1;
  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-offline')).toBeVisible({ timeout: 60_000 });

  // The tab is closed in the middle: the next visit goes on, and its repository is there already.
  await page.reload();
  await expect(page.getByText('has not been published whole to cat-friend/cat yet', { exact: false })).toBeVisible();
  delete hub.faults.uploadsBeforeBreak;
  await page.getByTestId('publish-token').fill('hf_right');
  await page.getByTestId('publish').click();
  await expect(page.getByTestId('published')).toContainText('from_pretrained("cat-friend/cat")');

  await page.getByRole('button', { name: 'Publish something else' }).click();
  await prepare(page, 'gguf-q8');
  await page.getByTestId('publish-repository').fill('cat-friend/cat');
  await page.getByTestId('publish-token').fill('hf_right');
  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-name-taken')).toContainText('cat-friend/cat');
  await page.getByTestId('publish-new').selectOption('there');
  hub.faults.full = true;
  await page.getByTestId('publish').click();
  await expect(error(page, 'publish-full')).toContainText('Storage quota');
  delete hub.faults.full;
  await page.getByTestId('publish').click();
  await expect(page.getByTestId('published')).toContainText('ollama run hf.co/cat-friend/cat:Q8_0');
  expect([...inRepository('cat-friend/cat', 'model-q8_0.gguf').subarray(0, 4)]).toEqual([...Buffer.from('GGUF')]);

  // The whole model opens by its name.
  await studio.goTo('model');
  await page.getByRole('button', { name: 'Choose another model' }).click();
  await page.getByTestId('hub-id').fill('cat-friend/cat');
  await page.getByTestId('hub-more').click();
  await page.getByTestId('hub-endpoint').fill(hub.url);
  await page.getByTestId('hub-token').fill('hf_right');
  await page.getByTestId('hub-open').click();
  await expect(page.getByTestId('opened-model')).toContainText('cat-friend/cat');

  const stored = await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  for (const token of ['hf_right', signedIn.token]) expect(stored).not.toContain(token);
});

test.describe('in Japanese', () => {
  test.use({ locale: 'ja-JP' });
  test('publishing speaks it, and can be stopped and thrown away', async ({ page }) => {
    const studio = await trained(page);
    await prepare(page, 'gguf-lora');
    await page.getByTestId('publish-repository').fill('me/neko');
    await page.getByTestId('publish-token').fill('hf_old');
    await page.getByTestId('publish').click();
    await expect(error(page, 'publish-unauthorized')).toContainText('有効期限が切れています');
    const section = page.getByRole('region', { name: 'Hub に公開' });
    const text = (await section.innerText()).replace(await page.getByTestId('publish-card').inputValue(), '');
    expect(text).not.toMatch(/[A-Za-z][a-z]+(?: [a-z]+){3,}/);
    await studio.expectAccessible();
    await page.getByRole('button', { name: '破棄' }).click();
    await page.reload();
    await expect(page.getByTestId('prepare-publication')).toBeVisible();
    await expect(page.getByTestId('review-publication')).toHaveCount(0);
  });
});

test('where it is not built in, nothing speaks of publishing, and its storage is not named', async ({ page }) => {
  const response = (await page.goto('/'))!;
  const policies = [response.headers()['content-security-policy'], await response.text()];
  for (const policy of policies) expect(policy).not.toContain('amazonaws');
  const built = await page.request.get(`http://localhost:${port}/`);
  expect(built.headers()['content-security-policy']).toContain('hf-hub-lfs-us-east-1.s3-accelerate.amazonaws.com');
  await page.getByText('Network access').click();
  await expect(page.getByTestId('hosts')).toContainText('huggingface.co');
  await expect(page.getByTestId('hosts')).not.toContainText('amazonaws');
  await trained(page, '/');
  await expect(page.getByTestId('download-peft')).toBeVisible();
  await expect(page.getByTestId('prepare-publication')).toHaveCount(0);
});
