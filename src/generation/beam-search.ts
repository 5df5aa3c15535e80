import { randomSource } from '../data/shuffle.ts';
import { Breath } from '../training/session/breath.ts';
import { BeamSearch } from './beam.ts';
import type { CachedModel } from './cached-model.ts';
import { Limits } from './limits.ts';
import type { Generated, GenerateOptions, GenerationSettings } from './request.ts';

/**
 * Continues a prompt with as many beams as the cache holds sequences. Cut short, it gives the best that has ended, or
 * else the best so far.
 */
export async function searchBeams(
  cached: CachedModel,
  prompt: readonly number[],
  settings: GenerationSettings,
  endIds: ReadonlySet<number>,
  { onToken, signal, now = () => performance.now() }: GenerateOptions,
): Promise<Generated> {
  const limits = new Limits(settings, cached.room, now);
  const breath = new Breath(now);
  const endsOf = (ids: readonly number[]): Generated['reason'] | null => {
    if (endIds.has(ids.at(-1)!) || limits.stops(ids, prompt.length)) return 'end';
    return signal?.aborted ? 'aborted' : limits.reached(ids.length, ids.length - prompt.length);
  };
  const options = { beams: cached.sequences, endIds, ends: (ids: readonly number[]) => endsOf(ids) !== null };
  const search = new BeamSearch(prompt, settings, options, randomSource(settings.seed));
  // Every beam begins with the whole prompt; later they take over each other's places.
  let scores: Float32Array[] = [];
  for (const sequence of search.beams.keys()) scores.push(await cached.prefill(prompt, sequence));
  while (search.beams.length > 0) {
    search.advance(scores);
    await breath.take();
    if (search.beams.length === 0) break;
    await cached.reorder(search.beams.map(({ parent }) => parent));
    scores = await cached.step(search.beams.map(({ ids }) => ({ id: ids.at(-1)!, position: ids.length - 1 })));
  }
  const { best } = search;
  const reason = endsOf([...prompt, ...best]) ?? 'length';
  const ids = endIds.has(best.at(-1)!) ? best.slice(0, -1) : best;
  for (const id of ids) onToken?.(id);
  return { ids, reason };
}
