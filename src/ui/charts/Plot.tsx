import { useElementSize } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { CartesianGrid, LineChart, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './charts.module.css';
import { DragRange } from './DragRange.tsx';
import type { ChartFrame } from './frame.ts';
import type { StepRange } from './marks.ts';
import { linearAxis, logarithmicAxis, stepTicks, tickText } from './ticks.ts';
import { useInTurn } from './use-throttled.ts';

interface Props {
  readonly points: readonly { readonly step: number }[];
  /** The steps from edge to edge. */
  readonly range: StepRange;
  /** The lowest and the highest value that is drawn. */
  readonly extent: readonly [number, number];
  readonly logarithmic?: boolean;
  readonly height: number;
  readonly marks?: ChartFrame['marks'];
  readonly writeValue: (value: number, name: string) => string;
  readonly nameOf: (key: string) => string;
  readonly onZoom?: (range: StepRange) => void;
  /** The lines. */
  readonly children: ReactNode;
}

/** A label at an axis, as plain text: what Recharts has for it measures each word in the document. */
const tickOf =
  (className: string, write: (value: number) => string) =>
  ({ x, y, textAnchor, payload, verticalAnchor }: TickProps) => (
    <text
      className={`recharts-cartesian-axis-tick-value ${className}`}
      x={x}
      y={y}
      dy={verticalAnchor === 'middle' ? '0.355em' : verticalAnchor === 'start' ? '0.71em' : undefined}
      textAnchor={textAnchor}
      fill="var(--at-soft)"
      fontSize={11}
    >
      {write(payload.value)}
    </text>
  );

interface TickProps {
  readonly x: number | string;
  readonly y: number | string;
  readonly textAnchor: 'start' | 'middle' | 'end' | 'inherit';
  readonly verticalAnchor: 'start' | 'middle' | 'end';
  readonly payload: { readonly value: number };
}

const axisLook = { stroke: 'var(--at-line)', tickLine: false };
/** Of a figure of the axes' labels, in CSS pixels. */
const figureWidth = 6.4;
const epochHeight = 16;
/** What is drawn one after the other, each in a task of its own: the first chart of a visit would take 100 ms in one. */
const stages = { steps: 2, values: 3, marks: 4, lines: 5 } as const;

/**
 * Axes, grid and marks around the lines of a chart. Every mark is whole, at an even place and inside the picture: how
 * many there are follows from the width and from how wide their labels are.
 */
export function Plot({ points, range, extent, logarithmic = false, height, marks, onZoom, children, ...text }: Props) {
  const words = useWords();
  const format = useFormat();
  const { ref, width: measured } = useElementSize();
  const { width, stage } = useInTurn(measured, stages.lines);
  const values = (logarithmic ? logarithmicAxis : linearAxis)(...extent, height > 200 ? 6 : 3);
  const valueWidth = 14 + figureWidth * Math.max(4, ...values.ticks.map((tick) => tickText(tick, values.ticks).length));
  const stepWidth = figureWidth * format.count(range.to).length;
  const margin = { top: 8, right: Math.max(12, stepWidth / 2 + 2), bottom: 0, left: 0 };
  const room = width - valueWidth - margin.right;
  const epochs = marks?.epochs(Math.max(1, Math.min(12, room / 40))) ?? [];
  const domain = [range.from, range.to];
  return (
    <div className={styles.plot} aria-hidden="true">
      <div ref={ref} style={{ height }}>
        {width > 0 && (
          <DragRange left={valueWidth} right={margin.right} width={width} range={range} onChange={onZoom}>
            <LineChart
              width={width}
              height={height}
              data={points as { step: number }[]}
              margin={margin}
              accessibilityLayer={false}
            >
              {stage >= stages.marks && <CartesianGrid stroke="var(--at-line)" vertical={false} />}
              {stage >= stages.steps && (
                <XAxis
                  {...axisLook}
                  dataKey="step"
                  type="number"
                  domain={domain}
                  allowDataOverflow
                  height={24}
                  ticks={stepTicks(range.from, range.to, Math.max(1, Math.min(10, room / (stepWidth + 24))))}
                  tick={tickOf('axis-steps', format.count)}
                  interval={0}
                />
              )}
              {stage >= stages.values && (
                <YAxis
                  {...axisLook}
                  axisLine={false}
                  width={valueWidth}
                  scale={logarithmic ? 'log' : 'linear'}
                  domain={[...values.domain]}
                  allowDataOverflow
                  ticks={[...values.ticks]}
                  tick={tickOf('axis-values', (tick) => tickText(tick, values.ticks))}
                  interval={0}
                />
              )}
              {stage >= stages.marks && epochs.length > 0 && (
                <XAxis
                  {...axisLook}
                  xAxisId="epochs"
                  orientation="top"
                  dataKey="step"
                  type="number"
                  domain={domain}
                  allowDataOverflow
                  height={epochHeight}
                  axisLine={false}
                  tickMargin={0}
                  ticks={epochs.map(({ step }) => step)}
                  tick={tickOf('axis-epochs', (step) => String(epochs.find((mark) => mark.step === step)?.epoch ?? ''))}
                  interval={0}
                />
              )}
              {stage >= stages.marks && epochs.length > 0 && (
                <CartesianGrid
                  xAxisId="epochs"
                  stroke="var(--at-line)"
                  horizontal={false}
                  verticalValues={epochs.map(({ step }) => step)}
                />
              )}
              {stage >= stages.marks && marks?.best && marks.best.step >= range.from && marks.best.step <= range.to && (
                <ReferenceLine x={marks.best.step} stroke="var(--at-base)" strokeOpacity={0.7} />
              )}
              {stage >= stages.marks && (
                <Tooltip
                  isAnimationActive={false}
                  formatter={(value, name) => [text.writeValue(Number(value), String(name)), text.nameOf(String(name))]}
                  labelFormatter={(step) => `${words.train.step} ${format.count(Number(step))}`}
                  contentStyle={{
                    background: 'var(--at-surface)',
                    border: '1px solid var(--at-line)',
                    borderRadius: 4,
                    fontSize: 12,
                    color: 'var(--at-ink)',
                  }}
                />
              )}
              {stage >= stages.lines && children}
            </LineChart>
          </DragRange>
        )}
      </div>
    </div>
  );
}
