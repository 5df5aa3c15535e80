import type { RunCost, RunPhase } from '../../worker/protocol.ts';
import { isGoingOn, type LiveRun, runOfResult, type Studio } from '../store.ts';

/** A run as its card describes it: by its own settings and figures, whatever the form says meanwhile. */
export interface ShownRun {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly table: string | null;
  readonly method: string;
  readonly learningRate: number;
  readonly trainingRows: number | null;
  readonly phase: RunPhase;
  readonly step: number;
  readonly totalSteps: number;
  readonly loss: number | null;
  readonly evalLoss: number | null;
  readonly cost: RunCost | null;
  /** Measured by this page; null where it did not see the run train. */
  readonly secondsPerStep: number | null;
  readonly elapsedSeconds: number | null;
}

/** The run that the page shows: in the training step the one in front, in the last step the one that answers. */
export function shownRun(state: Studio): ShownRun | null {
  const { step, run, viewed, shared, drafting, chat, runs } = state;
  const foreign = shared?.value?.detail;
  if (step === 'train' && foreign) return { ...foreign, loss: foreign.lastLoss, ...unmeasured };
  if (step === 'train' && viewed) return { ...viewed, loss: viewed.lastLoss, ...unmeasured };
  if (step === 'train') return run && !drafting ? liveFacts(run) : null;
  if (step !== 'use' || chat.runId === null) return null;
  if (run?.id === chat.runId) return liveFacts(run);
  const kept = runOfResult(runs.value ?? [], chat.runId);
  return kept ? { ...kept, loss: kept.lastLoss, cost: null, table: null, ...unmeasured } : null;
}

const unmeasured = { secondsPerStep: null, elapsedSeconds: null };

function liveFacts(run: LiveRun): ShownRun {
  const { begun, metrics, phase, totalSteps, elapsedSeconds } = run;
  const last = metrics.at(-1);
  const evaluated = metrics.findLast(({ evalLoss }) => evalLoss !== undefined);
  return {
    ...begun,
    ...{ phase, totalSteps, elapsedSeconds },
    step: run.step,
    loss: last?.loss ?? null,
    evalLoss: evaluated?.evalLoss ?? null,
    secondsPerStep: measuredStep(run, run.step - begun.step),
  };
}

/** Seconds a step, from the run itself: what the rest is expected to take, and at the end what it took. */
function measuredStep(run: LiveRun, done: number): number | null {
  const { step, totalSteps, etaSeconds, elapsedSeconds } = run;
  const left = totalSteps - step;
  if (isGoingOn(run) && etaSeconds !== null && left > 0) return etaSeconds / left;
  return elapsedSeconds !== null && done > 0 ? elapsedSeconds / done : null;
}
