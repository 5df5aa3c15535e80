import { memo, useDeferredValue, useId, useMemo, useState } from 'react';
import type { StepMetrics } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { ChartLegend } from './ChartLegend.tsx';
import { ChartSummary } from './ChartSummary.tsx';
import { ChartTable } from './ChartTable.tsx';
import { Curves } from './Curves.tsx';
import styles from './charts.module.css';
import type { ChartFrame } from './frame.ts';
import { chartPoints, type Evaluated, finite, loggedSteps, seriesOf } from './series.ts';

interface Props {
  readonly title: string;
  readonly metrics: readonly StepMetrics[];
  /** Changes when `metrics`, which is appended to in place, does. */
  readonly version: number;
  /** Steps from one point to the next. */
  readonly every: number;
  readonly frame: ChartFrame;
  readonly value: (metrics: StepMetrics) => number;
  readonly write: (value: number | null | undefined) => string;
  readonly height: number;
  readonly smooth?: boolean;
  /** What evaluations say of it. */
  readonly evaluated?: Evaluated;
}

const none: readonly StepMetrics[] = [];

/** One value over the steps: curve, text for those who cannot see it, and the figures as a table. */
export const MetricChart = memo(function MetricChart({
  title,
  metrics,
  version,
  every,
  frame,
  value,
  write,
  height,
  smooth = false,
  evaluated,
}: Props) {
  const words = useWords();
  const [table, setTable] = useState(false);
  const [logarithmic, setLogarithmic] = useState(false);
  const [chosenWeight, setWeight] = useState<number | null>(null);
  // The slider is there at once; the curve follows in slices.
  const weight = useDeferredValue(chosenWeight);
  const id = useId();
  const { earlier } = frame;
  // The page is there at once; the curve of a long run is computed in a task of its own.
  const steps = useDeferredValue(metrics, none);
  const shown = frame.zoomed ? frame.range : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for the content of `metrics`
  const series = useMemo(
    () => seriesOf(loggedSteps(steps, every), value, { smooth, weight }),
    [steps, version, every, value, smooth, weight],
  );
  const points = useMemo(() => chartPoints(series, evaluated ?? null, shown), [series, evaluated, shown]);
  const validation = points.some((point) => point.validation !== null);
  const earlierSeries = useMemo(
    () => earlier && seriesOf(loggedSteps(earlier.metrics, earlier.every), value, { smooth, weight }),
    [earlier, value, smooth, weight],
  );
  const earlierPoints = useMemo(
    () => earlierSeries && chartPoints(earlierSeries, null, frame.range),
    [earlierSeries, frame.range],
  );
  return (
    <figure className={styles.figure} aria-labelledby={id}>
      <figcaption className={styles.caption} id={id}>
        <h2>{title}</h2>
        <span className={styles.now}>{write(finite((series.curve ?? series.values).at(-1)))}</span>
        {smooth && <ChartLegend frame={frame} validation={validation} />}
        <span className={styles.controls}>
          {smooth && <Smoothing weight={chosenWeight} onChange={setWeight} />}
          <button type="button" className={styles.toggle} onClick={() => setLogarithmic(!logarithmic)}>
            {logarithmic ? words.chart.linear : words.chart.log}
          </button>
          <button
            type="button"
            className={styles.toggle}
            aria-pressed={table}
            onClick={() => setTable(!table)}
            data-testid="chart-table"
          >
            {table ? words.train.chart : words.train.table}
          </button>
        </span>
        <ChartSummary
          title={title}
          series={series}
          earlier={earlierSeries}
          frame={frame}
          evaluated={evaluated}
          write={write}
        />
      </figcaption>
      {series.values.length < 2 ? (
        <div className={`${styles.plot} ${styles.waiting}`} style={{ height }}>
          {words.train.noPoints}
        </div>
      ) : table ? (
        <ChartTable
          points={points}
          earlier={earlierSeries}
          frame={frame}
          title={title}
          write={write}
          smooth={smooth}
          validation={validation}
          height={height}
        />
      ) : (
        <Curves
          points={points}
          earlier={earlierPoints}
          frame={frame}
          write={write}
          height={height}
          smooth={smooth}
          logarithmic={logarithmic}
        />
      )}
    </figure>
  );
});

/** How much of the past the smoothed curve keeps. */
function Smoothing({ weight, onChange }: { weight: number | null; onChange: (weight: number) => void }) {
  const words = useWords();
  return (
    <label className={styles.smoothing}>
      {words.chart.smoothing}
      <input
        type="range"
        min={0}
        max={0.99}
        step={0.01}
        value={weight ?? 0.9}
        onChange={(event) => onChange(Number(event.currentTarget.value))}
      />
    </label>
  );
}
