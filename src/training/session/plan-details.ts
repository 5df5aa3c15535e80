import { boundsOf } from '../../plan/bounds.ts';
import { dispatchSeconds } from '../../plan/cost.ts';
import { type DispatchUse, threadsOf, usesOfPlan } from '../../plan/occupancy.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { RunConfig } from '../config/run-config.ts';
import { type PlannedProgram, programsOf, type RunPlan, type RunPlanOptions } from './plan-run.ts';

/** Dispatches of one kind in an optimizer step. Work is of all of them together. */
export interface KindOfDispatch {
  readonly kind: string;
  readonly dispatches: number;
  readonly flops: number;
  readonly bytesMoved: number;
  /** Fewest threads that have work in one of them. */
  readonly threads: number;
  /** Most steps, one after the other, of a workgroup (`Occupancy.chain`). */
  readonly chain: number;
}

/** What a run's plan is held against, and what fills the device. For people and tests; not needed to carry out a run. */
export interface PlanDetails {
  /** Least work of one optimizer step, from the graphs alone (`Bounds`). */
  readonly flopsAnalytic: number;
  readonly bytesMovedMinimum: number;
  /** The persistent buffers, and the most bytes of values alive at one time. */
  readonly peakBytesLowerBound: number;
  /** Most work first. */
  readonly kinds: readonly KindOfDispatch[];
  /** Kinds that leave the profile's device under a quarter full, and take it longer than `worthNaming`. */
  readonly underfilled: readonly KindOfDispatch[];
}

/** Seconds by the profile's rates; a shorter dispatch is mostly its launch. */
const worthNaming = 1e-5;

/** Plans the programs of an optimizer step once more, as `made` says of what is computed again. */
export function planDetails(config: RunConfig, { recomputed }: RunPlan, options: RunPlanOptions): PlanDetails {
  const tuning = resolveTuning(options.model, config.tuning, config.training.learning_rate);
  const { microStep, update } = programsOf(recomputed, config, tuning, options);
  const programs = [microStep, update];
  const bounds = programs.map(({ graph, times }) => ({ times, ...boundsOf(graph) }));
  const persistent = [...update.plan.persistent.buffers.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const staging = programs.reduce((sum, { plan }) => sum + plan.cost.peakByKind.staging, 0);
  const kinds = kindsOf(programs);
  const { profile } = options;
  return {
    flopsAnalytic: bounds.reduce((sum, { flops, times }) => sum + times * flops, 0),
    bytesMovedMinimum: bounds.reduce((sum, { bytesMoved, times }) => sum + times * bytesMoved, 0),
    peakBytesLowerBound: persistent + staging + Math.max(...bounds.map(({ transientBytes }) => transientBytes)),
    kinds,
    underfilled: kinds.filter(
      ({ threads, dispatches, flops, bytesMoved }) =>
        threads < profile.threadsToFill / 4 &&
        dispatchSeconds({ flops, bytesMoved }, profile) / dispatches > worthNaming,
    ),
  };
}

function kindsOf(programs: readonly PlannedProgram[]): KindOfDispatch[] {
  const kinds = new Map<string, KindOfDispatch>();
  for (const { plan, times } of programs)
    for (const use of usesOfPlan(plan)) kinds.set(use.kind, added(kinds.get(use.kind), use, times));
  return [...kinds.values()].sort((a, b) => b.flops - a.flops || b.bytesMoved - a.bytesMoved);
}

function added(known: KindOfDispatch | undefined, use: DispatchUse, times: number): KindOfDispatch {
  const { kind, flops, bytesMoved, chain } = use;
  return {
    kind,
    dispatches: (known?.dispatches ?? 0) + times,
    flops: (known?.flops ?? 0) + times * flops,
    bytesMoved: (known?.bytesMoved ?? 0) + times * bytesMoved,
    threads: Math.min(known?.threads ?? Number.POSITIVE_INFINITY, threadsOf(use)),
    chain: Math.max(known?.chain ?? 0, chain),
  };
}
