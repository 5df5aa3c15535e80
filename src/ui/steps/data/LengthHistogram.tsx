import type { DataPreview } from '../../../worker/protocol.ts';
import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';

/** How long the rows are, in tokens, and where max_length cuts them. */
export function LengthHistogram({ histogram: { width, counts, limit } }: { histogram: DataPreview['histogram'] }) {
  const words = useWords();
  const format = useFormat();
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return null;
  const most = Math.max(...counts);
  const end = counts.length * width;
  const cuts = limit < end;
  const from = format.count(Math.max(1, first * width));
  const to = format.count(end - 1);
  return (
    <figure style={{ margin: '16px 0 0' }}>
      <figcaption>
        {words.data.histogram} ·{' '}
        <span className="soft">
          {words.data.histogramText(from, to)} {words.data.histogramLimit(format.count(limit))}
        </span>
      </figcaption>
      <div className={styles.histogram} aria-hidden="true">
        {counts.map((count, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no name but their place
            key={index * width}
            data-cut={index * width >= limit}
            style={{ height: `${(100 * count) / most}%`, visibility: count === 0 ? 'hidden' : 'visible' }}
            title={words.data.histogramBar(
              format.count(index * width),
              format.count((index + 1) * width - 1),
              format.count(count),
            )}
          />
        ))}
        {cuts && (
          <i className={styles.limit} style={{ left: `${(100 * limit) / end}%` }} data-testid="length-limit">
            <b>max_length</b>
          </i>
        )}
      </div>
      <div className={styles.histogramScale} aria-hidden="true">
        <span>0</span>
        <span>{to}</span>
      </div>
    </figure>
  );
}
