import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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
  // A lock of which nothing was written holds nobody.
  await writeFile(lock(), '');
  lockRun(folder)();
});
