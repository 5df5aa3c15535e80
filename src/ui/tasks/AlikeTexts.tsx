import type { Classification } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import styles from '../steps/use/use.module.css';
import { useFormat } from '../use-format.ts';

/** Pairs that are shown at most: those of some ten texts. */
const mostPairs = 50;

/** Every pair of texts with the cosine of their vectors, the nearest first. */
export function AlikeTexts({ texts, cosines }: NonNullable<Classification['alike']>) {
  const words = useWords();
  const format = useFormat();
  const pairs = texts.flatMap((_, first) =>
    texts.slice(first + 1).map((_, after) => ({ first, second: first + 1 + after })),
  );
  const cosineOf = ({ first, second }: (typeof pairs)[number]) => cosines[first]![second]!;
  const nearest = pairs.sort((a, b) => cosineOf(b) - cosineOf(a)).slice(0, mostPairs);
  return (
    <ul className={styles.chances}>
      {nearest.map((pair) => (
        <li key={`${pair.first}-${pair.second}`}>
          <span>
            {words.labels.alike(texts[pair.first]!, texts[pair.second]!)}{' '}
            <strong className="figures">{format.value(cosineOf(pair))}</strong>
          </span>
          <span
            className={styles.chance}
            style={{ width: `${100 * Math.max(0, cosineOf(pair))}%` }}
            aria-hidden="true"
          />
        </li>
      ))}
    </ul>
  );
}
