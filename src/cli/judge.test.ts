import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRunConfig } from '../training/config/run-config.ts';
import { judgeOf } from './judge.ts';

const keys: (string | undefined)[] = [];
const server = createServer((request, response) => {
  keys.push(request.headers.authorization);
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ choices: [{ message: { content: '[[7]]' } }] }));
});
let endpoint: string;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => server.close());

const question = { prompt: 'p', expected: 'e', answer: 'a' };
const judgedAt = (judge_endpoint: string) =>
  parseRunConfig({ prediction: { metric: 'judge', judge_endpoint, judge_model: 'm' } });

/** What was told, and the key that the judge was sent. */
async function asked(env: NodeJS.ProcessEnv) {
  const told: string[] = [];
  const judge = judgeOf(judgedAt(endpoint), (line) => told.push(line), env)!;
  const before = keys.length;
  expect(await judge(question)).toBe(7);
  return { told: told.join(), key: keys[before] };
}

test('before anything is sent it is told what goes where', async () => {
  const { told, key } = await asked({});
  expect(told).toContain(`answers of the validation rows are sent to ${endpoint}, without a key`);
  expect(key).toBeUndefined();
});

test('a key is sent to the judge that it was given for', async () => {
  const { told, key } = await asked({ ATELIER_JUDGE_KEY: 'secret', ATELIER_JUDGE_ENDPOINT: `${endpoint}/` });
  expect(told).toContain('with a key');
  expect(key).toBe('Bearer secret');
});

test('a run config that names another judge does not get the key', async () => {
  const env = { ATELIER_JUDGE_KEY: 'secret', ATELIER_JUDGE_ENDPOINT: 'https://judge.example/v1' };
  const { told, key } = await asked(env);
  expect(told).toContain('without a key');
  expect(key).toBeUndefined();
});

test('a key that is for no judge in particular is refused before anything is sent', () => {
  const env = { ATELIER_JUDGE_KEY: 'secret' };
  expect(() => judgeOf(judgedAt(endpoint), undefined, env)).toThrow(`ATELIER_JUDGE_ENDPOINT=${endpoint}`);
});

test('nothing is told where nobody judges', () => {
  const told: string[] = [];
  expect(judgeOf(parseRunConfig({}), (line) => told.push(line), { ATELIER_JUDGE_KEY: 'secret' })).toBeNull();
  expect(told).toEqual([]);
});
