import { useMemo } from 'react';
import { Line } from 'recharts';
import type { RunDetail, StepMetrics } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './charts.module.css';
import { Plot } from './Plot.tsx';
import { RunStroke, strokeOf } from './RunStroke.tsx';
import { chartPoints, extentOf, seriesOf } from './series.ts';

const loss = (metrics: StepMetrics) => metrics.loss;

/** The smoothed losses of runs over each other, and in words what their ends are. */
export function RunCurves({ runs }: { runs: readonly RunDetail[] }) {
  const words = useWords();
  const format = useFormat();
  const curves = useMemo(
    () => runs.map(({ metrics }) => chartPoints(seriesOf(metrics, loss, { smooth: true }), null)),
    [runs],
  );
  const range = { from: 0, to: Math.max(1, ...curves.map((points) => points.at(-1)?.step ?? 1)) };
  const smoothed = curves.flat().map((point) => ({ ...point, raw: null }));
  const nameOf = ({ name, created }: RunDetail) => `${name || words.train.unnamed} · ${format.date(created)}`;
  return (
    <figure className={styles.figure} aria-label={words.train.loss}>
      <Plot
        points={curves.find((points) => points.at(-1)?.step === range.to) ?? []}
        range={range}
        extent={extentOf(smoothed, range, false)}
        height={232}
        writeValue={format.value}
        nameOf={(name) => name}
      >
        {runs.map((run, index) => (
          <Line
            key={run.id}
            data={curves[index] as { step: number }[]}
            dataKey="smooth"
            name={nameOf(run)}
            strokeWidth={2}
            dot={false}
            connectNulls
            isAnimationActive={false}
            {...strokeOf(index)}
          />
        ))}
      </Plot>
      <figcaption>
        <ul className={styles.runNames}>
          {runs.map((run, index) => {
            const evaluated = run.metrics.findLast(({ evalLoss }) => evalLoss !== undefined)?.evalLoss;
            return (
              <li key={run.id}>
                <RunStroke index={index} />
                {words.compare.text(nameOf(run), format.value(run.lastLoss), format.value(evaluated))}
              </li>
            );
          })}
        </ul>
      </figcaption>
    </figure>
  );
}
