import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';

interface Problem {
  readonly kind: string;
  readonly column?: string;
  readonly validation?: true;
  readonly count: number;
  readonly rows: readonly number[];
}

/** What is wrong with some rows, which they are, and what is done about it. */
export function Problems({ problems }: { problems: readonly Problem[] }) {
  const words = useWords();
  const format = useFormat();
  if (problems.length === 0) return null;
  return (
    <details className={styles.problems} data-testid="problems">
      <summary>{words.data.problems(format.count(problems.length))}</summary>
      <ul>
        {problems.map(({ kind, column, validation, count, rows }) => {
          const [what = kind, done = ''] = words.data.problemKinds[kind] ?? [];
          const more = count > rows.length ? format.count(count - rows.length) : null;
          return (
            <li key={`${kind} ${column ?? ''} ${validation}`} data-problem={kind}>
              <strong>{column === undefined ? what : `${what} (${column})`}</strong>
              {validation && ` ${words.data.inValidation}`}:{' '}
              {rows.length === 0
                ? words.data.problemCount(format.count(count))
                : words.data.problemRows(rows.map(String), more)}
              <br />
              <span className="soft">{done}</span>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
