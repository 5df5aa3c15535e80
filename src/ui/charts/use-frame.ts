import { useMemo, useState } from 'react';
import type { StepMetrics } from '../../worker/protocol.ts';
import type { ChartFrame, EarlierRun } from './frame.ts';
import { bestStep, epochMarks, growingEnd, type StepRange } from './marks.ts';

/** How far a longer run that is laid over is shown, in lengths of this one, which must stay in sight. */
const farthest = 3;

/**
 * The frame of a run's charts. They all end at the last step of the run, beyond it where the one laid over is longer,
 * or, while it grows (`totalSteps` is not null), somewhat beyond its newest step.
 */
export function useFrame(metrics: readonly StepMetrics[], version: number, totalSteps: number | null) {
  const [zoom, setZoom] = useState<StepRange | null>(null);
  const [earlier, setEarlier] = useState<EarlierRun | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for the content of `metrics`
  const { newest, ...found } = useMemo(
    () => ({ newest: metrics.at(-1)?.step ?? 1, best: bestStep(metrics) }),
    [metrics, version],
  );
  // A best step that is found again is the same one: nothing is drawn anew for it.
  const { step, loss } = found.best ?? {};
  const best = useMemo(() => (step === undefined ? null : { step, loss: loss! }), [step, loss]);
  const own = totalSteps === null ? newest : growingEnd(newest, totalSteps);
  const end = Math.max(1, own, Math.min(earlier?.metrics.at(-1)?.step ?? 0, farthest * own));
  const range = useMemo(() => zoom ?? { from: 0, to: end }, [zoom, end]);
  const frame = useMemo(
    (): ChartFrame => ({
      range,
      zoomed: zoom !== null,
      marks: { epochs: (most) => epochMarks(metrics, range, most), best },
      earlier,
      onZoom: setZoom,
    }),
    [metrics, range, zoom, best, earlier],
  );
  return { frame, end, setEarlier };
}
