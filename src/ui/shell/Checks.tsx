import type { Check } from '../checks.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { wordError } from '../text/word-error.ts';
import styles from './checks.module.css';
import figures from './figures.module.css';

/** The pre-flight list: what is there, what is missing, why, and the way to it. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  const words = useWords();
  const language = useStudio((state) => state.language);
  const { goTo } = useCommands();
  const open = checks.filter(({ ok }) => !ok);
  return (
    <>
      <div className={figures.figureLabel}>{words.card.checks}</div>
      <ul className={styles.checks} data-testid="checks">
        {checks.map(({ id, ok, warning, error, step }) => (
          <li key={id} data-ok={ok} data-check={id}>
            <span
              aria-hidden="true"
              style={{ color: ok ? 'var(--at-trained)' : warning ? 'var(--at-base)' : 'var(--at-bad)' }}
            >
              {ok ? '✓' : warning ? '!' : '○'}
            </span>
            {ok ? (
              words.checks[id].ok
            ) : (
              <span>
                <button type="button" className={styles.checkGo} title={words.checks[id].go} onClick={() => goTo(step)}>
                  {words.checks[id].missing}
                </button>
                {error && <span className={styles.checkWhy}>{wordError(language, error).cause}</span>}
              </span>
            )}
          </li>
        ))}
      </ul>
      {open.length === 0 && <div className={styles.allClear}>{words.card.allClear}</div>}
    </>
  );
}
