import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { turnsOfProcesses } from './process-turns.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-turns-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('lets one after the other through, tells who waits, and leaves nothing behind', async () => {
  const order: string[] = [];
  let release = () => {};
  const first = turnsOfProcesses(folder)(
    'file',
    () =>
      new Promise<void>((done) => {
        order.push('first begins');
        release = () => {
          order.push('first ends');
          done();
        };
      }),
    () => order.push('first waits'),
  );
  await expect.poll(() => order).toEqual(['first begins']);
  const second = turnsOfProcesses(folder)(
    'file',
    async () => order.push('second'),
    () => {
      order.push('second waits');
      release();
    },
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first begins', 'second waits', 'first ends', 'second']);
  expect(await readdir(folder)).toEqual([]);
});

/** What the file of a turn is called while it lasts. */
async function lockOf(turn: ReturnType<typeof turnsOfProcesses>): Promise<string> {
  let lock = '';
  await turn(
    'file',
    async () => {
      [lock] = (await readdir(folder)) as [string];
    },
    expect.fail,
  );
  return lock;
}

it('does not wait for one before it that had its own id, as where a container starts anew', async () => {
  const turn = turnsOfProcesses(folder);
  const lock = await lockOf(turn);
  await writeFile(join(folder, lock), String(process.pid));
  expect(await turn('file', async () => 'through', expect.fail)).toBe('through');
});

it('does not wait for one of which nothing was written', async () => {
  const turn = turnsOfProcesses(folder);
  const lock = await lockOf(turn);
  await writeFile(join(folder, lock), '');
  await utimes(join(folder, lock), new Date(0), new Date(0));
  expect(await turn('file', async () => 'through', expect.fail)).toBe('through');
});

it('does not wait for a process that has ended, and is given up when it is broken off', async () => {
  const turn = turnsOfProcesses(folder);
  await turn(
    'file',
    async () => {
      const [lock] = await readdir(folder);
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      await writeFile(join(folder, lock!), String(pid));
      expect(await turn('file', async () => 'through', expect.fail)).toBe('through');
    },
    expect.fail,
  );

  await turn(
    'file',
    async () => {
      const stop = new AbortController();
      const waiting = turn('file', expect.fail, () => stop.abort(), stop.signal);
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    },
    expect.fail,
  );
});
