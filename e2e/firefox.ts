/**
 * The page in Firefox: on the processor, as Firefox for Linux opens it (without WebGPU), and on Firefox's own WebGPU,
 * switched on, where it finds an adapter. Each opens the page, trains the example until the loss has fallen, and asks.
 *
 *   npm run test:firefox [-- tfjs-wasm | webgpu]
 *
 * Screenshots lie in test-results. Where no Firefox can be had it says so, and nothing has passed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import puppeteer, { type Page } from 'puppeteer-core';
// @ts-expect-error plain scripts shared with `npm start`, which run before anything is built
import { buildPage } from '../scripts/build.js';
// @ts-expect-error as above
import { serveFolder } from '../scripts/serve.js';
import { results, root, Stage } from './stage.ts';

const lavapipe = '/usr/share/vulkan/icd.d/lvp_icd.json';

/** Milliseconds for a step of the example on a processor that other work shares, and for all that is waited for once. */
const patience = 120_000;

/** Milliseconds until the example trains; it takes some three. */
const startPatience = 45_000;

/**
 * Visits with a browser of their own, of which one must come to its end. Driven from outside, Firefox 153 stood still in
 * 18 of 40 visits, inside of the call in which wasm starts its threads in the page's worker (nothing else of that worker
 * goes on then); left alone it did in none of 42. Four visits were too few once.
 */
const attempts = 10;

/** Updates after which the loss of the example must have fallen to this part of the first. */
const updates = 12;
const fallen = 0.75;

interface Engine {
  readonly executor: 'tfjs-wasm' | 'webgpu';
  readonly preferences: Readonly<Record<string, boolean>>;
}

const engines: readonly Engine[] = [
  { executor: 'tfjs-wasm', preferences: {} },
  { executor: 'webgpu', preferences: { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true } },
];

const stage = new Stage('firefox');

const check = (name: string, ok: boolean, found: string): void => stage.check(name, ok ? null : found, found);

/** `ATELIER_FIREFOX`, or an installed one, which as root on Debian is installed first. */
function findFirefox(): string | undefined {
  const { ATELIER_FIREFOX: given, PATH = '' } = process.env;
  if (given) return given;
  const find = () =>
    PATH.split(delimiter)
      .flatMap((folder) => ['firefox-esr', 'firefox'].map((name) => join(folder, name)))
      .find(existsSync);
  const found = find();
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found;
  console.log('No Firefox found; installing firefox-esr…');
  spawnSync('apt-get', ['update', '-qq']);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'firefox-esr'], { stdio: 'inherit' });
  return find();
}

const byTestId = (name: string): string => `[data-testid="${name}"]`;
const textOf = (page: Page, selector: string): Promise<string> =>
  page.$eval(selector, (element) => element.textContent ?? '');
const click = (page: Page, name: string): Promise<void> => page.locator(byTestId(name)).click();

/** Losses, the first one first, from the table that stands in for the chart. */
async function losses(page: Page): Promise<number[]> {
  await click(page, 'chart-table');
  const rows = await page.$$eval('figure tbody tr', (found) =>
    found.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
  );
  await click(page, 'chart-table');
  return rows.map(([, loss]) => Number(loss)).reverse();
}

async function trainAndAsk(page: Page, { executor }: Engine, shot: (name: string) => Promise<void>): Promise<void> {
  await click(page, 'try-example');
  await page.waitForSelector('[data-testid="run-view"][data-phase="training"]', { timeout: startPatience });
  let found: number[] = [];
  const start = Date.now();
  while (found.length <= updates && Date.now() - start < patience) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    found = await losses(page);
  }
  await shot('training');
  await click(page, 'stop');
  await page.waitForSelector('[data-phase="stopped"], [data-phase="finished"]', { timeout: patience });
  const last = Math.min(...found.slice(-3));
  const words = `${found.length} updates, loss ${found[0]} to ${last}`;
  check(`${executor}: the example's loss falls`, found.length > updates && last < fallen * found[0]!, words);

  await click(page, 'to-use');
  await page.locator(byTestId('prompt')).fill('What color is the sky?');
  await click(page, 'send');
  const answer = (side: string) => `[data-side="${side}"][data-done="true"] ${byTestId('answer')}`;
  await page.waitForSelector(answer('base'), { timeout: patience });
  await page.waitForSelector(answer('tuned'), { timeout: patience });
  const [base, tuned] = [await textOf(page, answer('base')), await textOf(page, answer('tuned'))];
  await shot('answers');
  check(`${executor}: base and tuned model answer`, base.includes('blue') && tuned.trim() !== '', `${base} | ${tuned}`);
}

async function shoot(page: Page, { executor }: Engine, name: string): Promise<void> {
  await page.screenshot({ path: join(results, `firefox-${executor}-${name}.png`) as `${string}.png` });
}

async function visit(page: Page, engine: Engine, address: string): Promise<void> {
  const { executor } = engine;
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const shot = (name: string) => shoot(page, engine, name);
  await page.goto(address);
  await page.waitForSelector('header [data-executor]', { timeout: patience });
  await shot('opened');
  const found = await page.$eval('header [data-executor]', (element) => element.getAttribute('data-executor'));
  if (executor === 'webgpu' && found !== 'webgpu') return stage.skip('this Firefox finds no adapter for WebGPU.');
  check(`${executor}: the page opens`, found === executor, await textOf(page, 'header'));
  if (executor === 'tfjs-wasm') {
    const notice = await textOf(page, byTestId('no-webgpu'));
    check(`${executor}: it says that WebGPU is missing`, notice.includes('WebGPU'), notice);
  }
  await trainAndAsk(page, engine, shot);
  check(`${executor}: nothing was reported in the console`, problems.length === 0, problems.join('; ') || 'nothing');
}

/** What broke the visit off; nothing where it came to its end. */
async function visitWith(engine: Engine, executablePath: string, address: string): Promise<unknown> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    defaultViewport: { width: 1440, height: 900 },
    protocolTimeout: patience,
    extraPrefsFirefox: engine.preferences,
    env: {
      ...process.env,
      XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? mkdtempSync(join(tmpdir(), 'atelier-firefox-')),
      ...(existsSync(lavapipe) ? { VK_ICD_FILENAMES: lavapipe } : {}),
    },
  });
  try {
    console.log(`${await browser.version()}, ${engine.executor}`);
    const page = await browser.newPage();
    await visit(page, engine, address).catch(async (error: unknown) => {
      await shoot(page, engine, 'broken-off');
      throw error;
    });
  } catch (error) {
    return error;
  } finally {
    await browser.close();
  }
}

async function visitUntilWhole(engine: Engine, executablePath: string, address: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const error = await visitWith(engine, executablePath, address);
    if (error === undefined) return;
    if (attempt === attempts) return check(`${engine.executor}: the visit`, false, String(error));
    console.log(`Visit ${attempt} of ${attempts} at most broke off: ${error}`);
  }
}

const firefox = findFirefox();
if (firefox === undefined) stage.skip('there is no Firefox; install it, or set ATELIER_FIREFOX to its program.');
else {
  await buildPage();
  const { address } = await serveFolder(join(root, 'dist'), 4186);
  const [only] = process.argv.slice(2);
  for (const engine of engines)
    if (only === undefined || only === engine.executor) await visitUntilWhole(engine, firefox, address);
}
stage.end();
