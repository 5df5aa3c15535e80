import { attentionRanges } from '../data/attention-ranges.ts';
import { paddingSpoils } from '../models/layers.ts';
import { rangeInputs, type TextModel } from '../models/model.ts';
import type { Feeds } from '../plan/executor.ts';
import { fedTo } from '../training/programs/feeds.ts';
import type { ModelSession } from '../training/session/model-session.ts';
import type { VirtualTokens } from '../tuning/method.ts';
import { piecesOf, rowsFor } from './prefill.ts';
import { type GenerateShape, generateProgram, primeProgram, reorderProgram } from './programs.ts';
import { writerOf } from './writer.ts';

export type Side = 'base' | 'tuned';

/** The next token of a sequence, and where it stands in it. */
export interface Step {
  readonly id: number;
  readonly position: number;
}

/** Nothing to feed: a sequence that has ended while others go on. */
const idle: Step = { id: 0, position: 0 };

interface Slot {
  readonly side: Side;
  /** Tokens that a sequence may have, those of an adapter included. */
  readonly capacity: number;
  /** Sequences side by side. */
  readonly sequences: number;
}

/** A side of the model with what its layers keep, of one sequence or of several side by side. */
export class CachedModel {
  private readonly network: TextModel;
  /** Virtual tokens of the adapter that take the first places of the cache. */
  private readonly virtual: VirtualTokens | undefined;
  private readonly shape: Omit<GenerateShape, 'rows'>;
  /** Prompts are fed in pieces that need no padding. */
  private readonly isExact: boolean;

  constructor(
    private readonly model: ModelSession,
    private readonly slots: Slot,
  ) {
    const { side, capacity, sequences } = slots;
    this.network = writerOf(model);
    this.virtual = side === 'tuned' ? model.tuning?.adapter?.virtualTokens : undefined;
    this.shape = { side, capacity, sequences: sequences === 1 ? undefined : sequences };
    this.isExact = paddingSpoils(this.network.layers);
  }

  /** Tokens that a sequence may have. */
  get room(): number {
    return this.slots.capacity - this.offset;
  }

  get sequences(): number {
    return this.slots.sequences;
  }

  /** The place in the cache of a sequence's first token. */
  private get offset(): number {
    return this.virtual?.count ?? 0;
  }

  /** Loads decoding and what prompts of those lengths go through. */
  async load(promptLengths: readonly number[], { reorders = false } = {}): Promise<void> {
    const { tuning, dtypes } = this.model;
    const { network, shape } = this;
    const rows = new Set([1, ...promptLengths.flatMap((length) => this.rowsOf(length))]);
    const programs = new Map(
      [...rows].map((count) => [
        this.nameOf(count),
        () => generateProgram(network, tuning, dtypes, { ...shape, rows: count }),
      ]),
    );
    if (this.virtual) programs.set(this.nameOf('prime'), () => primeProgram(network, tuning!, dtypes, shape));
    if (this.sequences > 1) {
      const step: GenerateShape = { ...shape, rows: this.sequences, fed: 'step' };
      programs.set(this.nameOf('step'), () => generateProgram(network, tuning, dtypes, step));
    }
    if (reorders) programs.set(this.nameOf('reorder'), () => reorderProgram(network, { ...shape, rows: 0 }));
    await this.model.load(programs);
  }

  /** Writes a whole prompt into the cache and gives the scores of the next token, f32 [vocabulary]. */
  async prefill(prompt: readonly number[], sequence = 0): Promise<Float32Array> {
    await this.prime(sequence);
    let first = 0;
    let logits: Promise<Float32Array> | undefined;
    for (const count of piecesOf(prompt.length, this.isExact)) {
      // Pieces follow each other in order; only the last one's scores are of interest.
      await logits;
      logits = this.feed(prompt.slice(first, first + count), first, sequence);
      first += count;
    }
    return logits!;
  }

  /** Virtual tokens go into the cache anew each time: training may have gone on since. */
  private async prime(sequence: number): Promise<void> {
    if (!this.virtual) return;
    const name = this.nameOf('prime');
    const feeds = {
      ...this.ranges(this.virtual.count, 0, this.virtual.count, sequence),
      ...stateFeeds(sequence, true),
    };
    await this.model.session.run(name, fedTo(this.model.inputsOf(name), feeds));
  }

  /** Feeds tokens of one sequence from a position on and gives the scores of the next one. */
  async feed(ids: readonly number[], first: number, sequence = 0): Promise<Float32Array> {
    const rows = rowsFor(ids.length, this.isExact);
    const padded = new Int32Array(rows);
    padded.set(ids);
    const last = Int32Array.of(ids.length - 1);
    const ranges = this.ranges(rows, this.offset + first, ids.length, sequence);
    const begins = first === 0 && this.virtual?.as !== 'rows';
    const { logits } = await this.run(this.nameOf(rows), {
      ids: padded,
      last,
      ...ranges,
      ...stateFeeds(sequence, begins),
    });
    return logits!;
  }

  /** Feeds the next token of every sequence (null: none) and gives the scores of each, f32 [vocabulary]. */
  async step(steps: readonly (Step | null)[]): Promise<Float32Array[]> {
    if (this.sequences === 1) return [await this.feed([steps[0]!.id], steps[0]!.position)];
    const given = steps.map((step) => step ?? idle);
    const positions = given.map(({ position }) => this.offset + position);
    const { capacity, sequences } = this.slots;
    const feeds: Record<string, Int32Array> = {
      ids: Int32Array.from(given, ({ id }) => id),
      positions: Int32Array.from(positions),
      places: Int32Array.from(positions, (position, sequence) => sequence * capacity + position),
      exampleStarts: Int32Array.from(positions, (position) => -position),
      stateFrom: Int32Array.from(given.keys()),
      stateTo: Int32Array.from(given.keys()),
    };
    const keyLengths = positions.map((position) => position + 1);
    const layout = { sequences, queries: 1, keys: capacity, firstPositions: positions, keyLengths };
    for (const { keyRange, window } of rangeInputs(this.network))
      feeds[keyRange] = attentionRanges({ ...layout, window }).keyRange;
    const logits = (await this.run(this.nameOf('step'), feeds)).logits!;
    const width = logits.length / sequences;
    return steps.map((_, sequence) => logits.subarray(sequence * width, (sequence + 1) * width));
  }

  /** Lets sequence i go on from what sequence `from[i]` holds. */
  async reorder(from: readonly number[]): Promise<void> {
    if (from.every((source, sequence) => source === sequence)) return;
    const { capacity, sequences } = this.slots;
    const places = Int32Array.from({ length: capacity * sequences }, (_, place) => place);
    const order = places.map((place) => from[Math.floor(place / capacity)]! * capacity + (place % capacity));
    const states = { stateOrder: Int32Array.from(from), states: Int32Array.from(from.keys()) };
    await this.run(this.nameOf('reorder'), { order, places, ...states });
  }

  /** Rows of the programs that a prompt goes through. */
  private rowsOf(length: number): number[] {
    return piecesOf(length, this.isExact).map((count) => rowsFor(count, this.isExact));
  }

  private run(name: string, feeds: Feeds) {
    return this.model.session.run(name, fedTo(this.model.inputsOf(name), feeds));
  }

  /** Positions, places, ranges and starts of so many rows, of which `count` are tokens, from a place of a sequence on. */
  private ranges(rows: number, first: number, count: number, sequence: number): Record<string, Int32Array> {
    const { capacity } = this.slots;
    const feeds: Record<string, Int32Array> = {};
    const layout = { sequences: 1, queries: rows, keys: capacity, firstPositions: [first] };
    const before = sequence * capacity;
    for (const { keyRange, window } of rangeInputs(this.network)) {
      const ranges = attentionRanges({ ...layout, keyLengths: [first + count], window });
      // Nothing seen stays nothing; other ranges count places of the whole cache.
      feeds[keyRange] = ranges.keyRange.map((place, index) => (ranges.keyRange[index | 1] ? before + place : 0));
      // Padding rows write behind the text: a place is always overwritten by its own token before anyone sees it.
      feeds.positions = ranges.positions.map((position) => Math.min(position, capacity - 1));
    }
    feeds.places = feeds.positions!.map((position) => before + position);
    feeds.exampleStarts = new Int32Array(rows).fill(-first);
    return feeds;
  }

  private nameOf(program: number | string): string {
    const { side, capacity, sequences } = this.slots;
    return `generate/${side}/${capacity}x${sequences}/${program}`;
  }
}

/** Whose state a call moves on, and from where: a sequence that begins has none yet. */
const stateFeeds = (sequence: number, begins: boolean): Record<'stateFrom' | 'stateTo', Int32Array> => ({
  stateFrom: Int32Array.of(begins ? -1 : sequence),
  stateTo: Int32Array.of(sequence),
});
