import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { Section } from '../../parts/Section.tsx';
import { isGoingOn } from '../../store.ts';
import { DamagedRuns } from './DamagedRuns.tsx';
import { RunRow, runColumns } from './RunRow.tsx';
import { RunsFolder } from './RunsFolder.tsx';
import styles from './runs.module.css';
import { listed, nextOrder, type Order, type SortKey, usualOrder } from './runs-list.ts';

/** The runs that are kept. */
export function RunHistory() {
  const words = useWords();
  const { value, error } = useStudio((state) => state.runs);
  const { importRun, openShared } = useCommands();
  const liveId = useStudio((state) => (state.run && isGoingOn(state.run) ? state.run.id : null));
  const busy = useStudio((state) => state.starting !== null) || liveId !== null;
  const runs = (value ?? []).filter(({ id }) => id !== liveId);
  return (
    <Section title={words.train.history}>
      <ErrorNote error={error} />
      <RunsFolder busy={busy} />
      <div className={styles.importRun}>
        <FilePicker
          label={words.history.importRun}
          accept=".zip,.json,application/zip,application/json"
          size="compact-sm"
          onFiles={([file]) =>
            file && void (/\.json$/i.test(file.path) ? openShared({ file: file.blob }) : importRun(file.blob))
          }
          testId="import-run"
        />
        <small className="soft">{words.history.importHint}</small>
      </div>
      {runs.length === 0 ? <p className="soft">{words.train.historyEmpty}</p> : <RunTable runs={runs} busy={busy} />}
      <DamagedRuns />
    </Section>
  );
}

/** Rows that come at once: each holds half a dozen buttons, so that hundreds would hold the page up. */
const rowsAtOnce = 20;

type Runs = Parameters<typeof listed>[0];

function RunTable({ runs, busy }: { runs: Runs; busy: boolean }) {
  const words = useWords();
  const [filter, setFilter] = useState('');
  const [order, setOrder] = useState(usualOrder);
  const [rows, setRows] = useState(rowsAtOnce);
  const found = listed(runs, filter, order);
  const shown = found.slice(0, rows);
  return (
    <>
      {runs.length > 1 && (
        <TextInput
          className={styles.filter}
          size="xs"
          type="search"
          aria-label={words.runList.filter}
          placeholder={words.runList.filter}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          data-testid="filter-runs"
        />
      )}
      <div className={styles.wrap}>
        <table className={styles.runs}>
          <thead>
            <tr>
              {runColumns.map(({ key, label }) => (
                <Column key={key} name={label(words)} sortKey={key} order={order} onOrder={setOrder} />
              ))}
              <th scope="col">{words.history.curve}</th>
              <th scope="col" data-column="compare">
                {words.compare.column}
              </th>
            </tr>
          </thead>
          {shown.map((run) => (
            <RunRow key={run.id} run={run} busy={busy} />
          ))}
        </table>
      </div>
      {found.length > rows && (
        <Button variant="default" onClick={() => setRows(rows + rowsAtOnce)} data-testid="more-runs">
          {words.runList.more(String(Math.min(rowsAtOnce, found.length - rows)), String(found.length))}
        </Button>
      )}
      {found.length === 0 && <p className="soft">{words.runList.none}</p>}
    </>
  );
}

interface ColumnProps {
  readonly name: string;
  readonly sortKey: SortKey;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

function Column({ name, sortKey, order, onOrder }: ColumnProps) {
  const words = useWords();
  const sorted = order.key === sortKey;
  const direction = order.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={sorted ? direction : 'none'}>
      <button
        type="button"
        className={styles.sort}
        title={words.runList.sortBy(name)}
        onClick={() => onOrder(nextOrder(order, sortKey))}
        data-testid={`sort-${sortKey}`}
      >
        {name}
        <span aria-hidden="true">{sorted ? (order.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  );
}
