import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './charts.module.css';
import type { ChartFrame } from './frame.ts';

interface Props {
  readonly frame: ChartFrame;
  readonly validation: boolean;
}

/** What each line of the chart of the loss is; the other charts draw the same ones. */
export function ChartLegend({ frame: { marks, earlier }, validation }: Props) {
  const words = useWords();
  const format = useFormat();
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
      {marks.best && (
        <span data-testid="best-step">
          <Upright colour="var(--at-base)" />
          {words.chart.best(format.value(marks.best.loss), format.count(marks.best.step))}
        </span>
      )}
      {marks.epochs(12).length > 0 && (
        <span>
          <Upright colour="var(--at-soft)" />
          {words.chart.epochs}
        </span>
      )}
      {earlier && (
        <span>
          <Stroke colour="var(--at-soft)" width={1.5} dash="7 3 2 3" />
          {earlier.name}
        </span>
      )}
    </span>
  );
}

interface StrokeProps {
  readonly colour: string;
  readonly width: number;
  readonly opacity?: number;
  readonly dash?: string;
}

function Stroke({ colour, width, opacity = 1, dash }: StrokeProps) {
  return (
    <svg width="20" height="8" aria-hidden="true">
      <path d="M0 4h20" stroke={colour} strokeWidth={width} strokeOpacity={opacity} strokeDasharray={dash} />
    </svg>
  );
}

function Upright({ colour }: { colour: string }) {
  return (
    <svg width="8" height="12" aria-hidden="true">
      <path d="M4 0v12" stroke={colour} />
    </svg>
  );
}
