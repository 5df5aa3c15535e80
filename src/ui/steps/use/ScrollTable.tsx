import type { ReactNode } from 'react';
import styles from './examples.module.css';

interface Props {
  readonly label: string;
  readonly heads: readonly string[];
  readonly testId: string;
  readonly caption?: string;
  /** The rows. */
  readonly children: ReactNode;
}

/** A table of many rows, which scrolls in a frame of its own. */
export function ScrollTable({ label, heads, testId, caption, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and must do so by keyboard too
    <section className={styles.scrolls} tabIndex={0} aria-label={label}>
      <table className={styles.table} data-testid={testId}>
        {caption !== undefined && <caption>{caption}</caption>}
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
