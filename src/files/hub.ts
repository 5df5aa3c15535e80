import { listModels } from '@huggingface/hub';
import * as v from 'valibot';
import { AppError, because } from '../errors.ts';
import type { ByteCache } from './cache.ts';
import { answersFetch, boundedBody, foundModel, hubError } from './hub-answers.ts';
import type { DownloadOptions } from './hub-download.ts';
import { patiently } from './hub-patience.ts';
import { type HubRepository, openHubRepository } from './hub-repository.ts';
import { endpointOf, type HubAccess, hubFetch } from './hub-request.ts';
import { ggufModels, hasWeights, neededFiles } from './needed-files.ts';
import { decodeText } from './source.ts';

/** A model on the Hub. */
export interface HubModel extends HubRepository {
  /** The files that training needs, weights included, of those the model has. */
  neededFiles(): string[];
  /** The GGUF file that is the model: the one that was named, or the only one of a repository without other weights. */
  readonly ggufFile: string | null;
  /** Without paths: those that training needs. */
  download(paths?: readonly string[], options?: DownloadOptions): Promise<void>;
}

/** `owner/name`, and of `owner/name/folder/file.gguf` the file. */
export function splitHubId(id: string): { readonly repository: string; readonly file: string | null } {
  const [, repository, file] = /^([^/]+\/[^/]+)\/(.+\.gguf)$/i.exec(id) ?? [];
  return { repository: repository ?? id, file: file ?? null };
}

/** Opens a model by id and revision; the id may name a GGUF file of it. Throws as `openHubRepository`. */
export async function openHubModel(
  id: string,
  revision: string,
  access: HubAccess,
  cache: ByteCache,
): Promise<HubModel> {
  const named = splitHubId(id);
  const repository = await openHubRepository('model', named.repository, revision, access, cache);
  const paths = (await repository.list()).map(({ path }) => path);
  const [only, ...others] = hasWeights(paths) ? [] : ggufModels(paths);
  const ggufFile = named.file ?? (others.length === 0 ? (only ?? null) : null);
  const needed = ggufFile === null ? neededFiles(paths) : [ggufFile];
  return {
    ...repository,
    describe: () => repository.describe().replace(named.repository, id),
    ggufFile,
    neededFiles: () => needed,
    download: (paths = needed, options) => repository.download(paths, options),
  };
}

/** What a model's card says of it. */
export interface ModelFacts {
  /** Answers in turns; goes on with text; reads texts without writing; null where the card does not say. */
  readonly trainedFor: 'chat' | 'text' | 'reading' | null;
  readonly licence: string | null;
  /** By their codes; empty where the card does not say. */
  readonly languages: readonly string[] | 'many';
}

/** What a search of the Hub is narrowed to, by the tags of cards. */
export interface SearchFilter {
  /** A code, such as `ja`. */
  readonly language?: string;
  /** As cards name it, such as `apache-2.0`. */
  readonly licence?: string;
  /** Only those that answer in turns. */
  readonly chat?: boolean;
}

export interface FoundModel {
  readonly id: string;
  /** Null of a repository of GGUF files, each of which says what it is. */
  readonly modelType: string | null;
  /** A month; null where it was not asked. */
  readonly downloads: number | null;
  readonly likes: number;
  readonly gated: boolean;
  /** Number of parameters; null where the Hub does not say. */
  readonly parameters: number | null;
  /** Null where the Hub does not say. */
  readonly updated: string | null;
  readonly about: ModelFacts;
}

/** Tags of repositories that hold weights which are read here: safetensors, or PyTorch's .bin files. */
const readableTags = ['safetensors', 'pytorch'];

/**
 * Models by name, most downloaded first, whose weights can be read and that are of one of the `modelTypes`, and
 * repositories of GGUF files; those already quantised by other tools than bitsandbytes are left out, since their tensors
 * are not weights.
 * @throws AppError as `openHubModel`.
 */
export async function searchModels(
  query: string,
  access: HubAccess,
  modelTypes: readonly string[],
  limit = 30,
  filter: SearchFilter = {},
): Promise<FoundModel[]> {
  const tags = tagsOf(filter);
  const published = await searched(query, ['transformers', ...tags], access, limit, ({ config, tags }) => {
    if (!config || !modelTypes.includes(config.model_type) || !isRead(config.quantization_config)) return undefined;
    // A server that speaks the Hub's paths may know no tags.
    return tags?.length && !tags.some((tag) => readableTags.includes(tag)) ? undefined : config.model_type;
  });
  const known = new Set(published.map(({ id }) => id));
  const converted = await searched(query, ['gguf', ...tags], access, limit, ({ filePaths }) =>
    filePaths && !hasWeights(filePaths) && ggufModels(filePaths).length > 0 ? null : undefined,
  );
  return [...published, ...converted.filter(({ id }) => !known.has(id))]
    .sort((a, b) => (b.downloads ?? 0) - (a.downloads ?? 0))
    .slice(0, limit);
}

/** @param typeOf the type of a model that can be opened, null where it is not known yet; undefined leaves it out */
async function searched(
  query: string,
  tags: readonly string[],
  access: HubAccess,
  limit: number,
  typeOf: (model: v.InferOutput<typeof foundModel>) => string | null | undefined,
): Promise<FoundModel[]> {
  const found: FoundModel[] = [];
  const subject = { model: query, revision: 'main' };
  const candidates = listModels({
    search: { query, tags: [...tags] },
    additionalFields: ['config', 'safetensors', 'tags', 'filePaths'],
    sort: 'downloads',
    limit: limit * 5,
    hubUrl: endpointOf(access),
    fetch: answersFetch(access, subject),
  });
  try {
    for await (const candidate of candidates) {
      const { success, output } = v.safeParse(foundModel, candidate);
      const modelType = success ? typeOf(output) : undefined;
      if (!success || modelType === undefined) continue;
      const { name, safetensors, downloads, likes, gated, updatedAt, tags } = output;
      found.push({
        ...{ id: name, modelType, downloads, likes },
        gated: Boolean(gated),
        parameters: safetensors?.total ?? null,
        updated: updatedAt?.toISOString() ?? null,
        about: factsOf(tags ?? []),
      });
      if (found.length === limit) break;
    }
  } catch (error) {
    throw hubError(error, access, subject);
  }
  return found;
}

const licenceTag = 'license:';
const chatTag = 'conversational';

const tagsOf = ({ language, licence, chat }: SearchFilter): string[] => [
  ...(language ? [language] : []),
  ...(licence ? [licenceTag + licence] : []),
  ...(chat ? [chatTag] : []),
];

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/** Not every tag of two letters is a language: `tf` says that there are weights for TensorFlow. */
const isLanguage = (tag: string): boolean => /^[a-z]{2}$/.test(tag) && languageNames.of(tag) !== undefined;

/** What the tags of a card say. */
function factsOf(tags: readonly string[]): ModelFacts {
  const licence = tags.find((tag) => tag.startsWith(licenceTag))?.slice(licenceTag.length);
  return {
    trainedFor: tags.includes(chatTag) ? 'chat' : tags.includes('text-generation') ? 'text' : null,
    licence: licence ?? null,
    languages: tags.includes('multilingual') ? 'many' : tags.filter(isLanguage),
  };
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
