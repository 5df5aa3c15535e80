import type { RandomSource } from '../data/shuffle.ts';
import { logSoftmax, penalised, type SamplingSettings, type TokenHistory, warped } from './sampling.ts';

/** One way to go on: the tokens so far, and the sum of their log-probabilities. */
interface Beam {
  readonly ids: readonly number[];
  readonly score: number;
  /** The running beam it continues. */
  readonly parent: number;
}

interface Finished extends Beam {
  readonly done: boolean;
}

export interface BeamOptions {
  readonly beams: number;
  readonly endIds: ReadonlySet<number>;
  /** Whether a sequence ends with its last token: an end token, a stop sequence, the limit or the time. */
  readonly ends: (ids: readonly number[]) => boolean;
}

/** What a beam that cannot be taken scores in transformers. */
const never = -1e9;

/**
 * Beam search as transformers' `_beam_search` does it, with length_penalty 1 and early_stopping false: log-probabilities
 * go through the processors of `settings`; of all continuations the best (1 + end tokens) · beams are looked at, the best
 * that go on are the next beams, and a finished one scores its sum over its new tokens. It ends when no running beam
 * scores better than the worst finished one, or none can go on.
 */
export class BeamSearch {
  private running: readonly Beam[];
  private finished: readonly Finished[];
  private hopeful = true;
  private going = true;

  constructor(
    private readonly prompt: readonly number[],
    private readonly settings: SamplingSettings,
    private readonly options: BeamOptions,
    private readonly random: RandomSource,
  ) {
    const { beams } = options;
    // All beams begin alike, so only the first may be continued at first.
    this.running = Array.from({ length: beams }, (_, index) => ({
      ids: prompt,
      score: index === 0 ? 0 : never,
      parent: index,
    }));
    this.finished = this.running.map((beam) => ({ ...beam, score: never, done: false }));
  }

  /** The beams that the next scores are wanted for; empty when the search is over. */
  get beams(): readonly Beam[] {
    return this.going ? this.running : [];
  }

  /** The best finished sequence: its new tokens. */
  get best(): readonly number[] {
    const [first] = this.finished;
    return (first?.done ? first : this.running[0]!).ids.slice(this.prompt.length);
  }

  /** @param scores of the next token for each running beam, f32 [vocabulary] */
  advance(scores: readonly Float32Array[]): void {
    const { beams, ends } = this.options;
    const candidates = this.candidates(scores);
    const hits = candidates.map(({ ids }) => ends(ids));
    this.running = best(
      candidates.map((beam, index) => ({ ...beam, score: beam.score + (hits[index] ? never : 0) })),
      beams,
    );
    this.finish(candidates, hits);
    const length = candidates[0]!.ids.length - this.prompt.length;
    const worst = Math.min(...this.finished.map(({ score }) => score));
    // Whoever has not finished counts as worse than anything that still runs.
    const open = this.finished.some(({ done }) => !done);
    this.hopeful &&= this.running[0]!.score / length > (open ? never : worst);
    this.going = this.hopeful && !hits.every((hit) => hit);
  }

  private candidates(scores: readonly Float32Array[]): Beam[] {
    const { settings } = this;
    const { beams, endIds } = this.options;
    const count = Math.max(2, 1 + endIds.size) * beams;
    const width = scores[0]!.length;
    const all = new Float64Array(beams * width);
    this.running.forEach(({ ids, score }, parent) => {
      const history: TokenHistory = { ids, generated: ids.length - this.prompt.length, endIds };
      const allowed = penalised(logSoftmax(scores[parent]!), settings, history);
      const next = settings.doSample ? warped(allowed, settings) : allowed;
      for (let id = 0; id < width; id++) all[parent * width + id] = score + next[id]!;
    });
    const taken = settings.doSample ? drawn(all, count, this.random) : largest(all, count);
    return taken.map((index) => {
      const parent = Math.floor(index / width);
      return { ids: [...this.running[parent]!.ids, index % width], score: all[index]!, parent };
    });
  }

  private finish(candidates: readonly Beam[], hits: readonly boolean[]): void {
    const { beams } = this.options;
    const ended = candidates.map((beam, index) => {
      const done = hits[index]! && index < beams;
      const score = beam.score / (beam.ids.length - this.prompt.length);
      return { ...beam, done, score: score + (done ? 0 : never) + (this.hopeful ? 0 : never) };
    });
    this.finished = best([...this.finished, ...ended], beams);
  }
}

/** The highest scores first; of equal ones the earlier. */
const best = <B extends Beam>(beams: readonly B[], count: number): B[] =>
  beams.toSorted((a, b) => b.score - a.score).slice(0, count);

/** Indices of the `count` largest values, the largest first; of equal ones the earlier. */
function largest(values: Float64Array, count: number): number[] {
  const kept: number[] = [];
  for (let index = 0; index < values.length; index++) {
    if (kept.length === count && values[index]! <= values[kept[count - 1]!]!) continue;
    let place = kept.length;
    while (place > 0 && values[kept[place - 1]!]! < values[index]!) place--;
    kept.splice(place, 0, index);
    if (kept.length > count) kept.pop();
  }
  return kept;
}

/** Indices drawn without replacement from the softmax of scores: the largest after Gumbel noise (arXiv 1903.06059). */
function drawn(scores: Float64Array, count: number, random: RandomSource): number[] {
  const noisy = scores.map((score) => score - Math.log(-Math.log((random() + 0.5) / 2 ** 32)));
  return largest(noisy, count);
}
