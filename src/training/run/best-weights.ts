/**
 * Weights of the best evaluation. Each has a file of its own, which stays as long as a checkpoint may go back to it: a run
 * that is taken up again, after a break, from before its last best evaluation has the one that was best then.
 */
import type { LoadedCheckpoint } from '../../files/checkpoint-file.ts';
import type { Directory } from '../../files/directory.ts';
import { bestName, earlierBestName, keptBests, loadNamed, removeNamed, savedCheckpoints } from '../../files/runs.ts';
import type { BestSoFar } from './best.ts';
import { trainingState } from './training-state.ts';

/**
 * The weights that a run held to be the best; undefined where none were kept.
 * @throws AppError 'checkpoint-invalid' where the file is damaged
 */
export async function loadBest(run: Directory, best: BestSoFar): Promise<LoadedCheckpoint | undefined> {
  const kept = await loadNamed(run, bestName(best.step));
  if (kept) return kept;
  const earlier = await loadNamed(run, earlierBestName);
  return earlier?.step === best.step ? earlier : undefined;
}

/** The same of the newest checkpoint, and of a run that was broken off before its first one the last that were best. */
export async function loadBestSaved(run: Directory): Promise<LoadedCheckpoint | undefined> {
  for await (const { state } of savedCheckpoints(run)) {
    const best = bestIn(state);
    return best ? loadBest(run, best) : undefined;
  }
  const last = (await keptBests(run)).at(-1);
  return last === undefined ? loadNamed(run, earlierBestName) : loadNamed(run, bestName(last));
}

/** Removes those that neither the run nor a checkpoint of it goes back to. */
export async function removeOtherBests(run: Directory, best: BestSoFar | null): Promise<void> {
  const needed = new Set([best?.step]);
  for await (const { state } of savedCheckpoints(run)) needed.add(bestIn(state)?.step);
  for (const step of await keptBests(run)) if (!needed.has(step)) await removeNamed(run, bestName(step));
}

/** Of the state of a checkpoint. */
const bestIn = (state: unknown): BestSoFar | null => trainingState(state)?.best ?? null;
