import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import type { ChartFrame } from './frame.ts';
import { type Evaluated, finite, type Series } from './series.ts';

interface Props {
  readonly title: string;
  readonly series: Series;
  /** Of the run laid over. */
  readonly earlier: Series | null;
  readonly frame: ChartFrame;
  readonly evaluated: Evaluated | undefined;
  readonly write: (value: number | null | undefined) => string;
}

/** What a chart shows, in words: all of the run, and then which steps of it are in sight. */
export function ChartSummary({ title, series, earlier, frame, evaluated, write }: Props) {
  const words = useWords();
  const format = useFormat();
  const { metrics, values, curve } = series;
  const last = metrics[values.length - 1];
  if (!last) return null;
  const newest = (of: Series) => write(finite((of.curve ?? of.values).at(-1)));
  const parts = [
    words.train.chartText(
      title,
      write(values.find(Number.isFinite)),
      write(finite((curve ?? values).at(-1))),
      format.count(last.step),
    ),
  ];
  const newestEvaluation = evaluated && metrics.findLast((each) => evaluated(each) != null);
  if (newestEvaluation) parts.push(words.train.chartValidation(write(evaluated(newestEvaluation))));
  const { best } = frame.marks;
  if (curve && best) parts.push(words.chart.bestText(write(best.loss), format.count(best.step)));
  if (last.epoch >= 1) parts.push(words.chart.epochsText(format.value(last.epoch)));
  const end = earlier?.metrics.at(-1);
  if (earlier && end && frame.earlier)
    parts.push(words.chart.earlierText(frame.earlier.name, newest(earlier), format.count(end.step)));
  if (frame.zoomed) parts.push(words.chart.shownText(format.count(frame.range.from), format.count(frame.range.to)));
  return <span className="hidden-visually">{parts.join(' ')}</span>;
}
