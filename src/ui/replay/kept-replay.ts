import type { Replay } from '../store.ts';

const key = 'atelier-replay';

/** JSON has no NaN, which the loss of a run that broke down is. */
const asJson = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
const fromJson = (_: string, value: unknown) =>
  typeof (value as { number?: unknown } | null)?.number === 'string' && Object.keys(value as object).length === 1
    ? Number((value as { number: string }).number)
    : value;

/** What a tab does again, from before it was loaded anew; what lies open now is found out again. */
export function keptReplay(): Replay | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null', fromJson) as Pick<Replay, 'shared' | 'runId'> | null;
    return kept && { ...kept, open: null, used: null };
  } catch {
    return null;
  }
}

export function keepReplay(replay: Replay | null): void {
  try {
    if (replay === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ shared: replay.shared, runId: replay.runId }, asJson));
  } catch {
    // Storage may be switched off or full: it then ends with the page.
  }
}
