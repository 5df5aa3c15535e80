import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { AnsweredRow } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { SaveRunFiles } from '../../parts/SaveRunFiles.tsx';
import { Section } from '../../parts/Section.tsx';
import { isComputing } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import { answersCsv, answersJson } from './answers-file.ts';
import { Confusion } from './Confusion.tsx';
import { type ConfusionCell, rowsIn } from './confusion.ts';
import { type RowOrder, rightRows, rowOrders, sortedRows } from './row-order.ts';
import styles from './use.module.css';

/** Every held-out row with what was expected, said before and said after. */
export function ValidationTable({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const { answerTable, stopTable } = useCommands();
  const table = useStudio((state) => state.table);
  const training = useStudio((state) => isComputing(state.run));
  const mine = table.runId === runId;
  const { progress } = table;
  return (
    <Section title={words.table.title} note={words.table.note}>
      {mine && table.pending ? (
        <div className={parts.row}>
          <Button leftSection={<Icon name="stop" />} variant="default" onClick={() => void stopTable()}>
            {words.table.stop}
          </Button>
          <span role="status">
            {progress &&
              words.table.progress(words.use[progress.side], format.count(progress.done), format.count(progress.total))}
          </span>
        </div>
      ) : (
        <ActionButton
          missing={training ? words.use.busyTraining : null}
          variant="default"
          onClick={() => void answerTable(runId)}
          testId="answer-table"
        >
          {mine && table.value ? words.table.again : words.table.ask}
        </ActionButton>
      )}
      {mine && <ErrorNote error={table.error} />}
      {mine && table.value && <Answered runId={runId} />}
    </Section>
  );
}

function Answered({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const [order, setOrder] = useState<RowOrder>('worst');
  const [cell, setCell] = useState<ConfusionCell | null>(null);
  const table = useStudio((state) => state.table.value);
  if (!table) return null;
  if (table.rows.length === 0) return <p className="soft">{words.table.none}</p>;
  const scored = table.tuned !== null;
  const pairs = table.rows.some(({ rejected }) => rejected !== undefined);
  const right = rightRows(table.rows);
  const means = (['base', 'tuned'] as const).flatMap((side) => {
    const score = table[side];
    return score
      ? [
          `${words.use[side]}: ${words.answers.mean(words.labels.scores[score.metric] ?? score.metric, format.value(score.value), score.note)}`,
        ]
      : [];
  });
  return (
    <>
      <div className={styles.tableHead}>
        {(scored || right) && (
          <NativeSelect
            label={words.table.sort}
            value={order}
            onChange={(event) => setOrder(event.currentTarget.value as RowOrder)}
            data={rowOrders.map((value) => ({ value, label: words.table[value] }))}
          />
        )}
        {right && (
          <p data-testid="right-rows">
            {words.table.right(format.count(right.tuned), format.count(table.rows.length), format.count(right.base))}
          </p>
        )}
        <p className="soft">{means.join(' · ')}</p>
        {/* In the order of the data. */}
        <SaveRunFiles
          {...{ runId, text: words.table.save, what: 'answers', testId: 'answers' }}
          csv={() => answersCsv(table.rows)}
          json={() => answersJson(table)}
        />
      </div>
      <Confusion runId={runId} rows={table.rows} cell={cell} onCell={setCell} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and must do so by keyboard too */}
      <section className={styles.tableWrap} tabIndex={0} aria-label={words.table.rows}>
        <table className={styles.table} data-testid="validation-table">
          <thead>
            <tr>
              <th scope="col">{words.answers.prompt}</th>
              <th scope="col">{pairs ? words.data.roles.chosen : words.answers.expected}</th>
              {pairs && <th scope="col">{words.data.roles.rejected}</th>}
              <th scope="col">{words.table.before}</th>
              <th scope="col">{words.table.after}</th>
              {scored && <th scope="col">{words.answers.score}</th>}
            </tr>
          </thead>
          <tbody>
            {sortedRows(rowsIn(table.rows, cell), order).map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows may be alike, and none holds state
              <Row key={index} row={row} scored={scored} pairs={pairs} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function Row({ row, scored, pairs }: { row: AnsweredRow; scored: boolean; pairs: boolean }) {
  const format = useFormat();
  return (
    <tr>
      <td>{row.prompt}</td>
      <td>{row.expected}</td>
      {pairs && <td>{row.rejected}</td>}
      <td data-side="base">{row.base}</td>
      <td data-side="tuned">{row.tuned}</td>
      {scored && (
        <td className="figures">
          {format.value(row.baseScore)} → {format.value(row.tunedScore)}
        </td>
      )}
    </tr>
  );
}
