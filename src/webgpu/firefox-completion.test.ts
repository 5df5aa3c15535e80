import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { completionPoll } from './firefox-completion.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const after = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A queue that tells of finished work every 100 ms and at each submit, or `prompt` at once; a round trip takes 0.2 ms. */
function fakeDevice({ prompt = false, lost = false } = {}) {
  const told: { readonly at: number; readonly tell: () => void }[] = [];
  const look = () => {
    for (const entry of told.splice(0)) {
      if (entry.at <= performance.now()) entry.tell();
      else told.push(entry);
    }
  };
  const timer = setInterval(look, prompt ? 1 : 100);
  const count = { submits: 0 };
  const workOf = (milliseconds: number): Promise<void> =>
    new Promise((tell) => {
      told.push({ at: performance.now() + milliseconds, tell });
    });
  const device = {
    queue: {
      onSubmittedWorkDone: () => workOf(0),
      submit() {
        count.submits++;
        look();
      },
    },
    pushErrorScope() {},
    popErrorScope: () => after(0.2).then(() => (lost ? Promise.reject(new Error('lost')) : null)),
  } as unknown as GPUDevice;
  return { device, count, workOf, end: () => clearInterval(timer) };
}

/** Milliseconds of the fake clock until the promise is settled. */
async function timeOf(promise: Promise<unknown>): Promise<number> {
  const start = performance.now();
  let end: number | undefined;
  const ended = () => {
    end = performance.now();
  };
  promise.then(ended, ended);
  while (end === undefined) await vi.advanceTimersByTimeAsync(0.1);
  return end - start;
}

async function measured<T>(promise: Promise<T>): Promise<T> {
  await timeOf(promise);
  return promise;
}

describe('waiting for the GPU in Firefox', () => {
  it('does not wait for the timer: work is known soon after it is done', async () => {
    const { device, count, workOf, end } = fakeDevice();
    const poll = (await measured(completionPoll(device)))!;
    expect(poll).toBeDefined();
    expect(await timeOf(workOf(7))).toBeGreaterThan(50);
    for (const milliseconds of [0, 7, 33, 60]) {
      const waited = await timeOf(poll.during(workOf(milliseconds)));
      expect(waited).toBeGreaterThanOrEqual(milliseconds);
      expect(waited).toBeLessThan(milliseconds * 1.1 + 1.5);
    }
    // A long wait is not thousands of looks, and nobody looks when nobody waits.
    count.submits = 0;
    await timeOf(poll.during(workOf(1000)));
    expect(count.submits).toBeLessThan(400);
    const { submits } = count;
    await vi.advanceTimersByTimeAsync(500);
    expect(count.submits).toBeLessThanOrEqual(submits + 1);
    end();
  });

  it('is one loop for all that wait at once', async () => {
    const { device, count, workOf, end } = fakeDevice();
    const poll = (await measured(completionPoll(device)))!;
    await timeOf(poll.during(workOf(20)));
    const alone = count.submits;
    await timeOf(Promise.all([1, 2, 3, 4, 5].map((extra) => poll.during(workOf(20 - extra)))));
    expect(count.submits - alone).toBeLessThan(2 * alone);
    end();
  });

  it('leaves a queue alone that answers by itself', async () => {
    const { device, count, end } = fakeDevice({ prompt: true });
    expect(await measured(completionPoll(device))).toBeUndefined();
    expect(count.submits).toBe(0);
    end();
  });

  it('leaves Dawn alone, which is what Chromium has', async () => {
    vi.useRealTimers();
    const adapter = (await (await createNodeGpu({ backend: 'null' }))!.requestAdapter())!;
    const device = await adapter.requestDevice();
    const submit = vi.spyOn(device.queue, 'submit');
    expect(await completionPoll(device)).toBeUndefined();
    expect(submit).not.toHaveBeenCalled();
    device.destroy();
  });

  it('ends with the device, and what is waited for tells why', async () => {
    const { device, count, end } = fakeDevice({ lost: true });
    const poll = (await measured(completionPoll(device)))!;
    const waiting = poll.during(after(300).then(() => Promise.reject(new Error('the device is gone'))));
    const outcome = expect(waiting).rejects.toThrow('the device is gone');
    await vi.advanceTimersByTimeAsync(400);
    await outcome;
    expect(count.submits).toBe(1);
    end();
  });
});
