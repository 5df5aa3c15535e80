import type { PeakByKind } from '../../plan/cost-sheet.ts';
import { type AliveBytes, aliveBytes, turnOf } from '../../plan/timeline.ts';
import type { Plan } from '../../plan/types.ts';

/** Memory at one dispatch of an optimizer step. */
export interface MemoryPoint extends AliveBytes {
  /** Counted over the micro-step and the update behind it. */
  readonly dispatch: number;
  /** The part of the model it belongs to; empty of an update. */
  readonly scope: string;
}

/**
 * How memory rises and falls over one optimizer step: its micro-step, of which there may be several alike, and its update.
 * Buffers are made once for a run, so what it takes is always `peak`: the kinds that stay, and the pool of transient
 * values, `reserved`, of which `points` says how much is in use.
 */
export interface StepMemory {
  readonly points: readonly MemoryPoint[];
  /** Dispatches of one micro-step, of all, and the last of the micro-step before the activations become fewer. */
  readonly microStep: number;
  readonly dispatches: number;
  readonly turn: number;
  readonly reserved: number;
  /** The most that is in use of `reserved`, and at which dispatch. */
  readonly most: { readonly bytes: number; readonly dispatch: number };
  /** Bytes of the kinds that stay, which with `reserved` are the peak of the run. */
  readonly staying: Omit<PeakByKind, 'activations'>;
}

/** Points that are kept: enough for a chart. */
const mostPoints = 200;

/** @param peak of the whole run, as its sheet has it */
export function stepMemory(microStep: Plan, update: Plan, peak: PeakByKind): StepMemory {
  const { activations: reserved, ...staying } = peak;
  const alive = aliveBytes(microStep);
  const all = [
    ...alive.map((bytes, index) => ({ ...bytes, scope: microStep.dispatches[index]!.scope })),
    ...aliveBytes(update).map((bytes) => ({ ...bytes, scope: '' })),
  ];
  const points = thinned(all.map((alive, dispatch) => ({ ...alive, dispatch })));
  const most = points.reduce((before, point) => (sum(point) > sum(before) ? point : before));
  return {
    points,
    microStep: microStep.dispatches.length,
    dispatches: all.length,
    turn: turnOf(alive),
    reserved,
    most: { bytes: sum(most), dispatch: most.dispatch },
    staying,
  };
}

const sum = ({ kept, working }: AliveBytes): number => kept + working;

/** Of each stretch of dispatches the one with the most bytes: no height is lost. */
function thinned(points: readonly MemoryPoint[]): MemoryPoint[] {
  const width = Math.ceil(points.length / mostPoints);
  return Array.from({ length: Math.ceil(points.length / width) }, (_, index) =>
    points.slice(index * width, (index + 1) * width).reduce((most, point) => (sum(point) > sum(most) ? point : most)),
  );
}
