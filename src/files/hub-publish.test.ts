import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HubServer, startHubServer } from '../../e2e/hub-server.ts';
import { commitFiles, createHubRepository, type UploadProgress } from './hub-publish.ts';
import { SentParts } from './hub-sent-parts.ts';

let folder: string;
let hub: HubServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-publish-'));
  hub = await startHubServer(folder, { writers: ['hf_right'], readers: ['hf_reader'], chunkBytes: 1000 });
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

const weights = Uint8Array.from({ length: 9500 }, (_, index) => index % 251);
const files = new Map<string, Blob>([
  ['README.md', new Blob(['# A cat\n'])],
  ['adapter_model.safetensors', new Blob([weights])],
  ['small.safetensors', new Blob([weights.subarray(0, 700)])],
]);
const access = (token = 'hf_right', repository = 'me/cat') => ({
  ...{ fetch, endpoint: hub.url, token, repository, retryDelay: 1 },
});
const commit = (sent = new SentParts(), token?: string, onProgress?: (progress: UploadProgress) => void) =>
  commitFiles(access(token), { title: 'Cat', files, sent, ...(onProgress && { onProgress }) });
const uploads = () => hub.requests.filter((line) => line.startsWith('PUT'));

test('files come to lie in the repository as they are, the large ones in parts, with progress to the last byte', async () => {
  await createHubRepository(access(), true);
  expect(hub.commits.private).toContain('me/cat');
  const told = new Map<string, number>();
  await commit(new SentParts(), 'hf_right', ({ path, doneBytes, phase }) => {
    if (phase === 'sending') told.set(path, doneBytes);
  });
  expect(new Uint8Array(await readFile(join(folder, 'me/cat/adapter_model.safetensors')))).toEqual(weights);
  expect(await readFile(join(folder, 'me/cat/README.md'), 'utf8')).toBe('# A cat\n');
  expect(uploads()).toHaveLength(10 + 1);
  expect(told.get('adapter_model.safetensors')).toBe(weights.length);
});

test('an upload that breaks goes on: no part that came is sent again, under another token either', async () => {
  await createHubRepository(access(), true);
  hub.faults.uploadsBeforeBreak = 4;
  const sent = new SentParts();
  await expect(commit(sent)).rejects.toMatchObject({ code: 'publish-offline' });
  delete hub.faults.uploadsBeforeBreak;
  hub.faults.writers = ['hf_new'];
  await expect(commit(sent)).rejects.toMatchObject({ code: 'publish-unauthorized' });
  hub.requests.length = 0;
  await commit(sent, 'hf_new');
  expect(uploads().length).toBeLessThanOrEqual(11 - 3);
  expect(new Uint8Array(await readFile(join(folder, 'me/cat/adapter_model.safetensors')))).toEqual(weights);

  // What the storage has whole is not sent by a later try that knows of no earlier one.
  hub.requests.length = 0;
  await commit(new SentParts(), 'hf_new');
  expect(uploads()).toEqual([]);
});

test('parts whose addresses are valid no more begin anew by themselves', async () => {
  await createHubRepository(access(), true);
  hub.faults.uploadsBeforeBreak = 4;
  const sent = new SentParts();
  await expect(commit(sent)).rejects.toMatchObject({ code: 'publish-offline' });
  delete hub.faults.uploadsBeforeBreak;
  hub.faults.expireAddresses = true;
  await commit(sent);
  expect(new Uint8Array(await readFile(join(folder, 'me/cat/adapter_model.safetensors')))).toEqual(weights);
});

test('each refusal says what it is', async () => {
  await createHubRepository(access(), false);
  expect(hub.commits.private).not.toContain('me/cat');
  await expect(createHubRepository(access(), true)).rejects.toMatchObject({ code: 'publish-name-taken' });
  await expect(createHubRepository(access('hf_old', 'me/other'), true)).rejects.toMatchObject({
    code: 'publish-unauthorized',
  });
  await expect(commit(new SentParts(), 'hf_猫')).rejects.toMatchObject({ code: 'publish-unauthorized' });
  await expect(commit(new SentParts(), 'hf_reader')).rejects.toMatchObject({
    code: 'publish-forbidden',
    params: { repository: 'me/cat', message: 'You need write access.' },
  });
  const elsewhere = commitFiles(access('hf_right', 'me/none'), { title: '', files, sent: new SentParts() });
  await expect(elsewhere).rejects.toMatchObject({ code: 'publish-not-found' });
  hub.faults.full = true;
  await expect(commit()).rejects.toMatchObject({ code: 'publish-full' });
  delete hub.faults.full;
  hub.faults.status = 429;
  await expect(commit()).rejects.toMatchObject({ code: 'publish-failed', params: { status: 429 } });
  delete hub.faults.status;
  const gone = { ...access(), endpoint: 'http://127.0.0.1:9' };
  await expect(commitFiles(gone, { title: '', files, sent: new SentParts() })).rejects.toMatchObject({
    code: 'publish-offline',
  });
});

test('the token does not go to the storage, and a stopped upload ends with the reason', async () => {
  await createHubRepository(access(), true);
  const asked: { method: string | undefined; token: string | null }[] = [];
  const watched: typeof fetch = (input, init) => {
    asked.push({ method: init?.method, token: new Headers(init?.headers).get('authorization') });
    return fetch(input, init);
  };
  const stop = new AbortController();
  const upload = { title: '', files, sent: new SentParts(), signal: stop.signal };
  await commitFiles({ ...access(), fetch: watched }, upload);
  const tokens = (method: string) => asked.filter((each) => each.method === method).map(({ token }) => token);
  expect(new Set(tokens('POST'))).toEqual(new Set(['Bearer hf_right']));
  expect(new Set(tokens('PUT'))).toEqual(new Set([null]));
  stop.abort(new Error('enough'));
  await expect(commitFiles(access(), upload)).rejects.toThrow('enough');
});
