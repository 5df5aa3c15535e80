import type { ReactNode } from 'react';
import type { AppError } from '../../errors.ts';
import { useStudio, useWords } from '../context.tsx';
import { wordError } from '../text/word-error.ts';
import styles from './parts.module.css';

/** Cause, next action, and the details in a fold; `children` are buttons that carry the action out. */
export function ErrorNote({ error, children }: { error: AppError | null; children?: ReactNode }) {
  const words = useWords();
  const language = useStudio((state) => state.language);
  if (!error) return null;
  const { cause, action } = wordError(language, error);
  return (
    <div className={styles.error} role="alert" data-error={error.code}>
      <p className={styles.cause}>{cause}</p>
      <p>{action}</p>
      {children}
      <details>
        <summary>{words.shell.details}</summary>
        <code className="mono">
          {error.code} {JSON.stringify(error.params)}
        </code>
      </details>
    </div>
  );
}
