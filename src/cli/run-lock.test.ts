import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockRun } from './run-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const lock = () => join(folder, '.writer');

test('of two writers one has the folder, until it lets go', () => {
  const release = lockRun(folder);
  expect(() => lockRun(folder)).toThrow(expect.objectContaining({ code: 'run-taken' }));
  release();
  expect(existsSync(lock())).toBe(false);
  lockRun(folder)();
});

test('a process that lives keeps others out, and what one that was killed left is taken over', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await writeFile(lock(), `${other.pid}\n`);
  expect(() => lockRun(folder)).toThrow(expect.objectContaining({ params: { folder, process: other.pid } }));
  other.kill('SIGKILL');
  await once(other, 'exit');
  lockRun(folder)();
  // In a container that starts anew the next process has the id of the one before.
  await writeFile(lock(), `${process.pid}\n`);
  lockRun(folder)();
});

test.runIf(process.platform === 'linux')('a process whose parent never asks for its end holds nobody', async () => {
  const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [id] = await once(parent.stdout, 'data');
  await writeFile(lock(), String(id));
  expect(() => lockRun(folder)).toThrow(expect.objectContaining({ code: 'run-taken' }));
  await vi.waitFor(() => expect(readFileSync(`/proc/${Number(id)}/stat`, 'utf8')).toContain(') Z '), 10_000);
  lockRun(folder)();
  parent.kill('SIGKILL');
});

test('a lock of which nothing was written holds nobody, once a process has had the time to write it', async () => {
  await writeFile(lock(), '');
  expect(() => lockRun(folder)).toThrow(expect.objectContaining({ code: 'run-taken' }));
  await makeOld(lock());
  lockRun(folder)();
});

test('of processes that find the lock of one that was killed, one removes it', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await writeFile(lock(), `${pid}\n`);
  const clearing = `${lock()}.clearing`;
  await writeFile(clearing, '');
  expect(() => lockRun(folder)).toThrow(expect.objectContaining({ code: 'run-taken' }));
  expect(await readFile(lock(), 'utf8')).toBe(`${pid}\n`);
  // That one may have been killed, too.
  await makeOld(clearing);
  expect(() => lockRun(folder)).toThrow(expect.objectContaining({ code: 'run-taken' }));
  lockRun(folder)();
  expect(await readdir(folder)).toEqual([]);
});

const makeOld = (path: string) => utimes(path, new Date(0), new Date(0));

test('a folder that cannot be made is said to be, by its name', async () => {
  await writeFile(join(folder, 'file'), '');
  const inside = join(folder, 'file', 'run');
  expect(() => lockRun(inside)).toThrow(`The folder ${inside} cannot be made: a part of its path is a file`);
});
