import type { Classification } from '../../worker/protocol.ts';
import { useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import styles from './marked.module.css';

/** A text with its entities marked, each with what it is and how sure the model is of it. */
export function MarkedText({ pieces }: { pieces: NonNullable<Classification['pieces']> }) {
  const words = useWords();
  const format = useFormat();
  if (pieces.every(({ label }) => label === null))
    return (
      <p className={styles.text}>
        {pieces.map(({ text }) => text).join('')} <span className="soft">{words.labels.noEntities}</span>
      </p>
    );
  return (
    <p className={styles.text} data-testid="marked">
      {pieces.map(({ text, label, chance }, index) =>
        label === null ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces may be alike, and none holds state
          <mark key={index} className={styles.entity} title={words.labels.probability(label, format.percent(chance))}>
            {text} <span className={styles.kind}>{label}</span>
          </mark>
        ),
      )}
    </p>
  );
}
