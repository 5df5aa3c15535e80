import type { Check } from '../checks.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { RemedyButton } from '../parts/RemedyButton.tsx';
import { numberInWords } from '../recipe-words.ts';
import { wordError } from '../text/word-error.ts';
import { useFormat } from '../use-format.ts';
import styles from './checks.module.css';
import figures from './figures.module.css';

const isMild = (warning = false, values: Check['values'] = []) =>
  warning && values.every(({ weight }) => weight !== 'severe');

/** The pre-flight list: what is there, what is missing, why, and the way to it. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  const words = useWords();
  const language = useStudio((state) => state.language);
  const format = useFormat();
  const { goTo } = useCommands();
  const open = checks.filter(({ ok }) => !ok);
  return (
    <>
      <div className={figures.figureLabel}>{words.card.checks}</div>
      <ul className={styles.checks} data-testid="checks">
        {checks.map(({ id, ok, warning, error, remedy, values, step }) => (
          <li key={`${id} ${error?.code ?? ''}`} data-ok={ok} data-check={id}>
            <span
              aria-hidden="true"
              style={{ color: ok ? 'var(--at-trained)' : isMild(warning, values) ? 'var(--at-base)' : 'var(--at-bad)' }}
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
                {values?.map(({ key, kind, value, works }) => (
                  <span key={key} className={styles.checkWhy}>
                    {words.recipes.warnings[kind](numberInWords(value, format), numberInWords(works, format))}
                  </span>
                ))}
                {error && <span className={styles.checkWhy}>{wordError(language, error).cause}</span>}
                <RemedyButton remedy={remedy} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {open.length === 0 && <div className={styles.allClear}>{words.card.allClear}</div>}
    </>
  );
}
