import type { Page } from '@playwright/test';
import { reference, sortNumbers } from '../src/testing/known-work.ts';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the thread, in µs. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/**
 * Records the tasks of the page's main thread. Counted is the processor time of a task and not the time on the clock,
 * because in tests a software GPU keeps every core busy, and a task's clock runs while it waits for one.
 * @param slowdown how many times slower the thread is made meanwhile
 * @returns ends the recording and gives the processor time of each task in ms, the longest first, as it would be where
 * `sortNumbers` takes `reference.first`; on a faster machine, as it was
 */
export async function recordMainThread(page: Page, slowdown = 1): Promise<() => Promise<number[]>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  const end = await trace(page);
  return async () => {
    const tasks = await end();
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    const endWork = await trace(page);
    for (let turn = 0; turn < 5; turn++) await page.evaluate(sortNumbers);
    // A task is traced twice, as a whole and as what it runs.
    const work = (await endWork())[5]!;
    return tasks.map((time) => time * Math.min(1, reference.first / work));
  };
}

/** @returns ends the recording and gives the processor time of each task in ms, the longest first */
async function trace(page: Page): Promise<() => Promise<number[]>> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline'] },
  });
  return async () => {
    const complete = new Promise((done) => session.once('Tracing.tracingComplete', done));
    await session.send('Tracing.end');
    await complete;
    const threadOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
    const mains = new Set(
      events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf),
    );
    return events
      .filter((event) => mains.has(threadOf(event)) && event.name.endsWith('RunTask'))
      .map(({ tdur = 0 }) => tdur / 1000)
      .sort((a, b) => b - a);
  };
}
