import { Button } from '@mantine/core';
import { useCommands, useWords } from '../../context.tsx';
import { RemedyButton } from '../../parts/RemedyButton.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';
import { ShowRow } from './ShowRow.tsx';

interface Problem {
  readonly kind: string;
  readonly column?: string;
  readonly validation?: true;
  readonly count: number;
  readonly rows: readonly number[];
}

/** What is wrong with some rows, which they are, and what is done about it. `delimiter` is another one to try. */
export function Problems({ problems, delimiter }: { problems: readonly Problem[]; delimiter: string }) {
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
              <div>
                {rows.length > 0 && <ShowRow rows={rows} validation={validation ?? false} />}
                <Duplicates kind={kind} />
                {kind === 'ragged' && !validation && <TryDelimiter delimiter={delimiter} />}
              </div>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

/** Reads the table with another delimiter; nothing where no other one parts the header. */
function TryDelimiter({ delimiter }: { delimiter: string }) {
  const words = useWords();
  const { chooseReading } = useCommands();
  if (delimiter === '') return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => void chooseReading({ delimiter })}
      data-testid="try-delimiter"
    >
      {words.data.tryDelimiter(words.data.delimiters[delimiter] ?? delimiter)}
    </Button>
  );
}

/** Leaves rows out that are like others, or takes them back in. */
function Duplicates({ kind }: { kind: string }) {
  const words = useWords();
  const { set } = useCommands();
  if (kind === 'duplicate') return <RemedyButton remedy={{ dataset: { drop_duplicates: true } }} />;
  if (kind !== 'repeated') return null;
  return (
    <Button size="compact-sm" variant="default" onClick={() => set('dataset', 'drop_duplicates', false)}>
      {words.found.keepDuplicates}
    </Button>
  );
}
