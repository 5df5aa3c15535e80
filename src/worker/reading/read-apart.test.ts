import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { blobFiles } from '../../files/blob-files.ts';
import { loadWordings, wordError } from '../../ui/text/word-error.ts';
import { type FromReader, readApart } from './read-apart.ts';
import { readTableApart } from './read-table-apart.ts';
import { tryApart } from './try-apart.ts';

// Modules of the worker ask where they lie and what they run on.
vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
await loadWordings('ja');

const { configHandlers } = await import('../runs/config-handlers.ts');
const { shareHandlers } = await import('../results/share-handlers.ts');
const { readOpenedPictures } = await import('../data/pictures.ts');
const { Workshop } = await import('../workshop.ts');

/** The worker that was started last. */
let reader: { say: (message: FromReader) => void; breaks: () => void; asked: unknown; isEnded: boolean };

beforeEach(() => {
  vi.useFakeTimers();
  class FakeWorker {
    onmessage: (event: { data: FromReader }) => void = () => {};
    onerror: () => void = () => {};
    constructor() {
      reader = {
        say: (data) => this.onmessage({ data }),
        breaks: () => this.onerror(),
        ...{ asked: undefined, isEnded: false },
      };
    }
    postMessage(asked: unknown) {
      reader.asked = asked;
    }
    terminate() {
      reader.isEnded = true;
    }
  }
  vi.stubGlobal('Worker', FakeWorker);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const blobs = new Map([['a.png', new Blob()]]);
const crop = { size: 1, resizeTo: 1, squashes: false, interpolation: 'bilinear' } as const;
const archive = () => readApart('archive', { archive: new Blob(), file: 'a.zip' }, { file: 'a.zip', bytes: 2 });

test('a reader that hangs is ended after ten seconds, with an error in both languages', async () => {
  const outcome = archive().catch((error) => error);
  reader.say({ begun: true });
  await vi.advanceTimersByTimeAsync(9_500);
  expect(reader.isEnded).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(reader.isEnded).toBe(true);
  const error = await outcome;
  expect(error).toMatchObject({ code: 'reading-too-long', params: { file: 'a.zip', seconds: 10 } });
  expect(error.message).toContain('a.zip was not read within 10 s');
  expect(wordError('ja', error).cause).toContain('a.zip を 10 秒以内に');
});

test('one that gets on is waited for, one of a large file longer, and what it made or threw arrives', async () => {
  const told: number[] = [];
  const blob = { size: 100e6 } as Blob;
  const table = readTableApart([blob], 'a.csv', { encoding: '', delimiter: '' }, (done) => told.push(done));
  reader.say({ begun: true });
  for (let done = 1; done <= 3; done++) {
    await vi.advanceTimersByTimeAsync(29_000);
    reader.say({ done, total: 3 });
  }
  const made = { columns: ['a'] };
  reader.say({ made });
  expect(await table).toBe(made);
  expect([told, reader.isEnded]).toEqual([[1, 2, 3], true]);
  const refused = archive().catch((error) => error);
  reader.say({ failed: { code: 'zip-unreadable', params: { file: 'a.zip' } } });
  expect(await refused).toMatchObject({ code: 'zip-unreadable' });
});

test('one that nobody waits for any more is ended when it says how far it is', async () => {
  const giveUp = () => {
    throw new DOMException('given up', 'AbortError');
  };
  const given = { blobs, named: [], crop };
  const outcome = readApart('pixels', given, { file: 'a', bytes: 1, onProgress: giveUp }).catch((error) => error);
  reader.say({ done: 1, total: 2 });
  expect(await outcome).toMatchObject({ name: 'AbortError' });
  expect(reader.isEnded).toBe(true);
});

test.each([
  ['settings', () => configHandlers().readConfig({ text: 'training: {}', file: 'hangs' })],
  ['a shared run', () => shareHandlers(new Workshop(() => {})).openShared({ file: new File([], 'hangs') })],
  ['a shared run in a link', () => shareHandlers(new Workshop(() => {})).openShared({ link: 'AAAA' })],
  ['pictures', () => readOpenedPictures({ files: blobFiles(blobs), blobs, named: [] }, 'hangs', crop)],
  ['the files of a run', () => tryApart('run', new Map([['checkpoints/a.safetensors', new Blob()]]), 'hangs')],
])('%s are read there', async (_, read) => {
  const outcome = read().catch((error) => error);
  await vi.waitUntil(() => reader?.asked);
  reader.say({ begun: true });
  await vi.advanceTimersByTimeAsync(11_000);
  expect(reader.isEnded).toBe(true);
  expect(await outcome).toMatchObject({ code: 'reading-too-long' });
});

test('settings that the page kept itself are read here, so that a visit begins at once', async () => {
  const text = '{"training":{"epochs":3}}';
  const { config } = await configHandlers().readConfig({ text, file: 'run.json', isOwn: true });
  expect(config.training.epochs).toBe(3);
});

test('one whose code does not come says so', async () => {
  const outcome = archive().catch((error) => error);
  reader.breaks();
  expect(await outcome).toMatchObject({ code: 'code-missing' });
  expect(reader.isEnded).toBe(true);
});

test('where there are no workers in workers, files are read here', async () => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  const table = await readTableApart([new Blob(['a,b\n1,2\n'])], 'a.csv', { encoding: '', delimiter: '' });
  expect(table).toMatchObject({ columns: ['a', 'b'], rows: [['1', '2']] });
});
