import { useWords } from '../context.tsx';
import type { Fit } from '../levers.ts';
import styles from './parts.module.css';

/** Fits, tight or too big, against the memory that a run may fill. */
export function FitBadge({ fit }: { fit: Fit }) {
  const words = useWords();
  return (
    <span className={styles.fit} data-fit={fit}>
      {words.fit[fit]}
    </span>
  );
}
