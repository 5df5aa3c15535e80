import { Button, NativeSelect } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { forSpreadsheets } from '../../../data/csv-text.ts';
import { lossTable } from '../../../training/results/examples/table.ts';
import type { RowLoss } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { SaveRunFiles } from '../../parts/SaveRunFiles.tsx';
import { Section } from '../../parts/Section.tsx';
import { isGoingOn } from '../../store.ts';
import type { Messages } from '../../text/en.ts';
import { useFormat } from '../../use-format.ts';
import { ExampleRow } from './ExampleRow.tsx';
import { ExamplesProgress } from './ExamplesProgress.tsx';
import { type ExampleOrder, exampleOrders, inOrder, meanLosses } from './example-order.ts';
import styles from './examples.module.css';
import { ScrollTable } from './ScrollTable.tsx';
import table from './use.module.css';

/** The rows of a run one by one: their losses before and after, and what each says. */
export function Examples({ runId }: { runId: string }) {
  const words = useWords();
  const { openExamples, lookAtExamples } = useCommands();
  const examples = useStudio((state) => state.examples);
  const training = useStudio((state) => isGoingOn(state.run));
  useEffect(() => {
    if (!training && examples.runId !== runId) void openExamples(runId);
  }, [openExamples, examples.runId, runId, training]);
  const { losses, teachers } = examples;
  return (
    <Section title={words.examples.title} note={words.examples.note}>
      {losses.pending ? (
        <ExamplesProgress />
      ) : (
        <ActionButton
          missing={training || teachers.pending ? words.use.busyTraining : null}
          variant="default"
          onClick={() => void lookAtExamples(runId)}
          testId="look-at-examples"
        >
          {losses.value ? words.examples.again : words.examples.ask}
        </ActionButton>
      )}
      <ErrorNote error={losses.error} />
      {examples.runId === runId && losses.value && <Losses key={runId} runId={runId} rows={losses.value} />}
    </Section>
  );
}

/** What a run without losses of single rows says instead. */
export function NoExamples({ reason }: { reason: keyof Messages['examples']['unoffered'] }) {
  const words = useWords();
  return (
    <Section title={words.examples.title}>
      <p className="soft">{words.examples.unoffered[reason]}</p>
    </Section>
  );
}

/** Rows in the strip, and in the table: the first in their order. */
const [mostInStrip, mostInTable] = [2000, 50];

function Losses({ runId, rows }: { runId: string; rows: readonly RowLoss[] }) {
  const words = useWords();
  const format = useFormat();
  const { lookAtRow } = useCommands();
  const [order, setOrder] = useState<ExampleOrder>('highest');
  const [chosen, setChosen] = useState<RowLoss | null>(null);
  const sorted = useMemo(() => inOrder(rows, order).slice(0, mostInStrip), [rows, order]);
  // Whoever moves along the strip waits for no row on the way.
  useEffect(() => {
    if (!chosen) return;
    const timer = setTimeout(() => void lookAtRow(runId, chosen), 250);
    return () => clearTimeout(timer);
  }, [chosen, lookAtRow, runId]);
  if (rows.length === 0) return null;
  const means = meanLosses(rows);
  const counted = (doubt: RowLoss['doubts'][number]) =>
    format.count(rows.filter(({ doubts }) => doubts.includes(doubt)).length);
  return (
    <>
      <div className={table.tableHead}>
        <NativeSelect
          label={words.examples.order}
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value as ExampleOrder)}
          data={exampleOrders.map((value) => ({ value, label: words.examples.orders[value] }))}
          data-testid="example-order"
        />
        <p data-testid="mean-losses">
          {words.examples.mean(format.value(means.before), format.value(means.after), format.count(rows.length))}
          <br />
          <span className="soft">{words.examples.doubtful(counted('contradicts'), counted('repeated'))}</span>
        </p>
        <SaveRunFiles
          {...{ runId, text: words.examples.save, what: 'losses', testId: 'losses' }}
          csv={() => forSpreadsheets(lossTable(rows))}
          json={() => `${JSON.stringify(rows, null, 1)}\n`}
        />
      </div>
      <Strip rows={sorted} chosen={chosen} onChoose={setChosen} />
      {sorted.length < rows.length && <p className="soft">{words.examples.first(format.count(sorted.length))}</p>}
      <details className={styles.more}>
        <summary>{words.examples.list}</summary>
        {rows.length > mostInTable && <p className="soft">{words.examples.first(format.count(mostInTable))}</p>}
        <ScrollTable
          label={words.examples.strip}
          heads={(['row', 'split', 'tokens', 'before', 'after', 'look'] as const).map((head) => words.examples[head])}
          testId="loss-table"
        >
          {sorted.slice(0, mostInTable).map((row) => (
            <tr key={`${row.split}/${row.row}`}>
              <td>
                <Button variant="subtle" size="compact-sm" onClick={() => setChosen(row)}>
                  {format.count(row.row)}
                </Button>
              </td>
              <td>{words.examples.splits[row.split]}</td>
              <td className="figures">{format.count(row.tokens)}</td>
              <td className="figures">{format.value(row.before)}</td>
              <td className="figures">{format.value(row.after)}</td>
              <td>{row.doubts.map((doubt) => words.examples.doubts[doubt]).join(', ')}</td>
            </tr>
          ))}
        </ScrollTable>
      </details>
      {chosen && <ExampleRow runId={runId} loss={chosen} />}
    </>
  );
}

interface StripProps {
  readonly rows: readonly RowLoss[];
  readonly chosen: RowLoss | null;
  readonly onChoose: (row: RowLoss) => void;
}

/** A column for each row: the loss after training filled, the one before as a line, and a mark below what is doubtful. */
function Strip({ rows, chosen, onChoose }: StripProps) {
  const words = useWords();
  const format = useFormat();
  const finite = rows.flatMap(({ before, after }) => [before, after]).filter(Number.isFinite);
  const most = Math.max(1e-9, ...finite);
  const y = (loss: number): number => 90 * (1 - (Number.isFinite(loss) ? loss : most) / most);
  const steps = (of: (row: RowLoss) => number) => rows.map((row, x) => `L${x} ${y(of(row))}H${x + 1}`).join('');
  const marks = rows.flatMap(({ doubts }, x) => (doubts.length > 0 ? `M${x} 94H${x + 1}V100H${x}Z` : [])).join('');
  const at = chosen ? rows.indexOf(chosen) : -1;
  const inWords = (row: RowLoss): string =>
    [
      words.examples.rowTitle(format.count(row.row), words.examples.splits[row.split]),
      `${format.value(row.before)} → ${format.value(row.after)}`,
      ...row.doubts.map((doubt) => words.examples.doubts[doubt]),
    ].join(' · ');
  return (
    <>
      <div className={styles.legend}>
        <span data-side="base">{words.examples.before}</span>
        <span data-side="tuned">{words.examples.after}</span>
        <span data-side="doubt">{words.examples.look}</span>
        <output data-testid="chosen-row">{chosen ? inWords(chosen) : ''}</output>
      </div>
      <div className={styles.strip}>
        <svg viewBox={`0 0 ${rows.length} 100`} preserveAspectRatio="none" role="img" aria-label={words.examples.strip}>
          <path d={`M0 90${steps(({ after }) => after)}V90Z`} className={styles.after} />
          <path d={`M${steps(({ before }) => before).slice(1)}`} className={styles.before} />
          <path d={marks} className={styles.doubt} />
          {at >= 0 && <path d={`M${at + 0.5} 0V100`} className={styles.cursor} />}
        </svg>
        <input
          type="range"
          min={0}
          max={rows.length - 1}
          value={Math.max(0, at)}
          aria-label={words.examples.choose}
          aria-valuetext={chosen ? inWords(chosen) : undefined}
          onChange={(event) => onChoose(rows[Number(event.currentTarget.value)]!)}
          data-testid="loss-strip"
        />
      </div>
    </>
  );
}
