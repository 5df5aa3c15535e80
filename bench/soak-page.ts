/**
 * A long run of the example in the page, in Chromium: does the page or its worker hold on to more and more, and are the
 * last steps as quick as the first? npx tsx bench/soak-page.ts [--steps 10000] [--batch 2] [--port 4194]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CDPSession, chromium, type Page } from '@playwright/test';
import { startRun } from '../e2e/short-run.ts';
import { StudioPage } from '../e2e/studio.ts';
// @ts-expect-error plain scripts shared with `npm start` and `npm test`, which run before anything is built
import { browserFlags, findBrowser } from '../scripts/browser.js';
// @ts-expect-error as above
import { buildPage } from '../scripts/build.js';
// @ts-expect-error as above
import { serveFolder } from '../scripts/serve.js';

/** Steps before what is held counts, and steps whose mean is one measured time. */
const [warm, block] = [500, 250];
/** Blocks whose median stands for the first steps, and for the last. */
const blocks = 8;

/** What is alive when what nobody holds is gone. */
interface Held {
  readonly step: number;
  readonly page: Heap;
  /** Of all workers together. */
  readonly workers: Heap;
  readonly nodes: number;
  readonly listeners: number;
}

/** Processor time of all of the browser's processes so far, and the step the page shows. */
interface Mark {
  readonly step: number;
  readonly seconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '10000' },
      batch: { type: 'string', default: '2' },
      port: { type: 'string', default: '4194' },
    },
  });
  const steps = Number(values.steps);
  await buildPage();
  const { server, address } = await serveFolder(
    fileURLToPath(new URL('../dist', import.meta.url)),
    Number(values.port),
  );
  const profile = await mkdtemp(join(tmpdir(), 'atelier-soak-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    args: browserFlags,
    baseURL: address,
  });
  try {
    const studio = new StudioPage(context.pages()[0]!);
    await studio.open();
    await startRun(studio, {
      training: { max_steps: warm + steps + block, batch_size: Number(values.batch), evaluation_epochs: 20 },
      dataset: { validation_size: 0.05 },
      prediction: { max_length_inference: 4 },
      environment: { executor: 'webgpu' },
    });
    await studio.waitForPhase('training', 120_000);
    report(await watch(studio.page, steps));
  } finally {
    await context.close();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function watch(page: Page, steps: number): Promise<{ held: Held[]; marks: Mark[] }> {
  const session = await page.context().newCDPSession(page);
  const browser = await page.context().browser()!.newBrowserCDPSession();
  const of = await heaps(session);
  await session.send('Performance.enable');
  const held: Held[] = [];
  const marks: Mark[] = [];
  const reached = async (step: number) => {
    for (;;) {
      const at = await stepOf(page);
      if (at >= step) return at;
      await page.waitForTimeout(200);
    }
  };
  const isDue = (step: number) => step === warm || step === warm + steps;
  for (let next = warm; next <= warm + steps; next += block) {
    const step = await reached(next);
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    marks.push({ step, seconds: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0) });
    if (!isDue(next)) continue;
    const heap = { page: await of.page(), workers: await of.workers() };
    const { metrics } = await session.send('Performance.getMetrics');
    const metric = (name: string) => metrics.find((each) => each.name === name)!.value;
    held.push({
      step,
      ...heap,
      nodes: metric('Nodes'),
      listeners: metric('JSEventListeners'),
    });
    console.log(JSON.stringify(held.at(-1)));
  }
  return { held, marks };
}

/** Bytes of what is alive. */
interface Heap {
  /** Of objects, strings and numbers of JavaScript. */
  readonly data: number;
  /** What the browser keeps beside them, for the document and of how fast it was. */
  readonly browser: number;
  readonly arrays: number;
  /** What V8 compiled: it comes and goes. */
  readonly code: number;
}

/** From a heap snapshot, for which what nobody holds is collected first. */
function heapOf(snapshot: string): Heap {
  const { snapshot: about, nodes, strings } = JSON.parse(snapshot) as Snapshot;
  const { node_fields: fields, node_types: types } = about.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field));
  const heap = { data: 0, browser: 0, arrays: 0, code: 0 };
  for (let at = 0; at < nodes.length; at += fields.length) {
    const isArray = strings[nodes[at + name!]!] === 'system / JSArrayBufferData';
    const kind = types[0][nodes[at + type!]!];
    heap[isArray ? 'arrays' : kind === 'code' ? 'code' : kind === 'native' ? 'browser' : 'data'] += nodes[at + size!]!;
  }
  return heap;
}

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] } };
  readonly nodes: number[];
  readonly strings: string[];
}

/** The newest step of which the page knows. */
function stepOf(page: Page): Promise<number> {
  return page.locator('[data-testid="run-view"] > progress').evaluate((bar) => (bar as HTMLProgressElement).value);
}

/** A page or a worker, as the protocol speaks with it. */
interface Target {
  ask(method: string): Promise<unknown>;
  /** Hears of its events; ends when what is returned is called. */
  hear(event: string, heard: (params: { chunk: string }) => void): () => void;
}

async function heapOfTarget({ ask, hear }: Target): Promise<Heap> {
  const chunks: string[] = [];
  const end = hear('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await ask('HeapProfiler.enable');
  await ask('HeapProfiler.takeHeapSnapshot');
  await ask('HeapProfiler.disable');
  end();
  return heapOf(chunks.join(''));
}

/** @returns what the page holds, and what its workers do */
async function heaps(session: CDPSession): Promise<{ page(): Promise<Heap>; workers(): Promise<Heap> }> {
  const workers = new Map<string, Target>();
  let last = 0;
  session.on('Target.attachedToTarget', ({ sessionId }) => {
    const heard = new Set<(message: { id?: number; method?: string; params: { chunk: string } }) => void>();
    session.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId === sessionId) for (const each of heard) each(JSON.parse(event.message));
    });
    const hear: Target['hear'] = (event, tell) => {
      const listen = ({ method, params }: { method?: string; params: { chunk: string } }) => {
        if (method === event) tell(params);
      };
      heard.add(listen);
      return () => heard.delete(listen);
    };
    const ask = (method: string) =>
      new Promise<void>((resolve, reject) => {
        const id = ++last;
        const listen = (answer: { id?: number }) => {
          if (answer.id !== id) return;
          heard.delete(listen);
          resolve();
        };
        heard.add(listen);
        const message = JSON.stringify({ id, method });
        session.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
      });
    workers.set(sessionId, { ask, hear });
  });
  session.on('Target.detachedFromTarget', ({ sessionId }) => workers.delete(sessionId));
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const page: Target = {
    ask: (method) => session.send(method as 'HeapProfiler.enable'),
    hear(event, tell) {
      session.on(event as 'HeapProfiler.addHeapSnapshotChunk', tell);
      return () => session.off(event as 'HeapProfiler.addHeapSnapshotChunk', tell);
    },
  };
  return {
    page: () => heapOfTarget(page),
    async workers() {
      if (workers.size === 0) throw new Error('no worker was found');
      const sum = { data: 0, browser: 0, arrays: 0, code: 0 };
      for (const worker of workers.values()) {
        const heap = await heapOfTarget(worker);
        for (const part of ['data', 'browser', 'arrays', 'code'] as const) sum[part] += heap[part];
      }
      return sum;
    },
  };
}

function report({ held, marks }: { held: readonly Held[]; marks: readonly Mark[] }): void {
  const [before, after] = [held[0]!, held.at(-1)!];
  const more = (of: 'page' | 'workers', part: keyof Heap) =>
    `${((after[of][part] - before[of][part]) / 1e6).toFixed(2)} MB`;
  console.log(`from step ${before.step} to ${after.step}:`);
  for (const of of ['page', 'workers'] as const)
    console.log(
      `${of}: ${more(of, 'data')} of data more, typed arrays ${more(of, 'arrays')}, code ${more(of, 'code')}, the browser's own ${more(of, 'browser')}`,
    );
  console.log(`nodes ${before.nodes} → ${after.nodes}, listeners ${before.listeners} → ${after.listeners}`);
  const each = marks.slice(1).map(({ step, seconds }, index) => {
    const last = marks[index]!;
    return (1000 * (seconds - last.seconds)) / (step - last.step);
  });
  const [first, last] = [each.slice(0, blocks), each.slice(-blocks)].map(median);
  const change = (100 * (last! / first! - 1)).toFixed(1);
  console.log(
    `processor time of a step: ${first!.toFixed(1)} ms at first, ${last!.toFixed(1)} ms at the end, ${change}%`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

await main();
process.exit(0);
