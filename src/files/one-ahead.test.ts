import { expect, test } from 'vitest';
import { oneAhead } from './one-ahead.ts';

test('a part is made while the one before is used, and all come in order', async () => {
  const made: number[] = [];
  async function* parts() {
    for (let part = 0; part < 4; part++) {
      made.push(part);
      yield part;
    }
  }
  const used: [part: number, made: number][] = [];
  for await (const part of oneAhead(parts())) {
    await Promise.resolve();
    used.push([part, made.length]);
  }
  expect(used).toEqual([
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 4],
  ]);
});

test('what a part throws comes after the parts before it, and who stops early closes the source', async () => {
  let isClosed = false;
  async function* parts() {
    try {
      yield 1;
      throw new Error('full');
    } finally {
      isClosed = true;
    }
  }
  const used: number[] = [];
  const all = (async () => {
    for await (const part of oneAhead(parts())) used.push(part);
  })();
  await expect(all).rejects.toThrow('full');
  expect([used, isClosed]).toEqual([[1], true]);

  isClosed = false;
  async function* endless() {
    try {
      for (;;) yield 1;
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of oneAhead(endless())) break;
  expect(isClosed).toBe(true);
});
