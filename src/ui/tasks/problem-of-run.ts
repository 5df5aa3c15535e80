import type { RunSummary } from '../../worker/protocol.ts';
import { runOfResult, type Studio } from '../store.ts';
import { hasTextPairs, type ProblemType, problemOfModel, taskFacts } from './facts.ts';

/** What a run learned: of the one under way its config says it, of others the list. */
export function problemOf({ run, runs, model }: Studio, runId: string | null): ProblemType {
  if (run?.id === runId && run) return run.config.dataset.problem_type;
  const known = runOfResult(runs.value ?? [], runId);
  return known?.problemType ?? problemOfModel(model.value);
}

/** Whether a run learned pairs of texts, and is asked with two. */
export function readsPairs({ run, runs }: Studio, runId: string | null): boolean {
  if (run?.id === runId && run) return hasTextPairs(run.config.dataset);
  return runOfResult(runs.value ?? [], runId)?.textPairs ?? false;
}

/** Whether the result of a run is asked in a chat. */
export const writesText = ({ problemType }: RunSummary): boolean => taskFacts({ problem_type: problemType }).writes;
