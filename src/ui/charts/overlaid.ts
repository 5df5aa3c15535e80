import type { StepMetrics } from '../../worker/protocol.ts';
import { chartPoints } from './series.ts';

/** A step, and under `run0`, `run1` … the smoothed loss of each run there. */
export type OverlaidPoint = { readonly step: number } & Readonly<Record<string, number | null>>;

/** The losses of several runs on one axis of steps. */
export function overlaid(runs: readonly (readonly StepMetrics[])[]): OverlaidPoint[] {
  const bySteps = new Map<number, OverlaidPoint>();
  runs.forEach((metrics, index) => {
    for (const { step, smooth } of chartPoints(metrics, ({ loss }) => loss, { smooth: true, validation: false }))
      bySteps.set(step, { ...(bySteps.get(step) ?? { step }), [`run${index}`]: smooth });
  });
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}
