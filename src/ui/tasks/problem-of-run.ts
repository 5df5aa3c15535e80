import { runOfResult, type Studio } from '../store.ts';
import { type ProblemType, problemOfModel } from './facts.ts';

/** What a run learned: of the one under way its config says it, of others the list. */
export function problemOf({ run, runs, model }: Studio, runId: string | null): ProblemType {
  if (run?.id === runId && run) return run.config.dataset.problem_type;
  const known = runOfResult(runs.value ?? [], runId);
  return known?.problemType ?? problemOfModel(model.value);
}
