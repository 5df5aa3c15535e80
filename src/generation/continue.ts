import { Breath } from '../training/session/breath.ts';
import type { CachedModel } from './cached-model.ts';
import { Limits } from './limits.ts';
import type { Generated, GenerationSettings, ManyOptions } from './request.ts';
import { createSampler, type Sampler } from './sampling.ts';

/** Continues prompts, as many side by side as the cache holds; a prompt takes the place of one that has ended. */
export function continueAll(
  cached: CachedModel,
  prompts: readonly (readonly number[])[],
  settings: GenerationSettings,
  endIds: ReadonlySet<number>,
  options: ManyOptions,
): Promise<Generated[]> {
  return new Continuation(cached, prompts, settings, endIds, options).run();
}

/** A prompt on its way to an answer. */
interface Sequence {
  readonly index: number;
  readonly promptLength: number;
  readonly ids: number[];
  readonly sampler: Sampler;
  readonly limits: Limits;
}

class Continuation {
  private readonly slots: (Sequence | null)[];
  private readonly results: Generated[];
  private readonly now: () => number;
  private begun = 0;
  private done = 0;

  constructor(
    private readonly cached: CachedModel,
    private readonly prompts: readonly (readonly number[])[],
    private readonly settings: GenerationSettings,
    private readonly endIds: ReadonlySet<number>,
    private readonly options: ManyOptions,
  ) {
    this.slots = Array.from({ length: cached.sequences }, () => null);
    this.results = prompts.map(() => ({ ids: [], reason: 'aborted' }));
    this.now = options.now ?? (() => performance.now());
  }

  async run(): Promise<Generated[]> {
    const breath = new Breath(this.now);
    while (true) {
      for (const slot of this.slots.keys()) await this.fill(slot, breath);
      if (this.slots.every((each) => each === null)) return this.results;
      const steps = this.slots.map((each) => each && { id: each.ids.at(-1)!, position: each.ids.length - 1 });
      const scores = await this.cached.step(steps);
      await breath.take();
      for (const slot of this.slots.keys()) if (this.slots[slot]) this.take(slot, scores[slot]!);
    }
  }

  /** Begins with the next prompts until one is not over at once. */
  private async fill(slot: number, breath: Breath): Promise<void> {
    const { cached, prompts, settings, options } = this;
    while (!this.slots[slot] && this.begun < prompts.length && !options.signal?.aborted) {
      const index = this.begun++;
      const prompt = prompts[index]!;
      const limits = new Limits(settings, cached.room, this.now);
      const sampler = createSampler(settings);
      this.slots[slot] = { index, promptLength: prompt.length, ids: [...prompt], sampler, limits };
      const scores = await cached.prefill(prompt, slot);
      await breath.take();
      this.take(slot, scores);
    }
  }

  /** Adds the next token to a slot's text, or ends it. */
  private take(slot: number, scores: Float32Array): void {
    const sequence = this.slots[slot]!;
    const reason = this.over(sequence) ?? this.add(sequence, scores) ?? this.over(sequence);
    if (reason) this.finish(slot, reason);
  }

  /** Adds a token; gives the reason where the text ends with it. */
  private add({ ids, promptLength, sampler, limits }: Sequence, scores: Float32Array): 'end' | null {
    const { endIds } = this;
    const id = sampler.next(scores, { ids, generated: ids.length - promptLength, endIds });
    if (endIds.has(id)) return 'end';
    ids.push(id);
    this.options.onToken?.(id);
    return limits.stops(ids, promptLength) ? 'end' : null;
  }

  /** Why no further token may come, or null. */
  private over({ ids, promptLength, limits }: Sequence): Generated['reason'] | null {
    return this.options.signal?.aborted ? 'aborted' : limits.reached(ids.length, ids.length - promptLength);
  }

  private finish(slot: number, reason: Generated['reason']): void {
    const { index, ids, promptLength } = this.slots[slot]!;
    this.results[index] = { ids: ids.slice(promptLength), reason };
    this.slots[slot] = null;
    this.options.onDone?.(++this.done);
  }
}
