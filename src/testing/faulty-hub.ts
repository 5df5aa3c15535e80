import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { type HubServer, startHubServer } from '../../e2e/hub-server.ts';
import type { ErrorCode } from '../errors.ts';
import { type ByteCache, directoryCache } from '../files/cache.ts';
import { openHubModel } from '../files/hub.ts';
import type { Wait } from '../files/hub-patience.ts';
import type { HubAccess } from '../files/hub-request.ts';
import { memoryDirectory } from '../files/memory-directory.ts';

/** Weights lie in LFS and have a SHA-256, the others git's SHA-1. */
export const contents = {
  'config.json': Buffer.from('{"model_type": "llama"}'),
  'tokenizer.json': Buffer.from(JSON.stringify({ text: 'かな'.repeat(1000) })),
  'model.safetensors': Buffer.from(Uint8Array.from({ length: 60_000 }, (_, i) => (i * i) % 251)),
};
export type Name = keyof typeof contents;
export type Outcome = 'whole' | ErrorCode;

export const small: readonly Name[] = ['config.json', 'tokenizer.json'];
export const all: readonly Name[] = [...small, 'model.safetensors'];

export const send = (response: ServerResponse, status: number, data: Uint8Array | string, headers: object = {}) =>
  response.writeHead(status, { 'content-type': 'application/octet-stream', ...headers }).end(data);
export const redirect = (response: ServerResponse, location: string) => response.writeHead(302, { location }).end();
export const page = '<!doctype html><title>Sign in</title>'.padEnd(200);
/** Blanks for as long as they are taken. */
export function sendWithoutEnd(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(1 << 18, 32)));
  };
  response.on('drain', more);
  more();
}

export async function outcomeOf(attempt: Promise<unknown>): Promise<Outcome> {
  return attempt.then(
    (): Outcome => 'whole',
    (error: { code?: ErrorCode; stack?: string }) => error.code ?? (`no AppError: ${error.stack}` as ErrorCode),
  );
}

/** Long enough for a machine that other work keeps busy. */
const usualStallMs = 20_000;

/** A real server with one model, to be made to misbehave; each test has an empty cache. */
export class FaultyHub {
  server!: HubServer;
  cache!: ByteCache;
  waits: Wait[] = [];
  private stallMs = 0;
  private folder = '';

  constructor() {
    beforeAll(async () => {
      this.folder = await mkdtemp(join(tmpdir(), 'atelier-faults-'));
      for (const [path, data] of Object.entries(contents)) {
        const full = join(this.folder, 'ai', 'tiny', path);
        await mkdir(dirname(full), { recursive: true });
        await writeFile(full, data);
      }
      this.server = await startHubServer(this.folder);
    });
    afterAll(async () => {
      await this.server.close();
      await rm(this.folder, { recursive: true });
    });
    beforeEach(() => {
      delete this.server.faults.answer;
      this.server.requests.length = 0;
      this.cache = directoryCache(memoryDirectory());
      this.waits = [];
      this.stallMs = usualStallMs;
    });
  }

  access(): HubAccess {
    const onWait = (wait: Wait) => this.waits.push(wait);
    const patience = { stallMs: this.stallMs, retryDelayMs: 1, longestWaitMs: 2000, onWait };
    return { fetch, endpoint: this.server.url, token: 'hf_secret', patience };
  }

  open() {
    return openHubModel('ai/tiny', 'main', this.access(), this.cache);
  }

  /** From now on a seventh of a second stands for 15. */
  beImpatient(): void {
    this.stallMs = 150;
  }

  /** Answers what `isIt` says so, `times` times. */
  misbehave(
    isIt: (path: string) => boolean,
    answer: (request: IncomingMessage, response: ServerResponse) => unknown,
    times = Number.POSITIVE_INFINITY,
  ): void {
    let left = times;
    this.server.faults.answer = (path, request, response) => {
      if (!isIt(path) || left <= 0) return false;
      left--;
      answer(request, response);
      return true;
    };
  }

  /** What counts as whole is whole. */
  async expectNothingDamaged(): Promise<void> {
    for (const file of await this.cache.list()) {
      const held = Buffer.from(await this.cache.read(file));
      if (file.complete) expect(held.equals(contents[file.path as Name]), file.path).toBe(true);
      else expect(held.length).toBeLessThanOrEqual(contents[file.path as Name].length);
    }
  }

  /** Once the line is good again, so is the model. */
  async expectHealed(): Promise<void> {
    delete this.server.faults.answer;
    this.stallMs = usualStallMs;
    const model = await this.open();
    await model.download();
    for (const path of all) expect(Buffer.from(await model.read(path)).equals(contents[path]), path).toBe(true);
    await this.expectNothingDamaged();
  }
}
