import type { ReactNode } from 'react';
import type { RunDetail } from '../../../worker/protocol.ts';
import { RunStroke } from '../../charts/RunStroke.tsx';
import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './compare.module.css';

interface Props {
  readonly runs: readonly RunDetail[];
  /** What the rows are. */
  readonly title: string;
  readonly rows: readonly { readonly id: string; readonly head: ReactNode; readonly cells: readonly ReactNode[] }[];
  readonly testId: string;
}

/** One column for each run, in the stroke of its curve; where there is no room for columns, one line for each. */
export function ComparedTable({ runs, title, rows, testId }: Props) {
  const words = useWords();
  const format = useFormat();
  const nameOf = (run: RunDetail) => run.name || words.train.unnamed;
  return (
    <table className={styles.table} data-testid={testId}>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          {runs.map((run, index) => (
            <th key={run.id} scope="col">
              <RunStroke index={index} /> {nameOf(run)}
              <span className={styles.when}>{format.date(run.created)}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, head, cells }) => (
          <tr key={id}>
            <th scope="row">{head}</th>
            {runs.map((run, index) => (
              <td key={run.id}>
                <span className={styles.whose} aria-hidden="true">
                  <RunStroke index={index} /> {nameOf(run)}
                </span>
                {cells[index]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
