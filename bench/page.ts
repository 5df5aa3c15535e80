/**
 * The example trained in the page, in Chromium, on our engine and on TensorFlow.js WebGPU, in alternation; tokens a
 * second as the page shows them. npx tsx bench/page.ts [--rounds N]
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from '@playwright/test';
// @ts-expect-error plain scripts shared with `npm start` and `npm test`, which run before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
// @ts-expect-error as above
import { buildPage } from '../scripts/build.js';
// @ts-expect-error as above
import { serveFolder } from '../scripts/serve.js';

/** TensorFlow.js gets fewer steps: it would take minutes. */
const contenders = [
  { executor: 'webgpu', steps: 40 },
  { executor: 'tfjs-webgpu', steps: 12 },
] as const;

const root = fileURLToPath(new URL('..', import.meta.url));
const example = new URL('../public/example/run.json', import.meta.url);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '2' } } });
  await buildPage();
  const { address } = await serveFolder(`${root}/dist`, 4190);
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserFlags });
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const contender of contenders) {
      const { tokensPerSecond, firstLoss } = await trainIn(browser, address, contender);
      console.log(`round ${round}  ${contender.executor.padEnd(12)} ${tokensPerSecond} tokens/s  ${firstLoss}`);
    }
  }
  await browser.close();
}

async function trainIn(browser: Browser, address: string, { executor, steps }: (typeof contenders)[number]) {
  const context = await browser.newContext();
  const config = JSON.parse(await readFile(example, 'utf8'));
  config.environment.executor = executor;
  config.training.max_steps = steps;
  // Dropout masks come from JavaScript in TensorFlow.js; evaluations are left out of the clock.
  config.tuning.lora_dropout = 0;
  config.dataset.validation_strategy = 'none';
  await context.route('**/example/run.json', (route) => route.fulfill({ json: config }));
  const page = await context.newPage();
  await page.goto(address);
  await page.getByTestId('try-example').click();
  await page.locator('[data-phase="finished"]').waitFor({ timeout: 600_000 });
  const text = await page.getByTestId('run-view').innerText();
  await context.close();
  return {
    tokensPerSecond: /Tokens\/s\s+(\S+)/.exec(text)?.[1] ?? '–',
    firstLoss: /from (\S+) at the first step/.exec(text)?.[0] ?? '',
  };
}

await main();
process.exit(0);
