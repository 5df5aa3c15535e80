import { Button } from '@mantine/core';
import type { DataSummary } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Facts } from '../../parts/Section.tsx';
import type { Messages } from '../../text/en.ts';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';

const shownProblems = 200;

/** What the open table is, and the rows that need a look. */
export function TableFacts({ summary, onAnother }: { summary: DataSummary; onAnother: () => void }) {
  const words = useWords();
  const format = useFormat();
  const preview = useStudio((state) => state.dataPreview.value);
  return (
    <section className={parts.panel} aria-label={words.data.openTitle} data-testid="opened-data">
      <div className={parts.sectionHead}>
        <h2>{summary.name}</h2>
        <Button variant="default" size="compact-sm" ml="auto" onClick={onAnother}>
          {words.data.another}
        </Button>
      </div>
      <Facts
        facts={[
          [words.data.rows, format.count(summary.rowCount)],
          [words.data.columns, format.count(summary.columns.length)],
          [words.data.delimiter, words.data.delimiters[summary.delimiter] ?? summary.delimiter],
          [
            words.data.split,
            preview
              ? words.data.splitRows(format.count(preview.trainingRows), format.count(preview.validationRows))
              : words.unknown,
          ],
        ]}
      />
      {summary.problems.length > 0 && (
        <details className={styles.problems} data-testid="problems">
          <summary>{words.data.problems(format.count(countRows(summary)))}</summary>
          <ul>
            {summary.problems.slice(0, shownProblems).map((problem) => (
              <li key={`${problem.row}/${problem.kind}/${problem.column ?? ''}`}>
                {words.data.problemRow(format.count(problem.row), problemText(problem, words))}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

const countRows = ({ problems }: DataSummary) => new Set(problems.map(({ row }) => row)).size;

function problemText({ kind, column }: DataSummary['problems'][number], words: Messages): string {
  const text = words.data.problemKinds[kind] ?? kind;
  return column === undefined ? text : `${text} (${column})`;
}
