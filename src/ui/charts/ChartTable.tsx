import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './charts.module.css';
import type { ChartFrame } from './frame.ts';
import { type ChartPoint, type Series, valueAt } from './series.ts';

interface Props {
  readonly points: readonly ChartPoint[];
  /** Of the run laid over. */
  readonly earlier: Series | null;
  readonly frame: ChartFrame;
  readonly title: string;
  readonly write: (value: number | null | undefined) => string;
  readonly smooth: boolean;
  readonly validation: boolean;
  readonly height: number;
}

/** The points in sight as figures, the newest first. */
export function ChartTable({ points, earlier, frame, title, write, smooth, validation, height }: Props) {
  const words = useWords();
  const format = useFormat();
  const inSight = points.filter(({ step }) => step >= frame.range.from && step <= frame.range.to);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and must do so by keyboard too
    <section className={styles.tableWrap} style={{ height: height + 18 }} tabIndex={0} aria-label={title}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{words.train.step}</th>
            <th scope="col">{words.train.raw}</th>
            {smooth && <th scope="col">{words.train.smoothed}</th>}
            {validation && <th scope="col">{words.train.validation}</th>}
            {earlier && <th scope="col">{frame.earlier?.name}</th>}
          </tr>
        </thead>
        <tbody>
          {inSight.toReversed().map((point) => (
            <tr key={point.step}>
              <td>{format.count(point.step)}</td>
              <td>{write(point.raw)}</td>
              {smooth && <td>{write(point.smooth)}</td>}
              {validation && <td>{point.validation === null ? '' : write(point.validation)}</td>}
              {earlier && <td>{write(valueAt(earlier, point.step))}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
