import { spreadsheetCsv } from '../../../data/csv-text.ts';
import type { DataPreview } from '../../../worker/protocol.ts';
import { SvgFigure } from '../../charts/SvgFigure.tsx';
import { useStudio, useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';

const height = 112;
const [left, right, top, bottom] = [56, 8, 8, 18];

type Points = DataPreview['schedule'];

/** The learning rate over the run that would start, by the run's own schedule; with the rates of layers where they differ. */
export function ScheduleDrawn() {
  const words = useWords();
  const format = useFormat();
  const { preview, rate, states, rates } = useStudio(({ dataPreview, config, tuning }) => ({
    preview: dataPreview.value,
    rate: config.training.learning_rate,
    states: tuning.value?.states ?? null,
    rates: tuning.value?.rates ?? null,
  }));
  if (!preview || preview.problem || preview.schedule.length === 0) return null;
  const { schedule, warmupSteps, totalSteps } = preview;
  const groups = [...new Set(rates?.filter((_, index) => states?.[index] !== 'frozen') ?? [1])].sort((a, b) => b - a);
  const peak = Math.max(...schedule.map(({ factor }) => factor));
  const text = words.scheduleDrawn;
  const said = [
    text.text(format.rate(rate * peak), format.rate(rate * schedule.at(-1)!.factor), format.count(totalSteps)),
    warmupSteps > 0 ? text.warmup(format.count(warmupSteps)) : text.noWarmup,
    groups.length > 1 ? text.groups(format.value(groups[0]), format.value(groups.at(-1))) : '',
  ];
  return (
    <SvgFigure
      title={text.title}
      text={said.join(' ')}
      fileName="schedule"
      height={height}
      testId="schedule"
      csv={() => scheduleCsv(schedule, rate, groups)}
    >
      {(width) => <Drawing {...{ schedule, warmupSteps, totalSteps, rate, groups, peak, width }} />}
    </SvgFigure>
  );
}

interface DrawingProps extends Pick<DataPreview, 'schedule' | 'warmupSteps' | 'totalSteps'> {
  readonly rate: number;
  /** Factors on the rate, the largest first. */
  readonly groups: readonly number[];
  readonly peak: number;
  readonly width: number;
}

function Drawing({ schedule, warmupSteps, totalSteps, rate, groups, peak, width }: DrawingProps) {
  const words = useWords();
  const format = useFormat();
  const [most = 1, least = 1] = [groups[0], groups.at(-1)];
  const x = (step: number) => left + ((width - left - right) * (step - 1)) / Math.max(1, totalSteps - 1);
  const y = (factor: number) => height - bottom - ((height - top - bottom) * factor) / (peak * most || 1);
  const points = (group: number) => schedule.map(({ step, factor }) => `${x(step)} ${y(factor * group)}`);
  const turn = x(warmupSteps + 1);
  return (
    <>
      {[0, peak * most].map((factor) => (
        <g key={factor}>
          <line x1={left} x2={width - right} y1={y(factor)} y2={y(factor)} style={{ stroke: 'var(--at-line)' }} />
          <text x={left - 6} y={y(factor) + 4} textAnchor="end">
            {format.rate(rate * factor)}
          </text>
        </g>
      ))}
      {groups.length > 1 && (
        <path
          d={`M${[...points(most), ...points(least).reverse()].join('L')}Z`}
          style={{ fill: 'color-mix(in srgb, var(--at-trained) 18%, var(--at-surface))' }}
        />
      )}
      <path d={`M${points(most).join('L')}`} strokeWidth={2} style={{ stroke: 'var(--at-trained)', fill: 'none' }} />
      {groups.length > 1 && (
        <path
          d={`M${points(least).join('L')}`}
          strokeWidth={1.5}
          strokeDasharray="4 3"
          style={{ stroke: 'var(--at-trained)', fill: 'none' }}
        />
      )}
      {warmupSteps > 0 && warmupSteps < totalSteps && (
        <>
          <line
            x1={turn}
            x2={turn}
            y1={top}
            y2={height - bottom}
            style={{ stroke: 'var(--at-soft)' }}
            strokeDasharray="2 3"
          />
          {turn > 140 ? (
            <text x={turn - 4} y={height - bottom - 6} textAnchor="end">
              {words.scheduleDrawn.warmupEnd}
            </text>
          ) : (
            <text x={turn + 4} y={height - bottom - 6}>
              {words.scheduleDrawn.warmupEnd}
            </text>
          )}
        </>
      )}
      <text x={left} y={height - 4}>
        1
      </text>
      <text x={width - right} y={height - 4} textAnchor="end">
        {format.count(totalSteps)}
      </text>
    </>
  );
}

/** A line for each step that is drawn, with the rate of each group of layers. */
const scheduleCsv = (schedule: Points, rate: number, groups: readonly number[]): string =>
  spreadsheetCsv(
    ['step', ...groups.map((group) => (groups.length > 1 ? `learning_rate_x${group}` : 'learning_rate'))],
    schedule.map(({ step, factor }) => [step, ...groups.map((group) => rate * factor * group)]),
  );
