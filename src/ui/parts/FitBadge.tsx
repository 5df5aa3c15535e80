import { useWords } from '../context.tsx';
import type { Fit } from '../levers.ts';
import styles from './parts.module.css';

/** Fits, tight, too big or only in 4 bits, against the memory that a run may fill. */
export function FitBadge({ fit }: { fit: Fit | 'four-bits' }) {
  const words = useWords();
  return (
    <span className={styles.fit} data-fit={fit}>
      {words.fit[fit]}
    </span>
  );
}
