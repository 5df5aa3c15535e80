import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubServer, startHubServer } from '../../e2e/hub-server.ts';
import { directoryCache } from './cache.ts';
import { downloadDatasetPart, listDatasetParts } from './hub-datasets.ts';
import { memoryDirectory } from './memory-directory.ts';

const contents: Record<string, string> = {
  'datasets/ai/cats/README.md': 'about',
  'datasets/ai/cats/data.csv': 'a,b\n1,2\n',
  'datasets/ai/cats@parquet/default/train/0000.parquet': 'PAR1 first',
  'datasets/ai/cats@parquet/default/train/0001.parquet': 'PAR1 second',
  'datasets/ai/cats@parquet/default/test/0000.parquet': 'PAR1 test',
  'datasets/ai/cats@parquet/ja/partial-train/0000.parquet': 'PAR1 ja',
  'datasets/ai/plain/data/train-00000-of-00002.jsonl': '{"a": 1}\n',
  'datasets/ai/plain/data/train-00001-of-00002.jsonl': '{"a": 2}\n',
  'datasets/ai/plain/data/dev.jsonl': '{"a": 3}\n',
  'datasets/ai/plain/ja/test/rows.csv': 'a\n1\n',
  'datasets/ai/plain/all.tsv': 'a\tb\n1\t2\n',
  'datasets/ai/empty/README.md': 'nothing here',
};

let folder: string;
let server: HubServer;
const cache = directoryCache(memoryDirectory());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-hub-'));
  for (const [path, data] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  }
  server = await startHubServer(folder);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
  await cache.clear();
});

const access = (token?: string) => ({ fetch, endpoint: server.url, token });
const list = (id: string, token?: string) => listDatasetParts(id, 'main', access(token), cache);

describe('a data set on the Hub', () => {
  it("offers the configurations and splits of the Hub's Parquet copy", async () => {
    const parts = await list('ai/cats');
    expect(parts.map(({ config, split, files }) => [config, split, files.length])).toEqual([
      ['default', 'test', 1],
      ['default', 'train', 2],
      ['ja', 'train', 1],
    ]);
    expect(parts[1]!.bytes).toBe('PAR1 first'.length + 'PAR1 second'.length);
  });

  it('is read by the names of its own files where there is no such copy', async () => {
    const parts = await list('ai/plain');
    expect(parts.map(({ config, split, files }) => [config, split, files])).toEqual([
      ['default', 'train', ['all.tsv']],
      ['default', 'validation', ['data/dev.jsonl']],
      ['default', 'train', ['data/train-00000-of-00002.jsonl', 'data/train-00001-of-00002.jsonl']],
      ['ja', 'test', ['ja/test/rows.csv']],
    ]);
  });

  it('downloads a split in order, with progress, and once only', async () => {
    const [, train] = await list('ai/cats');
    const progress: [number, number][] = [];
    const read = () => downloadDatasetPart('ai/cats', train!, access(), cache, (...each) => progress.push(each));
    const texts = await Promise.all((await read()).map((blob) => blob.text()));
    expect(texts).toEqual(['PAR1 first', 'PAR1 second']);
    expect(progress.at(-1)).toEqual([train!.bytes, train!.bytes]);
    await read();
    expect(server.requests.filter((line) => line.includes('0000.parquet'))).toHaveLength(1);
  });

  it('is refused with a reason where it is private, absent or no table', async () => {
    await expect(list('ai/none')).rejects.toMatchObject({ code: 'hub-not-found' });
    await expect(list('ai/empty')).rejects.toMatchObject({ code: 'dataset-empty' });
    server.faults.token = 'secret';
    await expect(list('ai/cats')).rejects.toMatchObject({ code: 'hub-unauthorized' });
    await expect(list('ai/cats', 'wrong')).rejects.toMatchObject({ code: 'hub-forbidden' });
    expect(await list('ai/cats', 'secret')).toHaveLength(3);
  });
});
