import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gitOid, type HubServer, startHubServer } from '../../e2e/hub-server.ts';
import type { ErrorCode } from '../errors.ts';
import { type ByteCache, directoryCache } from './cache.ts';
import { openHubModel, readHubConfig, searchModels } from './hub.ts';
import type { Wait } from './hub-patience.ts';
import type { HubAccess } from './hub-request.ts';
import { memoryDirectory } from './memory-directory.ts';

/** Weights lie in LFS and have a SHA-256, the others git's SHA-1. */
const contents = {
  'config.json': Buffer.from('{"model_type": "llama"}'),
  'tokenizer.json': Buffer.from(JSON.stringify({ text: 'かな'.repeat(1000) })),
  'model.safetensors': Buffer.from(Uint8Array.from({ length: 60_000 }, (_, i) => (i * i) % 251)),
};
type Name = keyof typeof contents;
const tokenizer = 'tokenizer.json';
const weights = 'model.safetensors';
const token = 'hf_secret';

type Answer = (request: IncomingMessage, response: ServerResponse, file: Name) => unknown;
type Outcome = 'whole' | ErrorCode;

/** A fault on the way of files: `of` those that it is of, answered so, `times` times (always, where it does not say). */
interface FileFault {
  readonly of: readonly Name[];
  readonly answer: Answer;
  readonly times?: number;
  readonly outcome: Outcome;
}

const small: readonly Name[] = ['config.json', tokenizer];
const all: readonly Name[] = [...small, weights];
const start = ({ headers: { range } }: IncomingMessage): number => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
const body = (file: Name, from = 0) => contents[file].subarray(from);
const send = (response: ServerResponse, status: number, data: Uint8Array | string, headers: object = {}) =>
  response.writeHead(status, { 'content-type': 'application/octet-stream', ...headers }).end(data);
const part = (response: ServerResponse, range: string, data: Uint8Array) =>
  send(response, 206, data, { 'content-range': `bytes ${range}` });
const damaged = (file: Name): Buffer => {
  const copy = Buffer.from(contents[file]);
  copy[copy.length >> 1]! ^= 1;
  return copy;
};
const redirect = (response: ServerResponse, location: string) => response.writeHead(302, { location }).end();
const gzipBomb = gzipSync(Buffer.alloc(20 << 20));
const page = '<!doctype html><title>Sign in</title>'.padEnd(200);
/** Half of what was asked for, then the line breaks. */
const halfThenDrop: Answer = (request, response, file) => {
  const rest = body(file, start(request));
  response.writeHead(start(request) > 0 ? 206 : 200, {
    'content-length': rest.length,
    ...(start(request) > 0 && {
      'content-range': `bytes ${start(request)}-${contents[file].length - 1}/${contents[file].length}`,
    }),
  });
  response.write(rest.subarray(0, rest.length >> 1), () => setTimeout(() => response.destroy(), 10));
};
/** The first half, and the line breaks before what comes next. */
const firstHalf = (then: Answer): Answer => {
  const begun = new Set<Name>();
  return (request, response, file) => {
    if (begun.has(file)) return then(request, response, file);
    begun.add(file);
    return halfThenDrop(request, response, file);
  };
};

const fileFaults: Readonly<Record<string, FileFault>> = {
  'the line drops in the middle of each answer': { of: all, answer: halfThenDrop, times: 4, outcome: 'whole' },
  'the line drops at once, for ever': { of: all, answer: (_, r) => r.destroy(), outcome: 'hub-offline' },
  'the line breaks in the middle of the head': {
    of: all,
    answer: (_, r) => r.socket!.end('HTTP/1.1 200 OK\r\ncontent-le'),
    times: 2,
    outcome: 'whole',
  },
  'the head is no HTTP': { of: all, answer: (_, r) => r.socket!.end('220 ready\r\n'), outcome: 'hub-offline' },
  'no answer at all': { of: [weights], answer: () => {}, outcome: 'hub-stalled' },
  'no answer for once': { of: [tokenizer], answer: () => {}, times: 1, outcome: 'whole' },
  'a head and then nothing': {
    of: [tokenizer],
    answer: (_, r, file) => r.writeHead(200, { 'content-length': contents[file].length }).flushHeaders(),
    outcome: 'hub-stalled',
  },
  'half of it and then nothing': {
    of: [weights],
    answer: (q, r, file) => r.writeHead(start(q) > 0 ? 206 : 200).write(body(file, start(q)).subarray(0, 5000)),
    times: 1,
    outcome: 'whole',
  },
  'a trickle of a byte now and then': {
    of: [weights],
    answer: (_, r) => {
      const timer = setInterval(() => r.write('x'), 40);
      r.on('close', () => clearInterval(timer));
    },
    outcome: 'hub-stalled',
  },
  'busy three times (503)': { of: all, answer: (_, r) => send(r, 503, ''), times: 3, outcome: 'whole' },
  'busy for ever (500)': { of: all, answer: (_, r) => send(r, 500, ''), outcome: 'hub-failed' },
  'too many requests, with a wait of no length': {
    of: all,
    answer: (_, r) => send(r, 429, '', { 'retry-after': '0' }),
    times: 2,
    outcome: 'whole',
  },
  'too many requests, with a wait before now': {
    of: all,
    answer: (_, r) => send(r, 429, '', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }),
    times: 2,
    outcome: 'whole',
  },
  'too many requests, with a negative wait': {
    of: all,
    answer: (_, r) => send(r, 429, '', { 'retry-after': '-5' }),
    times: 2,
    outcome: 'whole',
  },
  'too many requests, with a wait of a day': {
    of: all,
    answer: (_, r) => send(r, 429, '', { 'retry-after': '86400' }),
    outcome: 'hub-busy',
  },
  'a sign-in page in place of the file': {
    of: all,
    answer: (_, r) => send(r, 200, page, { 'content-type': 'text/html; charset=utf-8' }),
    outcome: 'hub-answer-wrong',
  },
  'a sign-in page after the first half': {
    of: all,
    answer: firstHalf((_, r) => send(r, 200, page, { 'content-type': 'text/html' })),
    outcome: 'hub-answer-wrong',
  },
  'a sign-in page that says it is a file': {
    of: [tokenizer],
    answer: (_, r) => send(r, 200, page),
    outcome: 'hub-offline',
  },
  'a byte that is another': { of: all, answer: (_, r, file) => send(r, 200, damaged(file)), outcome: 'hash-mismatch' },
  'a byte that is another in the second half': {
    of: all,
    answer: firstHalf((q, r, file) => {
      const total = contents[file].length;
      part(r, `${start(q)}-${total - 1}/${total}`, damaged(file).subarray(start(q)));
    }),
    times: 2,
    outcome: 'whole',
  },
  'bytes that come twice': {
    of: all,
    answer: (_, r, file) => send(r, 200, Buffer.concat([body(file), body(file)])),
    outcome: 'hub-answer-wrong',
  },
  'a body without end': {
    of: all,
    answer: (_, r) => {
      const more = () => {
        while (!r.destroyed && r.write(Buffer.alloc(65536)));
      };
      r.on('drain', more);
      more();
    },
    outcome: 'hub-answer-wrong',
  },
  'fewer bytes than the list says, whole as it seems': {
    of: all,
    answer: (_, r, file) => send(r, 200, body(file).subarray(0, 10)),
    outcome: 'hub-offline',
  },
  'an empty answer': { of: all, answer: (_, r) => send(r, 200, ''), outcome: 'hub-offline' },
  'no content (204)': { of: all, answer: (_, r) => r.writeHead(204).end(), outcome: 'hub-offline' },
  'a length that is too large': {
    of: all,
    answer: (_, r, file) => {
      r.writeHead(200, { 'content-length': contents[file].length + 99 });
      r.write(body(file), () => setTimeout(() => r.destroy(), 10));
    },
    outcome: 'whole',
  },
  'a part from another offset': {
    of: all,
    answer: firstHalf((_, r, file) => {
      const total = contents[file].length;
      part(r, `3-${total - 1}/${total}`, body(file, 3));
    }),
    outcome: 'hub-answer-wrong',
  },
  'a part of a file of another size': {
    of: all,
    answer: firstHalf((q, r, file) => part(r, `${start(q)}-${start(q) + 9}/12345`, body(file).subarray(0, 10))),
    outcome: 'hub-answer-wrong',
  },
  'a part that says it is from nowhere': {
    of: all,
    answer: firstHalf((_, r, file) => part(r, `*/${contents[file].length}`, body(file))),
    outcome: 'hub-answer-wrong',
  },
  'a part without its range, and another than was asked for': {
    of: all,
    answer: firstHalf((_, r, file) => send(r, 206, body(file, 1))),
    times: 2,
    outcome: 'hub-answer-wrong',
  },
  'a part without its range': {
    of: all,
    answer: firstHalf((q, r, file) => send(r, 206, body(file, start(q)))),
    outcome: 'whole',
  },
  'no such range (416) of what is held': {
    of: all,
    answer: firstHalf((_, r) => send(r, 416, '')),
    times: 2,
    outcome: 'whole',
  },
  'gzip that ends early': {
    of: all,
    answer: (_, r, file) => {
      const packed = gzipSync(body(file));
      send(r, 200, packed.subarray(0, packed.length >> 1), { 'content-encoding': 'gzip' });
    },
    times: 1,
    outcome: 'whole',
  },
  'gzip that is none': {
    of: all,
    answer: (_, r, file) => send(r, 200, body(file), { 'content-encoding': 'gzip' }),
    outcome: 'hub-offline',
  },
  'gzip that grows without bound': {
    of: all,
    answer: (_, r) => send(r, 200, gzipBomb, { 'content-encoding': 'gzip' }),
    outcome: 'hub-answer-wrong',
  },
  'redirects in a circle': { of: all, answer: (q, r) => redirect(r, q.url!), outcome: 'hub-offline' },
  'a redirect to where nobody is': {
    of: all,
    answer: (_, r) => redirect(r, 'http://127.0.0.1:1/'),
    outcome: 'hub-offline',
  },
  'a redirect to what is no address': { of: all, answer: (_, r) => redirect(r, 'http://['), outcome: 'hub-offline' },
  'a file that is gone (404)': { of: all, answer: (_, r) => send(r, 404, ''), outcome: 'file-missing' },
  'a file that is not for everyone (401)': { of: all, answer: (_, r) => send(r, 401, ''), outcome: 'hub-unauthorized' },
  'a file that is not for this account (403)': {
    of: all,
    answer: (_, r) => send(r, 403, ''),
    outcome: 'hub-forbidden',
  },
};

let folder: string;
let server: HubServer;
let cache: ByteCache;
let waits: Wait[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-faults-'));
  for (const [path, data] of Object.entries(contents)) {
    const full = join(folder, 'ai', 'tiny', path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, data);
  }
  server = await startHubServer(folder);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  for (const fault of Object.keys(server.faults)) delete (server.faults as Record<string, unknown>)[fault];
  server.requests.length = 0;
  cache = directoryCache(memoryDirectory());
  waits = [];
});

/** A third of a second stands for half a minute. */
const access = (): HubAccess => ({
  fetch,
  endpoint: server.url,
  token,
  patience: { stallMs: 150, retryDelayMs: 1, longestWaitMs: 2000, onWait: (wait) => waits.push(wait) },
});
const open = () => openHubModel('ai/tiny', 'main', access(), cache);

async function outcomeOf(attempt: Promise<unknown>): Promise<Outcome> {
  return attempt.then(
    (): Outcome => 'whole',
    (error: { code?: ErrorCode; stack?: string }) => error.code ?? (`no AppError: ${error.stack}` as ErrorCode),
  );
}

/** What counts as whole is whole. */
async function expectNothingDamaged(): Promise<void> {
  for (const file of await cache.list()) {
    const held = Buffer.from(await cache.read(file));
    if (file.complete) expect(held.equals(contents[file.path as Name]), file.path).toBe(true);
    else expect(held.length).toBeLessThanOrEqual(contents[file.path as Name].length);
  }
}

/** Once the line is good again, so is the model; a copy that was damaged may have to be found out first. */
async function expectHealed(): Promise<void> {
  delete server.faults.answer;
  const model = await open();
  await model.download();
  for (const path of all) expect(Buffer.from(await model.read(path)).equals(contents[path]), path).toBe(true);
  await expectNothingDamaged();
}

function breakFiles({ of, answer, times = Number.POSITIVE_INFINITY }: FileFault, file: Name): void {
  let left = times;
  server.faults.answer = (path, request, response) => {
    if (!path.endsWith(`/${file}`) || !of.includes(file) || left <= 0) return false;
    left--;
    answer(request, response, file);
    return true;
  };
}

describe.each(Object.entries(fileFaults))('files: %s', (_, fault) => {
  it.each(fault.of)('%s', async (file) => {
    const model = await open();
    breakFiles(fault, file);
    expect(await outcomeOf(model.download([file]))).toBe(fault.outcome);
    await expectNothingDamaged();
    expect(server.requests.length).toBeLessThan(130);
    await expectHealed();
  });
});

/** A fault of what the Hub says of the model: `about` the revision or its list. */
interface AnswerFault {
  readonly about: 'revision' | 'tree' | 'both';
  readonly answer: (request: IncomingMessage, response: ServerResponse) => unknown;
  readonly times?: number;
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
  'no answer at all': { about: 'both', answer: () => {}, outcome: 'hub-stalled' },
  'no answer for once': { about: 'both', answer: () => {}, times: 1, outcome: 'whole' },
  'a head and then nothing': {
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
    answer: (_, r) => {
      const more = () => {
        while (!r.destroyed && r.write(Buffer.alloc(1 << 20, 32)));
      };
      r.on('drain', more);
      more();
    },
    ...wrong,
  },
  'a redirect in a circle': { about: 'both', answer: (q, r) => redirect(r, q.url!), outcome: 'hub-offline' },
};

describe('what the Hub says of a model:', () => {
  it.each(Object.entries(answerFaults))('%s', async (_, { about, answer, times, outcome }) => {
    let left = times ?? Number.POSITIVE_INFINITY;
    server.faults.answer = (path, request, response) => {
      const isIt = (['revision', 'tree'] as const).some(
        (kind) => path.includes(`/${kind}/`) && [kind, 'both'].includes(about),
      );
      if (!isIt || left <= 0) return false;
      left--;
      answer(request, response);
      return true;
    };
    expect(await outcomeOf(open())).toBe(outcome);
    expect(server.requests.length).toBeLessThan(250);
    await expectHealed();
  });
});

describe('the sizes that a list gives', () => {
  const giving = (path: Name, size: number) => {
    server.faults.answer = (url, _, response) => {
      if (!url.includes('/tree/')) return false;
      const files = all.map((each) => ({
        ...listed(each, { size: each === path ? size : contents[each].length, oid: gitOid(contents[each]) }),
      }));
      json(response, files);
      return true;
    };
  };
  it.each(small.flatMap((path) => [0, 10, 2 ** 40].map((size) => ({ path, size }))))(
    'are held to: $size for $path',
    async ({ path, size }) => {
      giving(path, size);
      const outcome = await outcomeOf((await open()).download([path]));
      expect(['hash-mismatch', 'hub-answer-wrong', 'hub-offline', 'hub-failed']).toContain(outcome);
      expect((await cache.list()).filter(({ complete }) => complete)).toEqual([]);
      await cache.clear();
      await expectHealed();
    },
  );
});

describe('odd answers to a search and of a config.json', () => {
  const answering = (answer: (response: ServerResponse) => unknown) => {
    server.faults.answer = (_, __, response) => {
      answer(response);
      return true;
    };
  };
  it.each([null, 7, {}])('a search answered %j is refused', async (value) => {
    answering((r) => json(r, value));
    expect(await outcomeOf(searchModels('tiny', access(), ['llama']))).toBe('hub-answer-wrong');
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
    expect(await searchModels('tiny', access(), ['llama'])).toEqual([
      {
        id: 'ai/tiny',
        modelType: 'llama',
        downloads: 0,
        likes: 1,
        gated: false,
        parameters: null,
        updated: expect.anything(),
      },
    ]);
  });
  it('a config.json without end is cut off', async () => {
    answering((r) => {
      const more = () => {
        while (!r.destroyed && r.write(Buffer.alloc(1 << 20, 32)));
      };
      r.on('drain', more);
      more();
    });
    expect(await outcomeOf(readHubConfig('ai/tiny', 'main', access()))).toBe('hub-answer-wrong');
  });
  it('a config.json that does not come is given up', async () => {
    answering(() => {});
    expect(await outcomeOf(readHubConfig('ai/tiny', 'main', access()))).toBe('hub-stalled');
    expect(waits).toHaveLength(1);
  });
});
