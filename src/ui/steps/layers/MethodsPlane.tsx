import { spreadsheetCsv } from '../../../data/csv-text.ts';
import type { CostEstimate } from '../../../worker/protocol.ts';
import { SvgFigure } from '../../charts/SvgFigure.tsx';
import { linearAxis } from '../../charts/ticks.ts';
import { useStudio, useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import { labelHeight, placeLabels } from './place-labels.ts';

const height = 260;
const [left, right, top, bottom] = [64, 12, 12, 34];

export interface PlacedMethod {
  readonly name: string;
  readonly estimate: CostEstimate;
  readonly current: boolean;
}

/** The ways to tune on a plane of memory and time per step: what is further left and lower costs less. */
export function MethodsPlane({ methods }: { methods: readonly PlacedMethod[] }) {
  const words = useWords();
  const format = useFormat();
  const budget = useStudio((state) => state.environment.value?.memoryBudget ?? null);
  if (methods.length < 2) return null;
  const { plane } = words;
  const least = (of: (method: PlacedMethod) => number) =>
    methods.reduce((best, method) => (of(method) < of(best) ? method : best));
  const [lightest, fastest] = [least(bytesOf), least(secondsOf)];
  return (
    <SvgFigure
      title={plane.title}
      text={plane.text(
        lightest.name,
        format.bytes(bytesOf(lightest)),
        fastest.name,
        format.duration(secondsOf(fastest)),
      )}
      fileName="methods"
      height={height}
      testId="methods-plane"
      csv={() =>
        spreadsheetCsv(
          ['method', 'memory_bytes', 'seconds_per_step', 'trainable_parameters'],
          methods.map((method) => [
            ...[method.name, bytesOf(method), secondsOf(method)],
            method.estimate.trainedParameters,
          ]),
        )
      }
    >
      {(width) => <Drawing methods={methods} budget={budget} width={width} />}
    </SvgFigure>
  );
}

const bytesOf = ({ estimate }: PlacedMethod): number => estimate.step.peakBytes;
const secondsOf = ({ estimate }: PlacedMethod): number => estimate.time.step;

function Drawing(props: { methods: readonly PlacedMethod[]; budget: number | null; width: number }) {
  const { methods, budget, width } = props;
  const words = useWords();
  const format = useFormat();
  const bytes = axisOf(methods.map(bytesOf), width < 480 ? 2 : 4, 1024);
  const seconds = axisOf(methods.map(secondsOf), 4, 1000);
  const x = (value: number) => left + (width - left - right) * bytes.place(value);
  const y = (value: number) => height - bottom - (height - top - bottom) * seconds.place(value);
  const points = byImportance(methods).map((method) => ({
    ...{ name: method.name, current: method.current },
    ...{ x: x(bytesOf(method)), y: y(secondsOf(method)) },
  }));
  const labels = placeLabels(points, points, {
    left,
    right: width - right,
    top: top + labelHeight,
    bottom: height - bottom,
  });
  return (
    <>
      {seconds.ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} style={{ stroke: 'var(--at-line)' }} />
          <text x={left - 6} y={y(tick) + 4} textAnchor="end">
            {format.duration(tick)}
          </text>
        </g>
      ))}
      {bytes.ticks.map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={top} y2={height - bottom} style={{ stroke: 'var(--at-line)' }} />
          <text
            x={x(tick)}
            y={height - bottom + 14}
            textAnchor={tick === bytes.ticks[0] ? 'start' : tick === bytes.ticks.at(-1) ? 'end' : 'middle'}
          >
            {format.bytes(tick)}
          </text>
        </g>
      ))}
      <text x={width - right} y={height - 4} textAnchor="end">
        {words.guide.memory} →
      </text>
      <text x={left + 4} y={top + 8}>
        ↑ {words.guide.step}
      </text>
      {budget !== null && bytes.place(budget) >= 0 && bytes.place(budget) <= 1 && (
        <line
          x1={x(budget)}
          x2={x(budget)}
          y1={top}
          y2={height - bottom}
          strokeDasharray="4 3"
          style={{ stroke: 'var(--at-bad)' }}
        />
      )}
      {points.map(({ name, current, x: at, y: height }, index) => {
        const colour = current ? 'var(--at-trained)' : 'var(--at-soft)';
        const label = labels[index];
        return (
          <g key={name} style={{ fill: colour }}>
            {label?.line && (
              <line
                x1={at}
                x2={label.line.x}
                y1={height}
                y2={label.line.y}
                strokeOpacity={0.5}
                style={{ stroke: colour }}
              />
            )}
            <circle cx={at} cy={height} r={current ? 5 : 4}>
              <title>{name}</title>
            </circle>
            {label && (
              <text
                x={label.box.left > at ? label.box.left : label.box.right}
                y={label.box.bottom - 3}
                textAnchor={label.box.left > at ? 'start' : 'end'}
              >
                {name}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

/** Round marks in the unit of the largest value, a power of `base`, and where a value is between the first and the last. */
function axisOf(values: readonly number[], most: number, base: number) {
  const greatest = Math.max(...values);
  const unit = base ** Math.floor(Math.log(greatest) / Math.log(base));
  const { ticks } = linearAxis(Math.min(...values) / unit, greatest / unit, most);
  const [from, to] = [ticks[0]! * unit, ticks.at(-1)! * unit];
  return { ticks: ticks.map((tick) => tick * unit), place: (value: number) => (value - from) / (to - from) };
}

/** The one in use and those at the ends of both axes are named first: where there is little room, others may not be. */
function byImportance(methods: readonly PlacedMethod[]): PlacedMethod[] {
  const [byBytes, bySeconds] = [bytesOf, secondsOf].map((of) => methods.toSorted((a, b) => of(a) - of(b)));
  const atEnds = [byBytes!, bySeconds!].flatMap((sorted) => [sorted[0]!, sorted.at(-1)!]);
  return [...new Set([...methods.filter(({ current }) => current), ...atEnds, ...methods])];
}
