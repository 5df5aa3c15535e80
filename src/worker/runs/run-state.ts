import { type Directory, readText, writeText } from '../../files/directory.ts';
import type { RunPhase } from './messages.ts';

/**
 * How far the page has brought a run: `state.json` says `training` from its start on, and at its end how it ended. So a
 * run that says `training` and that nobody trains was interrupted. Runs of the command line, and of older versions, have
 * no such file.
 */
const stateFile = 'state.json';

const ends: readonly RunPhase[] = ['finished', 'stopped', 'stopped-early', 'failed'];
export type RunEnd = 'finished' | 'stopped' | 'stopped-early' | 'failed';

export const isEnd = (phase: RunPhase | null): phase is RunEnd => phase !== null && ends.includes(phase);

export const saveState = (run: Directory, phase: RunEnd | 'training'): Promise<void> =>
  writeText(run, stateFile, `${JSON.stringify({ phase })}\n`);

/** The end of a run that may have been deleted meanwhile, or whose storage is full or shut: then nothing is written. */
export async function saveEnd(run: Directory, phase: RunEnd): Promise<void> {
  try {
    if (await run.exists('run.json')) await saveState(run, phase);
  } catch {
    // The run ends all the same, and says so; next time it counts as interrupted.
  }
}

/** Null where the run does not say, or says what is no state. */
export async function readState(run: Directory): Promise<RunEnd | 'training' | null> {
  try {
    const { phase } = JSON.parse(await readText(run, stateFile)) as { phase?: RunPhase };
    return phase === 'training' || isEnd(phase ?? null) ? (phase as RunEnd | 'training') : null;
  } catch {
    return null;
  }
}
