import { memo, useId } from 'react';
import { Line } from 'recharts';
import { useWords } from '../context.tsx';
import type { ChartFrame } from './frame.ts';
import { Plot } from './Plot.tsx';
import { type ChartPoint, extentOf } from './series.ts';

interface Props {
  readonly points: readonly ChartPoint[];
  /** Of the run laid over. */
  readonly earlier: readonly ChartPoint[] | null;
  readonly frame: ChartFrame;
  readonly write: (value: number | null | undefined) => string;
  readonly height: number;
  readonly smooth: boolean;
  /** A logarithmic axis of values; what is not above 0 is left out there. */
  readonly logarithmic: boolean;
}

/** A logarithmic axis has no place for 0 and less. */
const positive = (point: ChartPoint): ChartPoint => {
  const above = (value: number | null) => (value !== null && value > 0 ? value : null);
  return { ...point, raw: above(point.raw), smooth: above(point.smooth), validation: above(point.validation) };
};

/**
 * Raw faint, smoothed bold, validation dashed with marks, another run dashed and neutral. Nothing is animated: a point
 * is there when it happened.
 */
export const Curves = memo(function Curves({ points, earlier, frame, write, height, smooth, logarithmic }: Props) {
  const words = useWords();
  const dot = useId();
  const names: Readonly<Record<string, string>> = {
    raw: words.train.raw,
    smooth: words.train.smoothed,
    validation: words.train.validation,
    earlier: frame.earlier?.name ?? '',
  };
  const drawn = (all: readonly ChartPoint[]) => (logarithmic ? all.map(positive) : all) as ChartPoint[];
  return (
    <Plot
      points={drawn(points)}
      range={frame.range}
      extent={extentOf([...points, ...(earlier ?? [])], frame.range, logarithmic)}
      logarithmic={logarithmic}
      height={height}
      marks={frame.marks}
      writeValue={write}
      nameOf={(key) => names[key] ?? key}
      onZoom={frame.onZoom}
    >
      {earlier && (
        <Line
          data={drawn(earlier)}
          dataKey={smooth ? 'smooth' : 'raw'}
          stroke="var(--at-soft)"
          strokeWidth={1.5}
          strokeDasharray="7 3 2 3"
          dot={false}
          activeDot={false}
          name="earlier"
          isAnimationActive={false}
        />
      )}
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
      {points.some(({ validation }) => validation !== null) && (
        <>
          {/* Marks of one path: dots of their own would take longer to draw than all the rest. */}
          <defs>
            <marker id={dot} markerUnits="userSpaceOnUse" markerWidth={8} markerHeight={8} refX={4} refY={4}>
              <circle cx={4} cy={4} r={3.5} fill="var(--at-base)" />
            </marker>
          </defs>
          <Line
            dataKey="validation"
            stroke="var(--at-base)"
            strokeWidth={2}
            strokeDasharray="5 4"
            connectNulls
            dot={false}
            markerStart={`url(#${dot})`}
            markerMid={`url(#${dot})`}
            markerEnd={`url(#${dot})`}
            isAnimationActive={false}
          />
        </>
      )}
    </Plot>
  );
});
