import type { Action, RunSummary, Verdict } from '../worker/protocol.ts';
import type { Studio } from './store.ts';

/** The run of an id as the list has it; a result that one evaluation kept is none. */
export const listedRun = ({ runs }: Studio, runId: string | null): RunSummary | undefined =>
  runs.value?.find(({ id }) => id === runId);

export const verdictOf = (state: Studio, runId: string | null): Verdict | null =>
  listedRun(state, runId)?.verdict ?? null;

/** What the verdict on a run offers to do, as one text, which a selector can give anew each time. */
export const offeredActions = (state: Studio, runId: string): string =>
  (verdictOf(state, runId)?.actions ?? []).map(({ kind }: Action) => kind).join(' ');

/** Results that are no better than the model was, which nobody is asked to take first. */
const poor: ReadonlySet<Verdict['finding']['kind']> = new Set(['broke', 'worse', 'untrained']);

/** Whether what a run came to is no result to go on with: then its buttons are plain ones. */
export function isPoorResult(state: Studio, runId: string | null): boolean {
  const verdict = verdictOf(state, runId);
  return verdict !== null && poor.has(verdict.finding.kind);
}
