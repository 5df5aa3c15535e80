import { NativeSelect } from '@mantine/core';
import type { RunConfig } from '../../../training/config/run-config.ts';
import type { DataSummary } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import { chosenByHand, reasonOf, roleOf } from '../../tasks/column-roles.ts';
import { type ColumnRole, taskFacts } from '../../tasks/facts.ts';
import { wordReason } from '../../text/word-error.ts';
import styles from './data.module.css';

/** The first rows as they stand in the table, each column headed by what it is used for, which can be changed there. */
export function FirstRows({ summary }: { summary: DataSummary }) {
  const words = useWords();
  const dataset = useStudio((state) => state.config.dataset);
  return (
    <Section title={words.data.preview} note={words.data.previewHint}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and must do so by keyboard too */}
      <section className={styles.tableWrap} tabIndex={0} aria-label={summary.name}>
        <table className={styles.table}>
          <thead>
            <tr>
              {summary.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                  <RoleChoice column={column} dataset={dataset} />
                  <GuessReason column={column} summary={summary} />
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

/** What told the use of a column, where it was guessed. */
function GuessReason({ column, summary }: { column: string; summary: DataSummary }) {
  const language = useStudio((state) => state.language);
  const reason = useStudio(({ config, own }) =>
    chosenByHand(own).columns ? null : reasonOf(column, summary, config.dataset),
  );
  if (!reason) return null;
  return (
    <span className={styles.reason} data-testid={`reason-${column}`}>
      {wordReason(language, reason)}
    </span>
  );
}

/** What a column is used for; of several prompt columns, their order is told. */
function RoleChoice({ column, dataset }: { column: string; dataset: RunConfig['dataset'] }) {
  const words = useWords();
  const { setColumnRole } = useCommands();
  const role = roleOf(column, dataset);
  const { roles, roleNames } = taskFacts(dataset);
  const nameOf = (each: ColumnRole) => {
    const name = roleNames(words)[each] ?? words.data.roles[each];
    const order = dataset.prompt_column.indexOf(column);
    const isOneOfMany = each === 'prompt' && role === 'prompt' && dataset.prompt_column.length > 1;
    return isOneOfMany ? `${name} ${order + 1}` : name;
  };
  return (
    <NativeSelect
      size="xs"
      mt={4}
      className={styles.role}
      data-role={role}
      data-testid={`role-${column}`}
      aria-label={words.data.roleOf(column)}
      value={role}
      onChange={(event) => setColumnRole(column, event.currentTarget.value as ColumnRole)}
      data={roles.map((value) => ({ value, label: nameOf(value) }))}
    />
  );
}
