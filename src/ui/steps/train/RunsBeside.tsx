import { useStudio, useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import { CompareRuns } from './CompareRuns.tsx';
import styles from './compare.module.css';
import { RunHistory } from './RunHistory.tsx';

/** The list of runs and, as soon as two are chosen, their comparison: beside it, or below it where there is no room. */
export function RunsBeside() {
  const words = useWords();
  const format = useFormat();
  const runs = useStudio((state) => state.compared);
  const comparing = runs.length > 1;
  return (
    <div className={styles.room}>
      <p role="status" className="hidden-visually">
        {comparing && words.compare.opened(format.count(runs.length))}
      </p>
      <div className={styles.beside} data-comparing={comparing}>
        <div className={styles.list}>
          <RunHistory />
        </div>
        {comparing && (
          <div className={styles.panel}>
            <CompareRuns runs={runs} />
          </div>
        )}
      </div>
    </div>
  );
}
