import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useWords } from '../context.tsx';
import type { ChartPoint } from './series.ts';

interface Props {
  readonly points: readonly ChartPoint[];
  readonly write: (value: number | null | undefined) => string;
  readonly height: number;
  readonly smooth: boolean;
  /** A logarithmic axis of values; what is not above 0 is left out there. */
  readonly logarithmic: boolean;
}

const axis = { stroke: 'var(--at-line)', tick: { fill: 'var(--at-soft)', fontSize: 11 }, tickLine: false };
const margin = { top: 4, right: 8, bottom: 0, left: 0 };

/** Short: an axis needs no more digits than tell its marks apart. */
const tick = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-2
    ? value.toExponential().replace('e-0', 'e-')
    : String(Number(value.toPrecision(3)));

/** Two equal ends would give an axis the same mark twice. */
const isFlat = (points: readonly ChartPoint[]): boolean => points.every(({ raw }) => raw === points[0]?.raw);
const aroundFlat = ([least]: readonly [number, number]): [number, number] => [
  least - (Math.abs(least) || 1) / 2,
  least + (Math.abs(least) || 1) / 2,
];

/** A logarithmic axis has no place for 0 and less. */
const positive = (point: ChartPoint): ChartPoint => {
  const above = (value: number | null) => (value !== null && value > 0 ? value : null);
  return { ...point, raw: above(point.raw), smooth: above(point.smooth), validation: above(point.validation) };
};

/** Raw faint, smoothed bold, validation dashed with marks. Nothing is animated: a point is there when it happened. */
export const Curves = memo(function Curves({ points, write, height, smooth, logarithmic }: Props) {
  const words = useWords();
  const names = { raw: words.train.raw, smooth: words.train.smoothed, validation: words.train.validation };
  return (
    <ResponsiveContainer width="100%" height={height}>
      <LineChart
        data={(logarithmic ? points.map(positive) : points) as ChartPoint[]}
        margin={margin}
        accessibilityLayer={false}
      >
        <CartesianGrid stroke="var(--at-line)" vertical={false} />
        <XAxis dataKey="step" type="number" domain={['dataMin', 'dataMax']} {...axis} minTickGap={40} />
        <YAxis
          {...axis}
          axisLine={false}
          width={48}
          tickFormatter={tick}
          scale={logarithmic ? 'log' : 'auto'}
          allowDataOverflow={logarithmic}
          domain={isFlat(points) ? aroundFlat : ['auto', 'auto']}
        />
        <Tooltip
          isAnimationActive={false}
          formatter={(value, name) => [write(Number(value)), names[name as keyof typeof names] ?? String(name)]}
          labelFormatter={(step) => `${words.train.step} ${step}`}
          contentStyle={{
            background: 'var(--at-surface)',
            border: '1px solid var(--at-line)',
            borderRadius: 4,
            fontSize: 12,
            color: 'var(--at-ink)',
          }}
        />
        <Line
          dataKey="raw"
          stroke="var(--at-trained)"
          strokeOpacity={smooth ? 0.35 : 1}
          strokeWidth={smooth ? 1 : 1.75}
          dot={false}
          isAnimationActive={false}
        />
        {smooth && (
          <Line dataKey="smooth" stroke="var(--at-trained)" strokeWidth={2.5} dot={false} isAnimationActive={false} />
        )}
        {smooth && (
          <Line
            dataKey="validation"
            stroke="var(--at-base)"
            strokeWidth={2}
            strokeDasharray="5 4"
            connectNulls
            dot={{ r: 3, fill: 'var(--at-base)', strokeDasharray: '0' }}
            isAnimationActive={false}
          />
        )}
      </LineChart>
    </ResponsiveContainer>
  );
});
