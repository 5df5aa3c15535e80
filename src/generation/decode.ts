import { attentionRanges } from '../data/attention-ranges.ts';
import { AppError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { readJson } from '../files/source.ts';
import { rangeInputs } from '../models/model.ts';
import type { Feeds } from '../plan/executor.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { Breath } from '../training/breath.ts';
import { onlyWanted } from '../training/feeds.ts';
import type { ModelSession } from '../training/model-session.ts';
import { generateProgram, primeProgram } from '../training/programs.ts';
import type { VirtualTokens } from '../tuning/method.ts';
import { createSampler, type SamplingSettings } from './sampling.ts';

export type Side = 'base' | 'tuned';

export interface GenerationSettings extends SamplingSettings {
  readonly maxNewTokens: number;
  /** Seconds after which it ends; 0 = no limit. */
  readonly maxSeconds?: number;
  /** Token sequences that end the text, beside the model's own end tokens. */
  readonly stopSequences?: readonly (readonly number[])[];
}

export interface Generated {
  /** The new tokens, without the one that ended the text. */
  readonly ids: readonly number[];
  /** `end`: an end token or stop sequence; `length`: the limit or the cache is reached; `aborted`: as asked. */
  readonly reason: 'end' | 'length' | 'time' | 'aborted';
}

export interface GenerateOptions {
  readonly onToken?: (id: number) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Continues token sequences with one side of a model. */
export interface Generator {
  /** Most tokens that prompt and answer have together. */
  readonly capacity: number;
  /** @throws AppError 'prompt-too-long' where no place is left for an answer. */
  generate(prompt: readonly number[], settings: GenerationSettings, options?: GenerateOptions): Promise<Generated>;
}

export interface GeneratorOptions {
  /** `tuned` needs a model session with a tuning; `base` leaves adapters out and reads the originals. */
  readonly side: Side;
  /** Positions of the key-value cache, at most the model's; default: the model's, up to 2048. */
  readonly capacity?: number;
  readonly endIds: ReadonlySet<number>;
}

const usualCapacity = 2048;

/** Rows of the prefill programs: a prompt goes through the largest as often as it fills it, the rest through the fitting one. */
const prefillRows = [16, 64, 256];

/**
 * A generator of one side. Base and tuned are programs of the same session and share its weights; a side's cache has
 * the capacity it was first made with. Programs are prepared when first needed.
 */
export function createGenerator(model: ModelSession, { side, capacity, endIds }: GeneratorOptions): Generator {
  const places = Math.min(capacity ?? usualCapacity, model.open.model.tablePositions);
  const cached = new CachedModel(model, side, places);
  const free = places - cached.offset;
  return {
    capacity: free,
    async generate(prompt, settings, options = {}) {
      if (prompt.length === 0 || prompt.length >= free) {
        throw new AppError('prompt-too-long', { tokens: prompt.length, limit: free - 1 });
      }
      await cached.prepare(prompt.length);
      return continueText(cached, prompt, settings, endIds, options);
    },
  };
}

async function continueText(
  cached: CachedModel,
  prompt: readonly number[],
  settings: GenerationSettings,
  endIds: ReadonlySet<number>,
  { onToken, signal, now = () => performance.now() }: GenerateOptions,
): Promise<Generated> {
  const sampler = createSampler(settings);
  const started = now();
  const breath = new Breath(now);
  const ids = [...prompt];
  const done = (reason: Generated['reason']): Generated => ({ ids: ids.slice(prompt.length), reason });
  let logits = await cached.prefill(prompt);
  while (true) {
    await breath.take();
    if (signal?.aborted) return done('aborted');
    const generated = ids.length - prompt.length;
    if (generated >= settings.maxNewTokens || ids.length >= cached.capacity - cached.offset) return done('length');
    if (settings.maxSeconds && (now() - started) / 1000 >= settings.maxSeconds) return done('time');
    const id = sampler.next(logits, { ids, generated, endIds });
    if (endIds.has(id)) return done('end');
    ids.push(id);
    onToken?.(id);
    if (settings.stopSequences?.some((stop) => endsWith(ids, stop, prompt.length))) return done('end');
    if (ids.length < cached.capacity - cached.offset) logits = await cached.feed([id], ids.length - 1);
  }
}

function endsWith(ids: readonly number[], stop: readonly number[], from: number): boolean {
  const start = ids.length - stop.length;
  return stop.length > 0 && start >= from && stop.every((id, index) => ids[start + index] === id);
}

const primeName = 'generate/prime';

/** A side of the model with its cache. */
class CachedModel {
  /** Virtual tokens of the adapter that take the first places of the cache. */
  private readonly virtual: VirtualTokens | undefined;

  constructor(
    private readonly model: ModelSession,
    private readonly side: Side,
    readonly capacity: number,
  ) {
    this.virtual = side === 'tuned' ? model.tuning?.adapter?.virtualTokens : undefined;
  }

  /** The place in the cache of a sequence's first token. */
  get offset(): number {
    return this.virtual?.count ?? 0;
  }

  /** Prepares decoding and what a prompt of that length goes through. */
  async prepare(promptLength: number): Promise<void> {
    const { open, tuning, dtypes } = this.model;
    const programs = new Map(
      [...new Set([1, ...chunks(promptLength).map(rowsFor)])].map((rows) => [
        this.programName(rows),
        () => generateProgram(open.model, tuning, dtypes, { rows, capacity: this.capacity, side: this.side }),
      ]),
    );
    const { virtual, capacity } = this;
    if (virtual) programs.set(primeName, () => primeProgram(open.model, tuning!, dtypes, capacity));
    await this.model.prepare(programs);
  }

  /** Writes the whole prompt into the cache and gives the scores of the next token, f32 [vocabulary]. */
  async prefill(prompt: readonly number[]): Promise<Float32Array> {
    await this.prime();
    let first = 0;
    let logits: Promise<Float32Array> | undefined;
    for (const count of chunks(prompt.length)) {
      // Chunks follow each other in order; only the last one's scores are of interest.
      await logits;
      logits = this.feed(prompt.slice(first, first + count), first);
      first += count;
    }
    return logits!;
  }

  /** Virtual tokens go into the cache anew each time: training may have gone on since. */
  private async prime(): Promise<void> {
    if (!this.virtual) return;
    const feeds = this.ranges(this.virtual.count, 0, this.virtual.count);
    await this.model.session.run(primeName, onlyWanted(feeds, this.model.inputsOf(primeName)));
  }

  async feed(ids: readonly number[], first: number): Promise<Float32Array> {
    const rows = rowsFor(ids.length);
    const { logits } = await this.model.session.run(this.programName(rows), this.feeds(ids, first, rows));
    return logits!;
  }

  private feeds(ids: readonly number[], first: number, rows: number): Feeds {
    const padded = new Int32Array(rows);
    padded.set(ids);
    const last = Int32Array.of(ids.length - 1);
    return { ids: padded, last, ...this.ranges(rows, this.offset + first, ids.length) };
  }

  /** Positions and ranges of so many rows, of which `count` are tokens, from a place of the cache on. */
  private ranges(rows: number, first: number, count: number): Record<string, Int32Array> {
    const feeds: Record<string, Int32Array> = {};
    const layout = { sequences: 1, queries: rows, keys: this.capacity, firstPositions: [first] };
    for (const { keyRange, window } of rangeInputs(this.model.open.model)) {
      const ranges = attentionRanges({ ...layout, keyLengths: [first + count], window });
      feeds[keyRange] = ranges.keyRange;
      // Padding rows write behind the text: a place is always overwritten by its own token before anyone sees it.
      feeds.positions = ranges.positions.map((position) => Math.min(position, this.capacity - 1));
    }
    return feeds;
  }

  private programName = (rows: number): string => `generate/${this.side}/${rows}`;
}

function chunks(length: number): number[] {
  const largest = prefillRows.at(-1)!;
  const whole = Array.from({ length: Math.floor(length / largest) }, () => largest);
  return length % largest === 0 ? whole : [...whole, length % largest];
}

const rowsFor = (count: number): number => (count === 1 ? 1 : prefillRows.find((rows) => rows >= count)!);

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
