/** A visitor whose page is killed while it trains, and who comes back. */
import { setTimeout as wait } from 'node:timers/promises';
import { type BrowserContext, type ConsoleMessage, chromium, type Locator, type Page } from '@playwright/test';
import { downloaded, startRun } from '../e2e/short-run.ts';
import { StudioPage } from '../e2e/studio.ts';
// @ts-expect-error a plain script shared with `npm test`, which runs before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
import type { Files } from './crash-chains.ts';
import type { DrawnOut } from './crash-moments.ts';

export const victims = ['renderer', 'GPU', 'browser', 'reload'] as const;
export type Victim = (typeof victims)[number];

/** Chromium gives up WebGPU, and then itself, where its GPU process dies too often; here it is killed on purpose. */
const flags = [
  ...browserFlags,
  '--disable-gpu-process-crash-limit',
  '--disable-domain-blocking-for-3d-apis',
  '--hide-crash-restore-bubble',
];

/** Milliseconds: for what takes a moment where nothing else computes, and for a run. */
const [soon, long] = [180_000, 900_000];
/** Milliseconds after which a run that is not offered is looked for in the list. */
const offered = 20_000;

interface Told {
  readonly moment: string;
  readonly at: number;
}

declare const self: { drawnOut: DrawnOut | null };

export class CrashVisitor {
  private context: BrowserContext | null = null;
  private studio!: StudioPage;
  /** What the worker told since the run last began or went on. */
  private told: Told[] = [];
  /** Goes on with the run; null while it goes on by itself. */
  private begin: (() => Promise<void>) | null = () => this.start();
  private finished = false;

  /** @param profile a folder in which the browser keeps what outlives it */
  constructor(
    private readonly address: string,
    private readonly profile: string,
    private readonly steps: number,
  ) {}

  /** Trains on to a moment: `after` milliseconds after a phase begins, or a write. False where the run ended before. */
  async reach(phase: string, write: DrawnOut | null, after: number): Promise<boolean> {
    await this.goOn(write);
    await this.until(() => this.tells(write ? 'write' : phase) || this.ends);
    if (!this.ends) await wait(after);
    return !this.ends;
  }

  async kill(victim: Victim): Promise<void> {
    this.told = [];
    if (victim === 'reload') {
      await this.studio.page.reload();
      return;
    }
    const { processInfo } = await answers(
      'the list of processes',
      this.context!.browser()!
        .newBrowserCDPSession()
        .then((session) => session.send('SystemInfo.getProcessInfo')),
    );
    for (const { type, id } of processInfo) if (type === victim) process.kill(id, 'SIGKILL');
  }

  /** Opens the page again, where it is gone. @returns what became of the run */
  async comeBack(victim: Victim): Promise<string> {
    if (victim === 'GPU') return this.recovered();
    if (victim === 'browser') await this.close();
    if (victim !== 'reload') await this.open();
    const { page } = this.studio;
    await page.locator('header [data-executor]').waitFor();
    if (![...(await this.stored()).keys()].includes('run.json')) {
      this.begin = () => this.start();
      return 'it had not begun yet';
    }
    const interrupted = page.getByTestId('resume-interrupted');
    if (await comes(interrupted)) return this.canResume(interrupted, 'resumed');
    await this.studio.goTo('train');
    await page.getByTestId('run-row').waitFor({ timeout: soon });
    const inList = page.getByTestId('resume-past');
    if (await inList.isVisible()) return this.canResume(inList, 'resumed from the list of runs');
    this.finished = true;
    return 'it had finished';
  }

  /** Trains to the end. @returns the files of the run, and of its adapter as it is downloaded */
  async end(): Promise<Files> {
    await this.goOn(null);
    await this.until(() => this.ends);
    if (!this.finished && !this.tells('finished')) throw new Error(`the run ended so: ${JSON.stringify(this.told)}`);
    await this.open();
    await this.studio.goTo('use');
    const adapter = await downloaded(this.studio.page, 'download-peft');
    const named = Object.entries(adapter).map(([name, bytes]) => [`downloaded/${name}`, bytes] as const);
    return new Map([...(await this.stored()), ...named]);
  }

  /** How many milliseconds each phase took, the first time; training is all from its first step to its last. */
  spans(): Record<string, number> {
    const first = new Map<string, number>();
    const spans: Record<string, number> = {};
    for (const [index, { moment, at }] of this.told.entries()) {
      if (first.has(moment)) continue;
      first.set(moment, at);
      const isNext = (each: Told) =>
        moment === 'training' ? ['saving', 'answering'].includes(each.moment) : each.moment !== moment;
      const after = this.told.slice(index).find(isNext);
      spans[moment] = (after?.at ?? at) - at;
    }
    return spans;
  }

  async close(): Promise<void> {
    if (this.context) await answers('the browser that is closed', this.context.close()).catch(() => {});
    this.context = null;
  }

  private get ends(): boolean {
    return this.finished || ['finished', 'failed'].some((phase) => this.tells(phase));
  }

  private tells(moment: string): boolean {
    return this.told.some((each) => each.moment === moment);
  }

  private async goOn(write: DrawnOut | null): Promise<void> {
    if (!this.context) await this.open();
    const worker = this.studio.page.workers().find((each) => /assets\/worker-/.test(each.url()))!;
    await answers(
      'the worker',
      worker.evaluate((wanted) => {
        self.drawnOut = wanted;
      }, write),
    );
    const begin = this.begin;
    this.begin = null;
    if (!begin) return;
    this.told = [];
    await begin();
  }

  private start(): Promise<void> {
    return startRun(this.studio, {
      training: { max_steps: this.steps, batch_size: 2, evaluation_epochs: 0.1, save_checkpoint: 'best' },
      dataset: { validation_size: 0.05 },
      prediction: { max_length_inference: 4 },
      environment: { executor: 'webgpu' },
    });
  }

  private canResume(button: Locator, how: string): string {
    this.begin = () => button.click();
    return how;
  }

  /** A lost GPU needs no visitor, unless it is lost again and again. */
  private async recovered(): Promise<string> {
    await this.until(() => this.tells('recovering') || this.ends);
    if (this.tells('recovering')) return 'recovered by itself';
    if (this.tells('finished')) return 'it was done with the GPU';
    return this.canResume(this.studio.page.getByTestId('resume-failed'), 'resumed after it had failed');
  }

  private async open(): Promise<void> {
    const page = await this.openTab().catch(async () => {
      await this.close();
      return this.openTab();
    });
    page.setDefaultTimeout(soon);
    page.on('console', (message) => this.hear(message));
    this.studio = new StudioPage(page);
    await page.goto(this.address);
    await page.locator('header [data-executor]').waitFor();
  }

  /** A new tab, since a page whose renderer died cannot be loaded anew. After such a death a browser may open no more. */
  private async openTab(): Promise<Page> {
    this.context ??= await chromium.launchPersistentContext(this.profile, {
      executablePath: findBrowser(),
      args: flags,
      viewport: { width: 1440, height: 900 },
    });
    const before = this.context.pages();
    const page = await answers('a new tab', this.context.newPage());
    for (const each of before) await answers('a tab that is closed', each.close());
    return page;
  }

  private hear(message: ConsoleMessage): void {
    const [, moment] = /^moment: (.*)/.exec(message.text()) ?? [];
    if (moment) this.told.push({ moment, at: performance.now() });
  }

  private async until(holds: () => boolean): Promise<void> {
    for (const begun = performance.now(); !holds(); await wait(2))
      if (performance.now() - begun > long) throw new Error(`waited in vain; told: ${JSON.stringify(this.told)}`);
  }

  /** The files of the only run, as the browser stores them; none where no run is there. */
  private async stored(): Promise<Files> {
    const reading = this.studio.page.evaluate(async () => {
      const files: [string, string][] = [];
      const root = await navigator.storage.getDirectory();
      const runs = await root.getDirectoryHandle('runs').catch(() => null);
      const folders = runs ? [{ folder: runs, path: '' }] : [];
      for (const { folder, path } of folders)
        for await (const [name, handle] of folder.entries()) {
          if (handle instanceof FileSystemDirectoryHandle) folders.push({ folder: handle, path: `${path}${name}/` });
          else if (handle instanceof FileSystemFileHandle) {
            const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
            files.push([path + name, Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')]);
          }
        }
      return files;
    });
    const found = await answers('the files', reading);
    return new Map(found.map(([path, text]) => [path.replace(/^[^/]*\//, ''), Buffer.from(text, 'latin1')]));
  }
}

/** What Playwright itself would wait for for ever. */
const answers = <Value>(what: string, promise: Promise<Value>): Promise<Value> =>
  Promise.race([
    promise,
    wait(soon, undefined, { ref: false }).then(() => {
      throw new Error(`${what} did not answer for ${soon / 1000} s`);
    }),
  ]);

const comes = (locator: Locator): Promise<boolean> =>
  locator.waitFor({ timeout: offered }).then(
    () => true,
    () => false,
  );
