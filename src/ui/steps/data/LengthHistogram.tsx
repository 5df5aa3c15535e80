import type { DataPreview } from '../../../worker/protocol.ts';
import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';

/** How long the rows are, in tokens. */
export function LengthHistogram({ histogram: { width, counts } }: { histogram: DataPreview['histogram'] }) {
  const words = useWords();
  const format = useFormat();
  const first = counts.findIndex((count) => count > 0);
  if (first < 0) return null;
  const last = counts.findLastIndex((count) => count > 0);
  const most = Math.max(...counts);
  const from = format.count(Math.max(1, first * width));
  const to = format.count((last + 1) * width - 1);
  return (
    <figure style={{ margin: '16px 0 0' }}>
      <figcaption>
        {words.data.histogram} · <span className="soft">{words.data.histogramText(from, to)}</span>
      </figcaption>
      <div className={styles.histogram} aria-hidden="true">
        {counts.slice(0, last + 1).map((count, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no name but their place
            key={index * width}
            style={{ height: `${(100 * count) / most}%`, visibility: count === 0 ? 'hidden' : 'visible' }}
            title={words.data.histogramBar(
              format.count(index * width),
              format.count((index + 1) * width - 1),
              format.count(count),
            )}
          />
        ))}
      </div>
      <div className={styles.histogramScale} aria-hidden="true">
        <span>0</span>
        <span>{to}</span>
      </div>
    </figure>
  );
}
