import { listModels } from '@huggingface/hub';
import * as v from 'valibot';
import { AppError, because } from '../errors.ts';
import type { ByteCache } from './cache.ts';
import { answersFetch, boundedBody, foundModel, hubError } from './hub-answers.ts';
import type { DownloadOptions } from './hub-download.ts';
import { patiently } from './hub-patience.ts';
import { type HubRepository, openHubRepository } from './hub-repository.ts';
import { endpointOf, type HubAccess, hubFetch } from './hub-request.ts';
import { neededFiles } from './needed-files.ts';
import { decodeText } from './source.ts';

/** A model on the Hub. */
export interface HubModel extends HubRepository {
  /** The files that training needs, weights included, of those the model has. */
  neededFiles(): string[];
  /** Without paths: those that training needs. */
  download(paths?: readonly string[], options?: DownloadOptions): Promise<void>;
}

/** Opens a model by id and revision. Throws as `openHubRepository`. */
export async function openHubModel(
  id: string,
  revision: string,
  access: HubAccess,
  cache: ByteCache,
): Promise<HubModel> {
  const repository = await openHubRepository('model', id, revision, access, cache);
  const needed = neededFiles((await repository.list()).map(({ path }) => path));
  return {
    ...repository,
    neededFiles: () => needed,
    download: (paths = needed, options) => repository.download(paths, options),
  };
}

export interface FoundModel {
  readonly id: string;
  readonly modelType: string;
  readonly downloads: number;
  readonly likes: number;
  readonly gated: boolean;
  /** Number of parameters; null where the Hub does not say. */
  readonly parameters: number | null;
  /** Null where the Hub does not say. */
  readonly updated: string | null;
}

/** Tags of repositories that hold weights which are read here: safetensors, or PyTorch's .bin files. */
const readableTags = ['safetensors', 'pytorch'];

/**
 * Models by name, most downloaded first, whose weights can be read and that are of one of the `modelTypes`; those
 * already quantised by other tools than bitsandbytes are left out, since their tensors are not weights.
 * @throws AppError as `openHubModel`.
 */
export async function searchModels(
  query: string,
  access: HubAccess,
  modelTypes: readonly string[],
  limit = 30,
): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const subject = { model: query, revision: 'main' };
  const candidates = listModels({
    search: { query, tags: ['transformers'] },
    additionalFields: ['config', 'safetensors', 'tags'],
    sort: 'downloads',
    limit: limit * 5,
    hubUrl: endpointOf(access),
    fetch: answersFetch(access, subject),
  });
  try {
    for await (const candidate of candidates) {
      const { success, output } = v.safeParse(foundModel, candidate);
      if (!success) continue;
      const { name, config, safetensors, tags, downloads, likes, gated, updatedAt } = output;
      if (!config || !modelTypes.includes(config.model_type) || !isRead(config.quantization_config)) continue;
      // A server that speaks the Hub's paths may know no tags.
      if (tags?.length && !tags.some((tag) => readableTags.includes(tag))) continue;
      found.push({
        id: name,
        modelType: config.model_type,
        downloads,
        likes,
        gated: Boolean(gated),
        parameters: safetensors?.total ?? null,
        updated: updatedAt?.toISOString() ?? null,
      });
      if (found.length === limit) break;
    }
  } catch (error) {
    throw hubError(error, access, subject);
  }
  return found;
}

/** The scheme is not always said by lists; what it then is, opening the model says. */
const isRead = (settings: unknown): boolean =>
  !settings || (settings as { quant_method?: unknown }).quant_method === 'bitsandbytes';

/** A config.json that maps the 21,841 classes of ImageNet both ways has some 1.5 MB. */
const mostConfigBytes = 8 << 20;

/**
 * A model's parsed config.json, without listing its files.
 * @throws AppError as `openHubModel`; 'config-invalid' where it is no JSON
 */
export async function readHubConfig(id: string, revision: string, access: HubAccess): Promise<unknown> {
  const path = [...id.split('/'), 'resolve', revision, 'config.json'].map(encodeURIComponent).join('/');
  const subject = { model: id, revision, file: 'config.json' };
  const text = await patiently(
    async () => {
      const response = await hubFetch(access, subject)(`${endpointOf(access)}/${path}`);
      return decodeText(await boundedBody(response, access, subject, mostConfigBytes));
    },
    access,
    2,
  );
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('config-invalid', { reason: because`it is not JSON` }, { cause });
  }
}
