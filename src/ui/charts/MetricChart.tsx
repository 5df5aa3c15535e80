import { memo, useId, useMemo, useState } from 'react';
import type { StepMetrics } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import { ChartTable } from './ChartTable.tsx';
import { Curves } from './Curves.tsx';
import styles from './charts.module.css';
import { type ChartPoint, chartPoints, loggedSteps } from './series.ts';

interface Props {
  readonly title: string;
  readonly metrics: readonly StepMetrics[];
  /** Changes when `metrics`, which is appended to in place, does. */
  readonly version: number;
  /** Steps from one point to the next. */
  readonly every: number;
  readonly value: (metrics: StepMetrics) => number;
  readonly write: (value: number | null | undefined) => string;
  readonly height: number;
  readonly smooth?: boolean;
  readonly validation?: boolean;
}

/** One value over the steps: curve, text for those who cannot see it, and the figures as a table. */
export const MetricChart = memo(function MetricChart({
  title,
  metrics,
  version,
  every,
  value,
  write,
  height,
  smooth = false,
  validation = false,
}: Props) {
  const words = useWords();
  const [table, setTable] = useState(false);
  const [logarithmic, setLogarithmic] = useState(false);
  const [weight, setWeight] = useState<number | null>(null);
  const id = useId();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for the content of `metrics`
  const points = useMemo(
    () => chartPoints(loggedSteps(metrics, every), value, { smooth, validation, weight }),
    [metrics, version, every, value, smooth, validation, weight],
  );
  const last = points.at(-1);
  return (
    <figure className={styles.figure} aria-labelledby={id}>
      <figcaption className={styles.caption} id={id}>
        <h2>{title}</h2>
        <span className={styles.now}>{write(last?.smooth ?? last?.raw)}</span>
        {smooth && <Legend validation={validation && points.some((point) => point.validation !== null)} />}
        {smooth && <Smoothing weight={weight} onChange={setWeight} />}
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
        <Summary title={title} points={points} write={write} />
      </figcaption>
      {points.length < 2 ? (
        <div className={`${styles.plot} ${styles.waiting}`} style={{ height }}>
          {words.train.noPoints}
        </div>
      ) : table ? (
        <ChartTable
          points={points}
          title={title}
          write={write}
          smooth={smooth}
          validation={validation}
          height={height}
        />
      ) : (
        <div className={styles.plot} aria-hidden="true">
          <Curves points={points} write={write} height={height} smooth={smooth} logarithmic={logarithmic} />
        </div>
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

/** What the curve says, in words. */
function Summary({ title, points, write }: { title: string; points: readonly ChartPoint[]; write: Props['write'] }) {
  const words = useWords();
  const format = useFormat();
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return null;
  const validation = points.findLast((point) => point.validation !== null);
  const text = words.train.chartText(title, write(first.raw), write(last.smooth ?? last.raw), format.count(last.step));
  return (
    <span className="hidden-visually">
      {text} {validation && words.train.chartValidation(write(validation.validation))}
    </span>
  );
}

function Legend({ validation }: { validation: boolean }) {
  const words = useWords();
  return (
    <span className={styles.legend} aria-hidden="true">
      <span>
        <Stroke colour="var(--at-trained)" width={1} opacity={0.45} />
        {words.train.raw}
      </span>
      <span>
        <Stroke colour="var(--at-trained)" width={2.5} />
        {words.train.smoothed}
      </span>
      {validation && (
        <span>
          <Stroke colour="var(--at-base)" width={2} dash="4 3" />
          {words.train.validation}
        </span>
      )}
    </span>
  );
}

function Stroke({
  colour,
  width,
  opacity = 1,
  dash,
}: {
  colour: string;
  width: number;
  opacity?: number;
  dash?: string;
}) {
  return (
    <svg width="20" height="8" aria-hidden="true">
      <path d="M0 4h20" stroke={colour} strokeWidth={width} strokeOpacity={opacity} strokeDasharray={dash} />
    </svg>
  );
}
