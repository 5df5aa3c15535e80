import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
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
} from '../testing/faulty-hub.ts';

const tokenizer = 'tokenizer.json';
const weights = 'model.safetensors';

type Answer = (request: IncomingMessage, response: ServerResponse, file: Name) => unknown;

/** A fault on the way of files: `of` those that it is of, answered so, `times` times (always, where it does not say). */
interface FileFault {
  readonly of: readonly Name[];
  readonly answer: Answer;
  readonly times?: number;
  /** The line hangs. */
  readonly hangs?: true;
  readonly outcome: Outcome;
}

const start = ({ headers: { range } }: IncomingMessage): number => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
const body = (file: Name, from = 0) => contents[file].subarray(from);
const part = (response: ServerResponse, range: string, data: Uint8Array) =>
  send(response, 206, data, { 'content-range': `bytes ${range}` });
const damaged = (file: Name): Buffer => {
  const copy = Buffer.from(contents[file]);
  copy[copy.length >> 1]! ^= 1;
  return copy;
};
const gzipBomb = gzipSync(Buffer.alloc(20 << 20));
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
  'no answer at all': { hangs: true, of: [weights], answer: () => {}, outcome: 'hub-stalled' },
  'no answer for once': { hangs: true, of: [tokenizer], answer: () => {}, times: 1, outcome: 'whole' },
  'a head and then nothing': {
    hangs: true,
    of: [tokenizer],
    answer: (_, r, file) => r.writeHead(200, { 'content-length': contents[file].length }).flushHeaders(),
    outcome: 'hub-stalled',
  },
  'half of it and then nothing': {
    hangs: true,
    of: [weights],
    answer: (q, r, file) => r.writeHead(start(q) > 0 ? 206 : 200).write(body(file, start(q)).subarray(0, 5000)),
    times: 1,
    outcome: 'whole',
  },
  'a trickle of a byte now and then': {
    hangs: true,
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
    answer: (_, r) => sendWithoutEnd(r),
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

const hub = new FaultyHub();

describe.each(Object.entries(fileFaults))('files: %s', (_, { of, answer, times, hangs, outcome }) => {
  it.each(of)('%s', async (file) => {
    if (hangs) hub.beImpatient();
    const model = await hub.open();
    hub.misbehave(
      (path) => path.endsWith(`/${file}`),
      (request, response) => answer(request, response, file),
      times,
    );
    expect(await outcomeOf(model.download([file]))).toBe(outcome);
    await hub.expectNothingDamaged();
    expect(hub.server.requests.length).toBeLessThan(130);
    await hub.expectHealed();
  });
});
