import { Button } from '@mantine/core';
import type { DataSummary } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Facts } from '../../parts/Section.tsx';
import { taskFacts } from '../../tasks/facts.ts';
import type { Messages } from '../../text/en.ts';
import { useFormat } from '../../use-format.ts';
import { DelimiterChoice } from './DelimiterChoice.tsx';
import { EncodingChoice } from './EncodingChoice.tsx';
import { Problems } from './Problems.tsx';

/** What the open table is, and the rows that need a look. */
export function TableFacts({ summary, onAnother }: { summary: DataSummary; onAnother: () => void }) {
  const words = useWords();
  const format = useFormat();
  const preview = useStudio((state) => state.dataPreview.value);
  const dataset = useStudio((state) => state.config.dataset);
  // An empty optional input is no problem, nor is an empty column that nobody reads.
  const rejected = taskFacts(dataset).comparesAnswers && !dataset.label_column ? dataset.rejected_answer_column : '';
  const texts = [dataset.prompt_column[0], dataset.text_pair_column, dataset.messages_column];
  const needed = [dataset.answer_column, rejected, dataset.label_column, ...texts];
  const matters = ({ kind, column }: { kind: string; column?: string }) =>
    kind === 'duplicate' ? !dataset.drop_duplicates : kind !== 'empty-cell' || needed.includes(column);
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
          [words.data.format, formatText(summary, words)],
          [
            words.data.split,
            preview && !preview.problem
              ? words.data.splitRows(format.count(preview.trainingRows), format.count(preview.validationRows))
              : words.unknown,
          ],
        ]}
      />
      <DelimiterChoice summary={summary} />
      <EncodingChoice summary={summary} />
      {summary.recognised.preference && !taskFacts(dataset).comparesAnswers && (
        <p data-testid="preference">{words.data.preference}</p>
      )}
      <Problems
        problems={[...summary.problems.filter(matters), ...(preview?.problems ?? [])]}
        delimiter={summary.otherDelimiter}
      />
    </section>
  );
}

function formatText({ format, delimiter, encoding }: DataSummary, words: Messages): string {
  const parts = [
    words.data.formats[format] ?? format,
    words.data.delimiters[delimiter] ?? delimiter,
    encoding.toUpperCase(),
  ];
  return parts.filter(Boolean).join(' · ');
}
