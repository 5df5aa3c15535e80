import { Button } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { AnsweredRow } from '../../../worker/protocol.ts';
import { useWords } from '../../context.tsx';
import { SaveRunFiles } from '../../parts/SaveRunFiles.tsx';
import { useFormat } from '../../use-format.ts';
import { type ConfusionCell, confusionCsv, confusionOf } from './confusion.ts';
import styles from './examples.module.css';

interface Props {
  readonly runId: string;
  readonly rows: readonly AnsweredRow[];
  readonly cell: ConfusionCell | null;
  readonly onCell: (cell: ConfusionCell | null) => void;
}

/** What the tuned model takes the rows of each class for; each cell shows its rows. */
export function Confusion({ runId, rows, cell, onCell }: Props) {
  const words = useWords();
  const format = useFormat();
  const matrix = confusionOf(rows);
  if (!matrix) return null;
  const { classes, counts } = matrix;
  return (
    <>
      <div className={styles.head}>
        <h3>{words.confusion.title}</h3>
        <SaveRunFiles
          {...{ runId, text: words.confusion.save, what: 'confusion', testId: 'confusion' }}
          csv={() => confusionCsv(matrix)}
          json={() => `${JSON.stringify(matrix, null, 1)}\n`}
        />
      </div>
      <p className="soft">{words.confusion.note}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and must do so by keyboard too */}
      <section className={styles.scrolls} tabIndex={0} aria-label={words.confusion.title}>
        <table className={styles.matrix} data-testid="confusion-matrix">
          <thead>
            <tr>
              <th scope="col">
                {words.confusion.expected} ↓ · {words.confusion.said} →
              </th>
              {classes.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {classes.map((expected, row) => {
              const total = counts[row]!.reduce((sum, count) => sum + count, 0);
              return (
                <tr key={expected}>
                  <th scope="row">{expected}</th>
                  {classes.map((said, column) => {
                    const count = counts[row]![column]!;
                    const isShown = cell?.expected === expected && cell.said === said;
                    return (
                      <td
                        key={said}
                        style={{ '--share': total === 0 ? 0 : count / total } as CSSProperties}
                        data-right={row === column}
                      >
                        <button
                          type="button"
                          aria-pressed={isShown}
                          aria-label={words.confusion.cell(expected, said, format.count(count))}
                          disabled={count === 0}
                          onClick={() => onCell(isShown ? null : { expected, said })}
                        >
                          {format.count(count)}
                        </button>
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {cell && (
        <Button variant="default" size="compact-sm" mb="sm" onClick={() => onCell(null)}>
          {words.confusion.all}
        </Button>
      )}
    </>
  );
}
