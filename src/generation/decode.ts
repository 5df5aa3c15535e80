import { AppError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { readJson } from '../files/source.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { ModelSession } from '../training/session/model-session.ts';
import { searchBeams } from './beam-search.ts';
import { CachedModel, type Side } from './cached-model.ts';
import { continueAll } from './continue.ts';
import type { Generated, GenerateOptions, GenerationSettings, ManyOptions } from './request.ts';
import { writerOf } from './writer.ts';

export type { Side } from './cached-model.ts';

/** Continues token sequences with one side of a model. */
export interface Generator {
  /** Most tokens that prompt and answer have together. */
  readonly capacity: number;
  /** @throws AppError 'prompt-too-long' where no place is left for an answer. */
  generate(prompt: readonly number[], settings: GenerationSettings, options?: GenerateOptions): Promise<Generated>;
  /**
   * The same for many prompts, `batchSize` of them side by side: a prompt takes the place of one that has ended. Each
   * draws with the settings' seed, so that an answer does not depend on its neighbours. Beam search takes them one by one.
   * @returns in the order of the prompts; those not begun when it was aborted are empty
   */
  generateAll(
    prompts: readonly (readonly number[])[],
    settings: GenerationSettings,
    options?: ManyOptions,
  ): Promise<Generated[]>;
}

export interface GeneratorOptions {
  /** `tuned` needs a model session with a tuning; `base` leaves adapters out and reads the originals. */
  readonly side: Side;
  /** Positions of the key-value cache, at most the model's; default: the model's, up to 2048. */
  readonly capacity?: number;
  /** Prompts that `generateAll` continues side by side; default 1. */
  readonly batchSize?: number;
  readonly endIds: ReadonlySet<number>;
}

const usualCapacity = 2048;

/**
 * A generator of one side. Base and tuned are programs of the same session and share its weights; each capacity and
 * number of sequences has a cache of its own. Programs are loaded when first needed.
 * @throws AppError 'task-unsupported' for a model that says labels
 */
export function createGenerator(
  model: ModelSession,
  { side, capacity, batchSize = 1, endIds }: GeneratorOptions,
): Generator {
  const places = Math.min(capacity ?? usualCapacity, writerOf(model).tablePositions);
  const caches = new Map<number, CachedModel>();
  const cacheFor = (sequences: number): CachedModel => {
    const made = caches.get(sequences) ?? new CachedModel(model, { side, capacity: places, sequences });
    caches.set(sequences, made);
    return made;
  };
  const single = cacheFor(1);
  const requireRoom = (prompt: readonly number[]): void => {
    const { room } = single;
    if (prompt.length > 0 && prompt.length < room) return;
    throw new AppError('prompt-too-long', { tokens: prompt.length, limit: room - 1 });
  };
  const generate: Generator['generate'] = async (prompt, settings, options = {}) => {
    requireRoom(prompt);
    const beams = settings.numBeams ?? 1;
    const cached = cacheFor(beams);
    await cached.load([prompt.length], { reorders: beams > 1 });
    if (beams > 1) return searchBeams(cached, prompt, settings, endIds, options);
    return first(await continueAll(cached, [prompt], settings, endIds, options));
  };
  return {
    capacity: single.room,
    generate,
    async generateAll(prompts, settings, options = {}) {
      prompts.forEach(requireRoom);
      const beams = settings.numBeams ?? 1;
      const cached = cacheFor(Math.min(batchSize, prompts.length) || 1);
      if (beams > 1) return oneByOne(prompts, (prompt) => generate(prompt, settings, options), options);
      await cached.load(prompts.map(({ length }) => length));
      return continueAll(cached, prompts, settings, endIds, options);
    },
  };
}

const first = <T>([value]: readonly T[]): T => value!;
const nothing: Generated = { ids: [], reason: 'aborted' };

async function oneByOne(
  prompts: readonly (readonly number[])[],
  generate: (prompt: readonly number[]) => Promise<Generated>,
  { signal, onDone }: ManyOptions,
): Promise<Generated[]> {
  const results: Generated[] = [];
  for (const prompt of prompts) {
    results.push(signal?.aborted ? nothing : await generate(prompt));
    onDone?.(results.length);
  }
  return results;
}

/** The tokens that end a text: of generation_config.json, config.json and the tokenizer. */
export async function endTokenIds(files: ModelFiles, tokenizer: Pick<Tokenizer, 'eosTokenId'>): Promise<Set<number>> {
  const ids = new Set<number>();
  for (const path of ['generation_config.json', 'config.json']) {
    if (!(await files.has(path))) continue;
    const { eos_token_id: eos } = (await readJson(files, path)) as { eos_token_id?: unknown };
    for (const id of [eos].flat()) if (typeof id === 'number') ids.add(id);
  }
  if (tokenizer.eosTokenId !== null) ids.add(tokenizer.eosTokenId);
  return ids;
}
