import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gitOid } from '../../e2e/hub-server.ts';
import {
  all,
  contents,
  FaultyHub,
  type Name,
  type Outcome,
  outcomeOf,
  page,
  redirect,
  send,
  sendWithoutEnd,
  small,
} from '../testing/faulty-hub.ts';
import { openHubModel, readHubConfig, searchModels } from './hub.ts';
import { listDatasetParts } from './hub-datasets.ts';

const hub = new FaultyHub();

/** A fault of what the Hub says of the model: `about` the revision or its list. */
interface AnswerFault {
  readonly about: 'revision' | 'tree' | 'both';
  readonly answer: (request: IncomingMessage, response: ServerResponse) => unknown;
  readonly times?: number;
  /** The line hangs. */
  readonly hangs?: true;
  readonly outcome: Outcome;
}

const json = (response: ServerResponse, value: unknown, headers: object = {}) =>
  send(response, 200, JSON.stringify(value), { 'content-type': 'application/json', ...headers });
const listed = (path: string, more: object = {}) => ({ type: 'file', path, size: 3, oid: 'a'.repeat(40), ...more });
const lists = (...files: readonly unknown[]): Pick<AnswerFault, 'about' | 'answer'> => ({
  about: 'tree',
  answer: (_, r) => json(r, files),
});
const wrong = { outcome: 'hub-answer-wrong' } as const;

const answerFaults: Readonly<Record<string, AnswerFault>> = {
  'no answer at all': { hangs: true, about: 'both', answer: () => {}, outcome: 'hub-stalled' },
  'no answer for once': { hangs: true, about: 'both', answer: () => {}, times: 1, outcome: 'whole' },
  'a head and then nothing': {
    hangs: true,
    about: 'tree',
    answer: (_, r) => r.writeHead(200).flushHeaders(),
    outcome: 'hub-stalled',
  },
  'too many requests, with a wait of a second': {
    about: 'tree',
    answer: (_, r) => send(r, 429, '', { 'retry-after': '1' }),
    times: 1,
    outcome: 'whole',
  },
  'too many requests, with a wait of a day': {
    about: 'revision',
    answer: (_, r) => send(r, 429, '', { 'retry-after': '86400' }),
    outcome: 'hub-busy',
  },
  'busy twice (503)': { about: 'both', answer: (_, r) => send(r, 503, ''), times: 2, outcome: 'whole' },
  'broken for ever (502)': { about: 'both', answer: (_, r) => send(r, 502, ''), outcome: 'hub-failed' },
  'a web page': {
    about: 'revision',
    answer: (_, r) => send(r, 200, page, { 'content-type': 'text/html' }),
    ...wrong,
  },
  'a web page that says it is JSON': { about: 'revision', answer: (_, r) => send(r, 200, page), ...wrong },
  'JSON that ends early': { about: 'tree', answer: (_, r) => send(r, 200, '[{"type": "fi'), ...wrong },
  'null in place of the revision': { about: 'revision', answer: (_, r) => json(r, null), ...wrong },
  'null in place of the list': { about: 'tree', answer: (_, r) => json(r, null), ...wrong },
  'an object in place of the list': { about: 'tree', answer: (_, r) => json(r, { error: 'no' }), ...wrong },
  'a number in place of a file': { ...lists(7), ...wrong },
  'null in place of a file': { ...lists(null), ...wrong },
  'a file without a path': { ...lists({ type: 'file', size: 3 }), ...wrong },
  'a path that is a list': { ...lists(listed(['config.json'] as unknown as string)), ...wrong },
  'a path that leaves the model': { ...lists(listed('../../api/whoami')), ...wrong },
  'a path from the root': { ...lists(listed('/etc/passwd')), ...wrong },
  'a path with a backslash': { ...lists(listed('..\\x')), ...wrong },
  'a path twice': { ...lists(listed('config.json'), listed('config.json', { size: 4 })), ...wrong },
  'a size below zero': { ...lists(listed('config.json', { size: -5 })), ...wrong },
  'a size that is no whole number': { ...lists(listed('config.json', { size: 1.5 })), ...wrong },
  'a size beyond all numbers': { ...lists(listed('config.json', { size: 2 ** 60 })), ...wrong },
  'a size that is a text': { ...lists(listed('config.json', { size: '3' })), ...wrong },
  'an LFS entry of wrong types': { ...lists(listed('a.bin', { lfs: { oid: 5, size: 1 } })), ...wrong },
  'a next page that names itself': {
    about: 'tree',
    answer: (q, r) => json(r, [], { link: `<http://${q.headers.host}${q.url}>; rel="next"` }),
    ...wrong,
  },
  'next pages without end': {
    about: 'tree',
    answer: (q, r) => json(r, [], { link: `<http://${q.headers.host}${q.url}x>; rel="next"` }),
    ...wrong,
  },
  'a list without end': {
    about: 'tree',
    answer: (_, r) => sendWithoutEnd(r),
    ...wrong,
  },
  'a redirect in a circle': { about: 'both', answer: (q, r) => redirect(r, q.url!), outcome: 'hub-offline' },
};

describe('what the Hub says of a model:', () => {
  it.each(Object.entries(answerFaults))('%s', async (_, { about, answer, times, hangs, outcome }) => {
    if (hangs) hub.beImpatient();
    const isIt = (path: string) =>
      (['revision', 'tree'] as const).some((kind) => path.includes(`/${kind}/`) && [kind, 'both'].includes(about));
    hub.misbehave(isIt, answer, times);
    expect(await outcomeOf(hub.open())).toBe(outcome);
    expect(hub.server.requests.length).toBeLessThan(250);
    await hub.expectHealed();
  });
});

describe('the sizes that a list gives', () => {
  const giving = (path: Name, size: number) => {
    const files = all.map((each) => ({
      ...listed(each, { size: each === path ? size : contents[each].length, oid: gitOid(contents[each]) }),
    }));
    hub.misbehave(
      (url) => url.includes('/tree/'),
      (_, response) => json(response, files),
    );
  };
  it.each(small.flatMap((path) => [0, 10, 2 ** 40].map((size) => ({ path, size }))))(
    'are held to: $size for $path',
    async ({ path, size }) => {
      giving(path, size);
      const outcome = await outcomeOf((await hub.open()).download([path]));
      expect(['hash-mismatch', 'hub-answer-wrong', 'hub-offline', 'hub-failed']).toContain(outcome);
      expect((await hub.cache.list()).filter(({ complete }) => complete)).toEqual([]);
      await hub.cache.clear();
      await hub.expectHealed();
    },
  );
});

describe('odd answers to a search and of a config.json', () => {
  const answering = (answer: (response: ServerResponse) => unknown) =>
    hub.misbehave(
      () => true,
      (_, response) => answer(response),
    );
  it.each([null, 7, {}])('a search answered %j is refused', async (value) => {
    answering((r) => json(r, value));
    expect(await outcomeOf(searchModels('tiny', hub.access(), ['llama']))).toBe('hub-answer-wrong');
  });
  it('leaves out of a search what is not as it should be', async () => {
    const good = { id: 'ai/tiny', downloads: 3, likes: 1, gated: false, lastModified: '2026-01-01', tags: [] };
    const config = { model_type: 'llama' };
    const odd = [
      { ...good, config: 7 },
      { ...good, id: '../x', config },
      { ...good, id: 7, config },
    ];
    answering((r) => json(r, [...odd, { ...good, config, downloads: 'many', lastModified: null, safetensors: 3 }]));
    expect(await searchModels('tiny', hub.access(), ['llama'])).toEqual([
      {
        id: 'ai/tiny',
        modelType: 'llama',
        downloads: 0,
        likes: 1,
        gated: false,
        parameters: null,
        updated: expect.anything(),
        about: { trainedFor: null, licence: null, languages: [] },
      },
    ]);
  });
  it('reads from the tags of a card its languages, its licence and what it was trained for', async () => {
    const tags = ['transformers', 'pytorch', 'tf', 'jax', 'llama', 'text-generation', 'en', 'ja', 'license:mit'];
    const about = async (more: readonly string[]) => {
      const found = { id: 'ai/tiny', downloads: 3, likes: 1, gated: false, lastModified: '2026-01-01' };
      answering((r) => json(r, [{ ...found, config: { model_type: 'llama' }, tags: [...tags, ...more] }]));
      return (await searchModels('tiny', hub.access(), ['llama']))[0]!.about;
    };
    expect(await about([])).toEqual({ trainedFor: 'text', licence: 'mit', languages: ['en', 'ja'] });
    expect(await about(['conversational', 'multilingual'])).toMatchObject({ trainedFor: 'chat', languages: 'many' });
  });
  it('a config.json without end is cut off', async () => {
    answering(sendWithoutEnd);
    expect(await outcomeOf(readHubConfig('ai/tiny', 'main', hub.access()))).toBe('hub-answer-wrong');
  });
  it('a config.json that does not come is given up', async () => {
    hub.beImpatient();
    answering(() => {});
    expect(await outcomeOf(readHubConfig('ai/tiny', 'main', hub.access()))).toBe('hub-stalled');
    expect(hub.waits).toHaveLength(1);
  });
});

describe('any JSON at all', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const entry = fc.record(
    {
      type: fc.oneof(fc.constant('file'), value),
      path: fc.oneof(fc.constantFrom('config.json', '../x', 'a//b', '', '.'), value),
      size: fc.oneof(fc.constantFrom(0, -1, 2 ** 53, 1.5), value),
      oid: fc.oneof(fc.constant('a'.repeat(40)), value),
      lfs: fc.oneof(fc.record({ oid: value, size: value }), value),
    },
    { requiredKeys: [] },
  );
  const found = fc.record(
    {
      id: fc.oneof(fc.constantFrom('ai/tiny', 'a/b/c'), value),
      config: fc.oneof(fc.record({ model_type: fc.oneof(fc.constant('llama'), value) }), value),
      lastModified: value,
      downloads: value,
      safetensors: value,
      tags: value,
    },
    { requiredKeys: [] },
  );
  const sure = (text: unknown) => ({ ...hub.access(), fetch: async () => new Response(JSON.stringify(text)) });

  it('is read, or refused as a wrong answer, by all that ask a Hub', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(value, fc.array(fc.oneof(entry, found, value), { maxLength: 4 })), async (answer) => {
        const attempts = [
          openHubModel('ai/tiny', 'main', sure(answer), hub.cache),
          searchModels('tiny', sure(answer), ['llama']),
          readHubConfig('ai/tiny', 'main', sure(answer)),
          listDatasetParts('ai/tiny', 'main', sure(answer), hub.cache),
        ];
        for (const attempt of attempts)
          expect(['whole', 'hub-answer-wrong', 'dataset-empty']).toContain(await outcomeOf(attempt));
      }),
      { numRuns: 150 },
    ));
});
