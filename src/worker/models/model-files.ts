import { blobFiles } from '../../files/blob-files.ts';
import { httpFiles } from '../../files/http-files.ts';
import { openHubModel } from '../../files/hub.ts';
import { type ModelFiles, readJson } from '../../files/source.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { exampleUrl } from '../example.ts';
import { requireKind } from '../given/kind-of-files.ts';
import { givenBlobs } from '../given/open-given.ts';
import { tryApart, tryTextsApart } from '../reading/try-apart.ts';
import type { Workshop } from '../workshop.ts';
import { modelCache } from './cache-handlers.ts';
import { fetcher } from './hub-access.ts';
import type { HubPurpose, ModelSource } from './messages.ts';

const exampleModelFiles = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

/** The files of a model, those of the Hub downloaded into the browser's storage, with progress. */
export async function modelFiles(workshop: Workshop, source: ModelSource, signal?: AbortSignal): Promise<ModelFiles> {
  if (source.kind === 'example')
    return httpFiles(`${exampleUrl}model`, fetcher, exampleModelFiles, workshop.hub.waiting('model'));
  if (source.kind === 'files') {
    const { blobs, name } = await givenBlobs(source.files);
    const files = blobFiles(blobs, name);
    await requireKind(files, 'model', 'gguf');
    await tryApart('model', blobs, files.describe());
    const { withGguf } = await import('../../exports/gguf/base/base-files.ts');
    return withGguf(files);
  }
  const hub = await hubModel(workshop, source);
  signal?.throwIfAborted();
  if (!(await hub.has('config.json'))) await requireKind(hub, 'model', 'gguf');
  const { ggufFiles, withGguf } = await import('../../exports/gguf/base/base-files.ts');
  const opened = hub.ggufFile === null ? await withGguf(hub) : await ggufFiles(hub, hub.ggufFile);
  // What cannot be trained is refused by its config.json, before gigabytes of it are fetched.
  modelFromConfig(await readJson(opened, 'config.json'));
  await hub.download(hub.neededFiles(), {
    signal,
    onProgress: ({ path, receivedBytes, sizeBytes }) =>
      workshop.emit('download', { file: path, received: receivedBytes, total: sizeBytes }),
  });
  const texts = hub.ggufFile === null ? hub.neededFiles() : (await opened.list()).map(({ path }) => path);
  await tryTextsApart(opened, texts);
  return opened;
}

type HubSource = Extract<ModelSource, { kind: 'hub' }>;

/** A model of the Hub, listed and not downloaded. */
export const hubModel = async (
  workshop: Workshop,
  { id, revision, ...place }: HubSource,
  purpose: HubPurpose = 'model',
) => openHubModel(id, revision, workshop.hub.access(place, purpose), modelCache(await workshop.storage()));
