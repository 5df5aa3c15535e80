import { useMemo } from 'react';
import { CartesianGrid, Legend, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { RunDetail } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './charts.module.css';
import { overlaid } from './overlaid.ts';

/** Runs differ by dash as well as by colour. */
const strokes = [
  { stroke: 'var(--at-trained)' },
  { stroke: 'var(--at-base)', strokeDasharray: '6 4' },
  { stroke: 'var(--at-ink)', strokeDasharray: '2 3' },
  { stroke: 'var(--at-soft)', strokeDasharray: '10 3 2 3' },
  { stroke: 'var(--at-bad)', strokeDasharray: '4 2' },
];

const axis = { stroke: 'var(--at-line)', tick: { fill: 'var(--at-soft)', fontSize: 11 }, tickLine: false };

/** The smoothed losses of runs over each other, and in words what their ends are. */
export function RunCurves({ runs }: { runs: readonly RunDetail[] }) {
  const words = useWords();
  const format = useFormat();
  const points = useMemo(() => overlaid(runs.map(({ metrics }) => metrics)), [runs]);
  const nameOf = ({ name, created }: RunDetail) => `${name || words.train.unnamed} · ${format.date(created)}`;
  return (
    <figure className={styles.figure} aria-label={words.compare.title}>
      <div className={styles.plot} aria-hidden="true">
        <ResponsiveContainer width="100%" height={264}>
          <LineChart data={points} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <CartesianGrid stroke="var(--at-line)" vertical={false} />
            <XAxis dataKey="step" type="number" domain={['dataMin', 'dataMax']} {...axis} minTickGap={40} />
            <YAxis {...axis} axisLine={false} width={48} domain={['auto', 'auto']} />
            <Tooltip
              isAnimationActive={false}
              formatter={(value) => format.value(Number(value))}
              labelFormatter={(step) => `${words.train.step} ${step}`}
              contentStyle={{
                background: 'var(--at-surface)',
                border: '1px solid var(--at-line)',
                color: 'var(--at-ink)',
              }}
            />
            <Legend wrapperStyle={{ fontSize: 12 }} />
            {runs.map((run, index) => (
              <Line
                key={run.id}
                dataKey={`run${index}`}
                name={nameOf(run)}
                strokeWidth={2}
                dot={false}
                connectNulls
                isAnimationActive={false}
                {...strokes[index % strokes.length]}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
      <figcaption>
        <ul className="hidden-visually">
          {runs.map((run) => {
            const evaluated = run.metrics.findLast(({ evalLoss }) => evalLoss !== undefined)?.evalLoss;
            const text = words.compare.text(nameOf(run), format.value(run.lastLoss), format.value(evaluated));
            return <li key={run.id}>{text}</li>;
          })}
        </ul>
      </figcaption>
    </figure>
  );
}
