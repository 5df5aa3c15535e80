import type { DataSummary } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import styles from './data.module.css';

/** The first rows as they stand in the table, each column headed by what it is used for. */
export function FirstRows({ summary }: { summary: DataSummary }) {
  const words = useWords();
  const dataset = useStudio((state) => state.config.dataset);
  return (
    <Section title={words.data.preview}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and must do so by keyboard too */}
      <section className={styles.tableWrap} tabIndex={0} aria-label={summary.name}>
        <table className={styles.table}>
          <thead>
            <tr>
              {summary.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                  {column === dataset.answer_column && (
                    <span className={styles.role} data-role="answer">
                      {words.data.answerColumn}
                    </span>
                  )}
                  {dataset.prompt_column.includes(column) && (
                    <span className={styles.role}>{words.data.promptColumns}</span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {summary.firstRows.slice(0, 5).map((cells, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a table have no name but their place
              <tr key={row}>
                {summary.columns.map((column, index) => (
                  <td key={column}>{cells[index]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Section>
  );
}
