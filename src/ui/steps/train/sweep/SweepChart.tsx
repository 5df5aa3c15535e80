import { useElementSize } from '@mantine/hooks';
import { CartesianGrid, Cell, Scatter, ScatterChart, XAxis, YAxis } from 'recharts';
import type { Sweep, SweepTable } from '../../../../worker/protocol.ts';
import charts from '../../../charts/charts.module.css';
import { linearAxis, logarithmicAxis, tickText } from '../../../charts/ticks.ts';
import { useWords } from '../../../context.tsx';
import { useFormat } from '../../../use-format.ts';
import { settingLabel, textOf } from './setting-words.ts';

interface Props {
  readonly sweep: Sweep;
  readonly table: SweepTable;
  readonly settingKey: string;
  readonly scoreLabel: string;
}

const height = 200;
const figureWidth = 6.4;
const tick = { fill: 'var(--at-soft)', fontSize: 11 };

/** The scores against one setting, and the same in words. The best run is filled, those that were stopped are hollow. */
export function SweepChart({ sweep, table, settingKey, scoreLabel }: Props) {
  const words = useWords();
  const format = useFormat();
  const { ref, width } = useElementSize();
  const tried = sweep.settings[settingKey]!;
  const scored = table.rows.flatMap(({ score, values, state, isBest }) =>
    score === null ? [] : [{ score, value: values[settingKey], state, isBest }],
  );
  // Values that are listed stand side by side, in the order in which they are tried.
  const range = 'from' in tried ? tried : null;
  const names = 'from' in tried ? [] : tried.map(textOf);
  const placed = scored
    .map((point) => ({ ...point, x: range ? (point.value as number) : names.indexOf(textOf(point.value)) }))
    .sort((a, b) => a.x - b.x);
  const title = words.sweep.chart(scoreLabel, settingLabel(settingKey, words));
  const said = placed.map(({ value, score }) => words.sweep.point(textOf(value), format.value(score)));
  const xs = placed.map(({ x }) => x);
  const isLog = range?.scale === 'log';
  const extent = [Math.min(...xs), Math.max(...xs)] as const;
  const across = range ? (isLog ? logarithmicAxis(...extent, 5) : linearAxis(...extent, 5)) : null;
  const up = linearAxis(
    Math.min(...placed.map(({ score }) => score)),
    Math.max(...placed.map(({ score }) => score)),
    4,
  );
  const left = 14 + figureWidth * Math.max(4, ...up.ticks.map((each) => tickText(each, up.ticks).length));
  return (
    <figure className={charts.figure}>
      <figcaption className={charts.caption}>
        <h3>{title}</h3>
        <span className="hidden-visually">
          {said.length === 0 ? words.sweep.noPoints : words.sweep.chartText(said.join(', '))}
        </span>
      </figcaption>
      {placed.length === 0 ? (
        <div className={`${charts.plot} ${charts.waiting}`} style={{ height }}>
          {words.sweep.noPoints}
        </div>
      ) : (
        <div className={charts.plot} aria-hidden="true">
          <div ref={ref} style={{ height }}>
            {width > 0 && (
              <ScatterChart
                width={width}
                height={height}
                margin={{ top: 8, right: 24, bottom: 0, left: 0 }}
                accessibilityLayer={false}
              >
                <CartesianGrid stroke="var(--at-line)" vertical={false} />
                <XAxis
                  type="number"
                  dataKey="x"
                  stroke="var(--at-line)"
                  tick={tick}
                  tickLine={false}
                  scale={isLog ? 'log' : 'linear'}
                  domain={across ? [...across.domain] : [-0.5, names.length - 0.5]}
                  ticks={across ? [...across.ticks] : names.map((_, index) => index)}
                  tickFormatter={(at: number) => (across ? tickText(at, across.ticks) : (names[at] ?? ''))}
                  height={24}
                />
                <YAxis
                  type="number"
                  dataKey="score"
                  stroke="var(--at-line)"
                  axisLine={false}
                  tick={tick}
                  tickLine={false}
                  width={left}
                  domain={[...up.domain]}
                  ticks={[...up.ticks]}
                  tickFormatter={(at: number) => tickText(at, up.ticks)}
                  interval={0}
                />
                <Scatter data={placed} isAnimationActive={false}>
                  {placed.map((point, index) => (
                    <Cell
                      // biome-ignore lint/suspicious/noArrayIndexKey: points have no other name
                      key={index}
                      fill={point.isBest ? 'var(--at-trained)' : point.state === 'dropped' ? 'none' : 'var(--at-soft)'}
                      stroke={point.isBest ? 'var(--at-trained)' : 'var(--at-soft)'}
                      strokeWidth={point.isBest ? 6 : 1.5}
                    />
                  ))}
                </Scatter>
              </ScatterChart>
            )}
          </div>
        </div>
      )}
    </figure>
  );
}
