import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commitFiles, createHubRepository } from './hub-publish.ts';
import { SentParts } from './hub-sent-parts.ts';
import { finishSignIn } from './hub-sign-in.ts';
import { unlessStalled } from './hub-stall.ts';

/** Takes what comes, and says nothing, or the beginning of an answer. */
let answer = '';
const server = createServer((_, response) => {
  if (answer !== '') response.writeHead(200, { 'content-type': 'application/json' }).write(answer);
});
let endpoint = '';
beforeEach(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

const access = () => ({ fetch, endpoint, token: 'hf_right', repository: 'me/cat', retryDelay: 1, stallMs: 50 });
const stalled = () => ({ code: 'publish-stalled', params: { host: new URL(endpoint).host } });

test.each(['', '{'])('a Hub that answers %j and no more is not waited for, nor is a storage', async (begun) => {
  answer = begun;
  await expect(createHubRepository(access(), true)).rejects.toMatchObject(stalled());
  const upload = { title: '', files: new Map([['a.bin', new Blob(['a'])]]), sent: new SentParts() };
  await expect(commitFiles(access(), upload)).rejects.toMatchObject(stalled());
});

test('who signs in is not kept waiting either', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const begun = { nonce: 'n', codeVerifier: 'v' };
  const state = encodeURIComponent(JSON.stringify({ nonce: 'n', redirectUri: 'http://localhost/' }));
  const outcome = finishSignIn(endpoint, `http://localhost/?code=c&state=${state}`, begun).catch((error) => error);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(await outcome).toMatchObject(stalled());
});

test('what shows signs of life is waited for, and who stops it hears why', async () => {
  vi.useFakeTimers();
  const slow = unlessStalled('h', 1000, null, async (_, alive) => {
    for (let piece = 0; piece < 5; piece++) {
      await new Promise((done) => setTimeout(done, 900));
      alive();
    }
    return 'sent';
  });
  await vi.advanceTimersByTimeAsync(5000);
  expect(await slow).toBe('sent');
  const stop = new AbortController();
  const never = (signal: AbortSignal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  const stopped = unlessStalled('h', 1000, stop.signal, never).catch((error) => error);
  stop.abort(new Error('enough'));
  expect(await stopped).toMatchObject({ message: 'enough' });
});
