import { expect, type Page, test } from '@playwright/test';
import { downloaded, startRun } from './short-run.ts';
import { StudioPage } from './studio.ts';

test.use({ serviceWorkers: 'block' });
// A minute where nothing else computes.
test.setTimeout(900_000);

/** When the device is lost: as the worker tells the page something for the first time, or begins to write a checkpoint (`save`). */
interface Loss {
  readonly event: string;
  readonly phase?: string;
}

/** Stands before the worker's own script: devices can be lost to the moment, and it is noted how long it takes to train again. */
const prelude = `
  const devices = [];
  const gone = new Set();
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await request.apply(this, given);
    devices.push(device);
    return device;
  };
  self.losses = [];
  self.recoveries = [];
  // The first start is timed as the recoveries are, and goes before them.
  let lostAt = null;
  self.loseDevice = () => { lostAt = performance.now(); gone.add(devices.at(-1)); devices.at(-1).destroy(); };
  const openFile = FileSystemDirectoryHandle.prototype.getFileHandle;
  FileSystemDirectoryHandle.prototype.getFileHandle = function (name, options) {
    if (self.losses[0]?.event === 'save' && options?.create && name.startsWith('step-') && !gone.has(devices.at(-1))) {
      self.losses.shift();
      self.loseDevice();
    }
    return openFile.call(this, name, options);
  };
  const post = self.postMessage.bind(self);
  self.postMessage = (message, ...more) => {
    post(message, ...more);
    if (self.recoveries.length === 0 && message.event === 'phase' && message.data.phase === 'loading') lostAt ??= performance.now();
    const isTraining = message.event === 'phase' && message.data.phase === 'training';
    if (lostAt !== null && (isTraining || message.event === 'chatToken')) {
      self.recoveries.push(performance.now() - lostAt);
      lostAt = null;
    }
    const [next] = self.losses;
    // A phase that is told several times loses a device once.
    if (!next || gone.has(devices.at(-1)) || message.event !== next.event || (next.phase && message.data.phase !== next.phase)) return;
    self.losses.shift();
    self.loseDevice();
  };
`;

interface LossyWorker {
  losses: Loss[];
  recoveries: number[];
  loseDevice(): void;
}
declare const self: LossyWorker;

const workerOf = (page: Page) => page.workers().find((worker) => /assets\/worker-/.test(worker.url()))!;

async function openLossy(page: Page): Promise<StudioPage> {
  await page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${prelude}\n${await response.text()}` });
  });
  const studio = new StudioPage(page);
  await studio.open();
  return studio;
}

const lose = (page: Page, losses: Loss[]) =>
  workerOf(page).evaluate((wanted) => {
    self.losses = wanted;
  }, losses);
const notYetLost = (page: Page) => workerOf(page).evaluate(() => self.losses.length);

/** Trains the example for a few updates; the device is lost on the way. @returns its curve and its adapter */
async function trained(studio: StudioPage, losses: Loss[]) {
  const { page } = studio;
  const next = page.getByTestId('next-run').or(page.getByRole('button', { name: 'New run' }));
  if (await next.first().isVisible()) await next.first().click();
  await lose(page, losses);
  await startRun(studio, {
    training: { max_steps: 6, evaluation_epochs: 0.2 },
    prediction: { max_length_inference: 4 },
  });
  await studio.waitForPhase('finished', 240_000);
  expect(await notYetLost(page)).toBe(0);
  if (losses.length > 0) await expect(page.getByTestId('resets')).toContainText(`${losses.length}×`);
  return { curve: await studio.lossTable(), adapter: await downloaded(page, 'download-peft') };
}

const phase = (name: string): Loss => ({ event: 'phase', phase: name });

test('a run whose GPU is lost goes on by itself, in every phase, to the same end', async ({ page, browser }) => {
  const studio = await openLossy(page);
  const whole = await trained(studio, []);
  for (const losses of [
    [phase('loading'), phase('preparing-kernels')],
    [phase('first-step'), phase('training')],
    [phase('evaluating'), { event: 'save' }],
  ]) {
    const { curve, adapter } = await trained(studio, losses);
    expect(curve).toEqual(whole.curve);
    expect(adapter['adapter_model.safetensors']).toEqual(whole.adapter['adapter_model.safetensors']);
  }

  // At rest: the next question loads the run anew. Meanwhile a second time, in the middle of the answer.
  await studio.goTo('use');
  const before = await studio.ask('Where is Paris?');
  await workerOf(page).evaluate(() => self.loseDevice());
  await lose(page, [{ event: 'chatToken' }]);
  expect(await studio.ask('Where is Paris?')).toEqual(before);
  expect(await notYetLost(page)).toBe(0);
  const gpu = await browser.newBrowserCDPSession();
  await gpu.send('Browser.crashGpuProcess' as never).catch(() => {});
  expect(await studio.ask('Where is Paris?'), 'after the GPU process died').toEqual(before);

  const merged = () => downloaded(page, 'download-merged');
  const kept = await merged();
  await workerOf(page).evaluate(() => self.loseDevice());
  expect(await merged()).toEqual(kept);

  const [start, ...again] = await workerOf(page).evaluate(() => self.recoveries.map((time) => time / 1000));
  console.log(`first start ${start!.toFixed(1)} s; again after ${again.map((time) => time.toFixed(1)).join(', ')} s`);
  expect(again.length).toBeGreaterThanOrEqual(7);
  // Seconds on a computer that does nothing else; where others share it, a start takes longer, too.
  for (const time of again) expect(time).toBeLessThan(Math.max(15, 2 * start!));
});

test('after three losses in a row a run stops, says what is saved, and offers a smaller batch', async ({ page }) => {
  const studio = await openLossy(page);
  await lose(page, [phase('loading'), phase('loading'), phase('loading')]);
  await startRun(studio, { training: { max_steps: 3 } });
  await studio.waitForPhase('failed', 240_000);
  await expect(page.locator('[data-error="device-lost-again"]')).toBeVisible();
  await expect(page.getByTestId('what-is-saved')).toContainText('from step 0');
  await expect(page.getByTestId('smaller-run')).toContainText('batch_size 4');
  await page.getByTestId('resume-failed').click();
  await studio.waitForPhase('finished', 240_000);
});
