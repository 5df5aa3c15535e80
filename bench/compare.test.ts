import { describe, expect, it } from 'vitest';
import { compare, median } from './compare.ts';
import type { Results } from './contender.ts';
import { connectProcess } from './node-contender.ts';
import { type Port, RemoteContender } from './remote.ts';

/** A contender that answers at once: its first results, then a loss of 1 after the milliseconds given, in turn. */
function scripted(results: Results, milliseconds: readonly number[]): RemoteContender {
  let answer: (message: never) => void = () => {};
  const left = [...milliseconds];
  const port: Port = {
    send(message) {
      const { call } = message as { call: 'start' | 'first' | 'step' };
      const result = {
        start: () => 'scripted',
        first: () => results,
        step: () => ({ loss: 1, milliseconds: left.shift() }),
      };
      queueMicrotask(() => answer({ result: result[call]() } as never));
    },
    receive: (onMessage) => {
      answer = onMessage;
    },
    close: () => {},
  };
  return new RemoteContender(port);
}

const results = (...values: number[]): Results => ({ loss: 1, tensors: new Map([['w', Float32Array.from(values)]]) });

describe('comparing contenders', () => {
  const options = {
    task: { kind: 'step', model: 'tiny', method: 'lora' },
    contenders: ['ours', 'tfjs'],
    steps: 3,
    seconds: 60,
  } as const;

  it('gives medians and how many times the first one the others take', async () => {
    const remotes = [scripted(results(1, 2), [10, 30, 20]), scripted(results(1, 2), [50, 40, 90])];
    const { rows, failures } = await compare(options, () => remotes.shift()!);
    expect(rows.map(({ milliseconds, ratio }) => [milliseconds, ratio])).toEqual([
      [20, 1],
      [50, 2.5],
    ]);
    expect(failures).toEqual([]);
  });

  it('does not time a contender with other gradients', async () => {
    const remotes = [scripted(results(1, 2), [10, 10, 10]), scripted(results(1, -2), [1, 1, 1])];
    const { rows, failures } = await compare(options, () => remotes.shift()!);
    expect(rows.map(({ contender }) => contender)).toEqual(['ours']);
    expect(failures).toEqual([expect.stringContaining('tfjs: wrong: tensors off by 1.78')]);
  });

  it('gives a slow contender two steps and no more than its time', async () => {
    const remotes = [scripted(results(1), [1, 1, 1]), scripted(results(1), [50_000, 50_000, 50_000])];
    const { rows } = await compare(options, () => remotes.shift()!);
    expect(rows.map(({ samples }) => samples.length)).toEqual([3, 2]);
  });

  it('takes the middle, or the mean of the two middle ones', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });
});

/** jax-js is left to `npm run bench`: software adapters take a minute to compile its kernels. */
describe.each(['lora', 'full'] as const)('a step of a tiny decoder, %s', (method) => {
  it('is the same in TensorFlow.js, with its tape and with our graph', { timeout: 120_000, retry: 1 }, async () => {
    const task = { kind: 'step', model: 'tiny', method } as const;
    const { rows, failures } = await compare(
      { task, contenders: ['ours', 'tfjs', 'tfjs-graph'], steps: 2, seconds: 60 },
      connectProcess,
    );
    expect(failures).toEqual([]);
    expect(rows).toHaveLength(3);
    for (const { agreement } of rows) expect(agreement.tensors).toBeLessThan(1e-5);
  });
});
