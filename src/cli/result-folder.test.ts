import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { classify } from './classify.ts';
import { exportRequest } from './export-arguments.ts';
import { errorInWords } from './print.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'result-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a place without a result says what to give, and nothing of a file to add', async () => {
  const empty = join(folder, 'refused');
  await mkdir(join(folder, 'done', 'adapter'), { recursive: true });
  await mkdir(empty);
  const config = join(folder, 'config.json');
  for (const path of [config, join(folder, 'done', 'run.json'), join(folder, 'done', 'adapter', 'adapter_config.json')])
    await writeFile(path, '{}');
  const asked = (path: string) => exportRequest([path, '--to', 'merged', '--out', 'o']);
  await expect(asked(empty)).rejects.toThrow(`No finished run and no adapter is in ${empty}: give the folder of a`);
  await expect(asked(config)).rejects.toThrow(`${config} is a file: give the folder of a finished run`);
  await expect(asked(join(folder, 'none'))).rejects.toThrow('no file or folder');
  await expect(exportRequest(['merged', '--run', empty, '--out', 'o'])).rejects.toThrow('No finished run');
  const ofRun = ['--model', 'm', '--adapter', join(folder, 'done'), '--text', 'x'];
  await expect(classify(ofRun)).rejects.toThrow(`its adapter is ${join(folder, 'done', 'adapter')}.`);
});

test('a full disk is no browser', () => {
  const said = errorInWords(new AppError('storage-full', { bytes: 12 }));
  expect(said).toContain('There is no room on the disk for another 12 bytes.');
  expect(said).not.toContain('browser');
});
