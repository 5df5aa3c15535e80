import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubServer, startHubServer } from '../../e2e/hub-server.ts';
import { type ByteCache, directoryCache } from './cache.ts';
import type { Directory } from './directory.ts';
import { openHubModel } from './hub.ts';
import type { Wait } from './hub-patience.ts';
import { memoryDirectory } from './memory-directory.ts';
import { type Turn, turnsOfTabs } from './turns.ts';

const tokenizer = Buffer.from(JSON.stringify('kept '.repeat(2000)));
const weights = Buffer.from(Uint8Array.from({ length: 400_000 }, (_, i) => (i * 31) % 253));

let folder: string;
let server: HubServer;
let directory: Directory;
let cache: ByteCache;
let waits: Wait[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-kept-'));
  await mkdir(join(folder, 'ai', 'tiny'), { recursive: true });
  await writeFile(join(folder, 'ai', 'tiny', 'config.json'), '{}');
  await writeFile(join(folder, 'ai', 'tiny', 'tokenizer.json'), tokenizer);
  await writeFile(join(folder, 'ai', 'tiny', 'model.safetensors'), weights);
  server = await startHubServer(folder);
  directory = memoryDirectory();
  cache = directoryCache(directory);
  waits = [];
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const open = (kept = cache) => {
  const patience = { stallMs: 1000, retryDelayMs: 1, onWait: (wait: Wait) => waits.push(wait) };
  return openHubModel('ai/tiny', 'main', { fetch, endpoint: server.url, patience }, kept);
};
const asked = (file: string) => server.requests.filter((line) => line.includes(file));

/** The names in the directory of a file of the model. */
async function namesOf(path: string): Promise<string[]> {
  const [model] = await directory.list('');
  const names = (await directory.list(model!.name)).map(({ name }) => `${model!.name}/${name}`);
  return names.filter((name) => name.includes(`/${path}@`));
}

/** Leaves a file as it was kept before every hash was reckoned: with the mark of that time. */
async function asKeptBefore(path: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const [file] = (await namesOf(path)).filter((name) => !name.endsWith('.verified'));
  await directory.remove(`${file}.verified`);
  await directory.write(file!, [new Uint8Array(change(Buffer.from(await directory.read(file!))))]);
  await directory.write(`${file}.done`, []);
}

describe('a file that is kept', () => {
  it.each(['tokenizer.json', 'model.safetensors'])('by an earlier version is verified: %s', async (path) => {
    await (await open()).download();
    await asKeptBefore(path, (bytes) => bytes);
    expect((await cache.list()).every(({ complete }) => complete)).toBe(true);
    server.requests.length = 0;
    const model = await open();
    await model.download();
    expect(asked(`resolve/${model.commit}/${path}`)).toEqual([]);
    expect((await namesOf(path)).some((name) => name.endsWith('.verified'))).toBe(true);
  });

  it.each(['tokenizer.json', 'model.safetensors'])('damaged by an earlier version comes anew: %s', async (path) => {
    await (await open()).download();
    await asKeptBefore(path, (bytes) => bytes.fill(60, 0, 80));
    const model = await open();
    await model.download();
    const whole = path === 'tokenizer.json' ? tokenizer : weights;
    expect(Buffer.from(await model.read(path)).equals(whole)).toBe(true);
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, 1000)],
    ['emptied', () => Buffer.alloc(0)],
    ['grown', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ] as const)('and %s where it lies comes anew', async (_, change) => {
    await (await open()).download();
    for (const path of ['tokenizer.json', 'model.safetensors']) {
      const [file] = (await namesOf(path)).filter((name) => !name.endsWith('.verified'));
      await directory.write(file!, [new Uint8Array(change(Buffer.from(await directory.read(file!))))]);
    }
    const model = await open();
    expect(Buffer.from(await model.read('tokenizer.json')).equals(tokenizer)).toBe(true);
    await model.download();
    expect(Buffer.from(await model.read('model.safetensors')).equals(weights)).toBe(true);
  });

  it.each([502, 429])('opens while the Hub answers %i', async (status) => {
    await (await open()).download();
    Object.assign(server.faults, { status, statusFor: /api/ });
    const model = await open();
    await model.download();
    expect(Buffer.from(await model.read('model.safetensors')).equals(weights)).toBe(true);
  });

  it('opens offline though its listing was kept by an earlier version, and not with one that cannot be read', async () => {
    await (await open()).download();
    const [listing] = await namesOf('.listing');
    await server.close();
    expect((await (await open()).list()).length).toBe(3);
    for (const text of ['', '{', '[]', '{"commit": 7, "files": []}', '{"commit": null, "files": [{"path": "../x"}]}']) {
      await directory.write(listing!, [new TextEncoder().encode(text)]);
      await expect(open(), text).rejects.toMatchObject({ code: 'hub-offline' });
    }
  });
});

describe('a server that says neither commits nor hashes', () => {
  const first = Buffer.alloc(50_000, 'a');
  const second = Buffer.alloc(50_000, 'b');
  /** Drops the line in the middle of the first answer; then the file is `after`, with the tag that goes with it. */
  function replaced(after: Buffer, tags: readonly [string | null, string | null], ranges = true) {
    let answers = 0;
    server.faults.answer = (path, request, response) => {
      if (path.includes('/revision/')) {
        response.end('{}');
        return true;
      }
      if (path.includes('/tree/')) {
        response.end(JSON.stringify([{ type: 'file', path: 'data.bin', size: first.length }]));
        return true;
      }
      const isFirst = answers++ === 0;
      const bytes = isFirst ? first : after;
      const tag = tags[isFirst ? 0 : 1];
      const start = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
      response.writeHead(start > 0 ? 206 : 200, {
        ...(tag === null ? {} : { etag: tag }),
        ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
      });
      if (!isFirst) response.end(bytes.subarray(start));
      else response.write(bytes.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 20));
      return true;
    };
  }
  const starts = () => asked('data.bin').map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1] ?? 0));

  it.each([
    ['with other tags', ['"1"', '"2"'], true],
    ['without tags', [null, null], true],
    ['with weak tags', ['W/"1"', 'W/"1"'], true],
    ['without ranges', ['"1"', '"2"'], false],
  ] as const)('and replaces a file in the middle gives one version of it, %s', async (_, tags, ranges) => {
    replaced(second, tags, ranges);
    const model = await open();
    await model.download(['data.bin']);
    expect(Buffer.from(await model.read('data.bin')).equals(second)).toBe(true);
  });

  it('goes on in the middle of the same version', async () => {
    replaced(first, ['"1"', '"1"']);
    const model = await open();
    await model.download(['data.bin']);
    expect(Buffer.from(await model.read('data.bin')).equals(first)).toBe(true);
    expect(starts()).toEqual([0, 20_000]);
  });

  it('does not go on with what an earlier visit kept', async () => {
    replaced(second, ['"1"', '"1"']);
    const model = await open();
    await expect(model.download(['data.bin'], { attempts: 1 })).rejects.toMatchObject({ code: 'hub-offline' });
    await (await open()).download(['data.bin']);
    expect(Buffer.from(await model.read('data.bin')).equals(second)).toBe(true);
    expect(starts()).toEqual([0, 0]);
  });
});

describe('two tabs', () => {
  /** What Web Locks do, for callers of one process. */
  function locks(): Pick<LockManager, 'request'> {
    const last = new Map<string, Promise<unknown>>();
    const request = async (name: string, options: LockOptions, task: (lock: Lock | null) => unknown) => {
      const before = last.get(name);
      if (options.ifAvailable && before) return task(null);
      const turn = (before ?? Promise.resolve()).then(() => task({ name, mode: 'exclusive' }));
      const settled: Promise<void> = turn.then(
        () => free(),
        () => free(),
      );
      const free = () => {
        if (last.get(name) === settled) last.delete(name);
      };
      last.set(name, settled);
      return turn;
    };
    return { request } as Pick<LockManager, 'request'>;
  }

  it('that open one model download each file once, and the second says that it waits', async () => {
    const turn: Turn = turnsOfTabs(locks());
    const tab = () => open(directoryCache(directory, turn));
    const [one, other] = await Promise.all([tab(), tab()]);
    await Promise.all([one.download(), other.download()]);
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors'])
      expect(asked(`/${file}`)).toHaveLength(1);
    expect(Buffer.from(await other.read('model.safetensors')).equals(weights)).toBe(true);
    expect(waits.map(({ reason }) => reason.code)).toContain('hub-elsewhere');
  });

  it('go on with each other’s part where one is closed', async () => {
    const turn: Turn = turnsOfTabs(locks());
    const stop = new AbortController();
    server.faults.dropAfter = 100_000;
    const tabs = [await open(directoryCache(directory, turn)), await open(directoryCache(directory, turn))] as const;
    const closed = expect(
      tabs[0].download(['model.safetensors'], {
        signal: stop.signal,
        onProgress: ({ receivedBytes }) => {
          if (receivedBytes > 50_000) setTimeout(() => stop.abort(), 50);
        },
      }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    const second = tabs[1].download(['model.safetensors']);
    await closed;
    delete server.faults.dropAfter;
    await second;
    expect((await cache.list()).every(({ complete }) => complete)).toBe(true);
  });
});
