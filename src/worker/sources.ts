import { blobFiles } from '../files/blob-files.ts';
import { directoryCache } from '../files/cache.ts';
import { type Directory, subdirectory } from '../files/directory.ts';
import { httpFiles } from '../files/http-files.ts';
import { openHubModel } from '../files/hub.ts';
import { type DatasetPart, downloadDatasetPart, listDatasetParts } from '../files/hub-datasets.ts';
import type { HubAccess } from '../files/hub-request.ts';
import { type ModelFiles, readJson } from '../files/source.ts';
import { modelFromConfig } from '../models/registry.ts';
import { modelCache } from './cache-handlers.ts';
import type { DataSource, ModelSource } from './protocol.ts';
import type { Emit } from './serve.ts';
import type { OpenedTable } from './workshop.ts';

/** The bundled example; the built worker lies in a folder beside it. */
export const exampleUrl = new URL(import.meta.env.DEV ? '/example/' : '../example/', self.location.href).href;

const exampleModelFiles = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

/** A function that may be called by itself, as the file readers do. */
const fetcher: typeof fetch = (input, init) => fetch(input, init);

/** The files of a model, those of the Hub downloaded into the browser's storage, with progress. */
export async function modelFiles(
  source: ModelSource,
  storage: Directory,
  emit: Emit,
  signal?: AbortSignal,
): Promise<ModelFiles> {
  if (source.kind === 'example') return httpFiles(`${exampleUrl}model`, fetcher, exampleModelFiles);
  if (source.kind === 'files') return blobFiles(new Map(source.files.map(({ path, blob }) => [path, blob])));
  const hub = await hubModel(source, storage);
  // What cannot be trained is refused by its config.json, before gigabytes of it are fetched.
  modelFromConfig(await readJson(hub, 'config.json'));
  await hub.download(hub.neededFiles(), {
    signal,
    onProgress: ({ path, receivedBytes, sizeBytes }) =>
      emit('download', { file: path, received: receivedBytes, total: sizeBytes }),
  });
  return hub;
}

type HubSource = Extract<ModelSource, { kind: 'hub' }>;

/** A model of the Hub, listed and not downloaded. */
export const hubModel = ({ id, revision, ...access }: HubSource, storage: Directory) =>
  openHubModel(id, revision, hubAccess(access), modelCache(storage));

export const hubAccess = ({ endpoint, token }: Pick<HubSource, 'endpoint' | 'token'>): HubAccess => ({
  fetch: fetcher,
  endpoint,
  token,
});

const dataCache = (storage: Directory) => directoryCache(subdirectory(storage, 'datasets'));

/** Configurations and splits of a data set. */
export function hubParts(
  id: string,
  revision: string,
  access: Omit<HubAccess, 'fetch'>,
  storage: Directory,
): Promise<readonly DatasetPart[]> {
  return listDatasetParts(id, revision, { ...access, fetch: fetcher }, dataCache(storage));
}

/** The files of a split, downloaded into the browser's storage. */
export async function hubTable(
  { id, part, endpoint, token }: Extract<DataSource, { kind: 'hub' }>,
  storage: Directory,
  onProgress: (done: number, total: number) => void,
): Promise<Pick<OpenedTable, 'name' | 'blobs'>> {
  const access = { fetch: fetcher, endpoint, token };
  const blobs = await downloadDatasetPart(id, part, access, dataCache(storage), onProgress);
  const ending = part.files[0]!.slice(part.files[0]!.lastIndexOf('.'));
  return { name: `${id} ${part.config} ${part.split}${ending}`, blobs };
}

export async function exampleTable(): Promise<{ name: string; blob: Blob }> {
  return { name: 'data.csv', blob: await (await exampleFile('data.csv')).blob() };
}

export async function exampleRunJson(): Promise<string> {
  return (await exampleFile('run.json')).text();
}

async function exampleFile(name: string): Promise<Response> {
  const response = await fetch(exampleUrl + name);
  if (!response.ok) throw new Error(`the example's ${name} answered ${response.status}`);
  return response;
}
