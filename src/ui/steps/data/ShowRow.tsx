import { Button } from '@mantine/core';
import { useState } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import styles from './data.module.css';

interface Shown {
  readonly number: number;
  /** Null for a row that was left out when the file was read. */
  readonly cells: readonly string[] | null;
}

/** The rows of a problem as they stand in the table, one after another. */
export function ShowRow({ rows, validation = false }: { rows: readonly number[]; validation?: boolean }) {
  const words = useWords();
  const { tableRow } = useCommands();
  const columns = useStudio(({ data, validation: held }) => (validation ? held.value : data.value)?.columns ?? []);
  const [shown, setShown] = useState<Shown | null>(null);
  const next = shown === null ? rows[0] : rows[rows.indexOf(shown.number) + 1];
  const show = async (number: number) => setShown({ number, cells: await tableRow(number, validation) });
  return (
    <>
      {next !== undefined && (
        <Button size="compact-xs" variant="default" mr={8} onClick={() => void show(next)} data-testid="show-row">
          {words.found.showRow(String(next))}
        </Button>
      )}
      {shown && (
        <>
          <Button size="compact-xs" variant="subtle" onClick={() => setShown(null)}>
            {words.found.hideRow}
          </Button>
          <dl
            className={styles.shownRow}
            aria-label={words.data.tokenRow(String(shown.number))}
            data-testid="shown-row"
          >
            {shown.cells === null
              ? words.found.rowLeftOut
              : columns.map((column, place) => (
                  <div key={column}>
                    <dt>{column}</dt>
                    <dd>{shown.cells?.[place]}</dd>
                  </div>
                ))}
          </dl>
        </>
      )}
    </>
  );
}
