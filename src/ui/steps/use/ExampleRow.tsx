import { SegmentedControl } from '@mantine/core';
import { type CSSProperties, useState } from 'react';
import { forSpreadsheets } from '../../../data/csv-text.ts';
import { influenceTable, tokenTable } from '../../../training/results/examples/table.ts';
import type { RowInfluence, RowLoss, ShownTokens, Teachers, TokenLoss } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { SaveRunFiles } from '../../parts/SaveRunFiles.tsx';
import { isGoingOn } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import { ExamplesProgress } from './ExamplesProgress.tsx';
import styles from './examples.module.css';
import { ScrollTable } from './ScrollTable.tsx';

/** One row: the loss of each token, and which rows of training taught it. */
export function ExampleRow({ runId, loss }: { runId: string; loss: RowLoss }) {
  const words = useWords();
  const format = useFormat();
  const { shown, row } = useStudio((state) => state.examples);
  const isMine = shown?.row === loss.row && shown.split === loss.split;
  const title = words.examples.rowTitle(format.count(loss.row), words.examples.splits[loss.split]);
  return (
    <section className={styles.row} aria-label={title} data-testid="example-row">
      <h3>{title}</h3>
      {isMine && <ErrorNote error={row.error} />}
      {isMine && row.value && (
        <>
          <Tokens runId={runId} row={loss.row} tokens={row.value.tokens} />
          <Teaching runId={runId} row={loss.row} price={row.value.price} />
        </>
      )}
    </section>
  );
}

/** From this loss on, in nats, no token is darker: a chance of one in fifty. */
const darkest = 4;

type Side = 'before' | 'after';

function Tokens({ runId, row, tokens }: { runId: string; row: number; tokens: readonly TokenLoss[] }) {
  const words = useWords();
  const format = useFormat();
  const [side, setSide] = useState<Side>('after');
  return (
    <>
      <div className={styles.head}>
        <SegmentedControl
          size="xs"
          aria-label={words.examples.side}
          value={side}
          onChange={(value) => setSide(value as Side)}
          data={(['before', 'after'] as const).map((value) => ({ value, label: words.examples[value] }))}
        />
        <span className="soft">{words.examples.scale('0', format.count(darkest))}</span>
        <SaveRunFiles
          {...{ runId, text: words.examples.saveTokens, what: `row-${row}`, testId: 'tokens' }}
          csv={() => forSpreadsheets(tokenTable(tokens))}
          json={() => `${JSON.stringify(tokens, null, 1)}\n`}
        />
      </div>
      <p className={styles.tokens} data-testid="token-losses">
        {tokens.map(({ text, ...losses }, index) => {
          const loss = losses[side];
          const heat = loss === null ? 0 : Math.min(1, loss / darkest);
          return (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: the same token may stand twice in a row
              key={index}
              data-learned={loss !== null}
              style={{ '--heat': Math.round(100 * heat) } as CSSProperties}
              title={loss === null ? undefined : format.value(loss)}
            >
              {visible(text)}
            </span>
          );
        })}
      </p>
      <details className={styles.more}>
        <summary>{words.examples.tokenList}</summary>
        <ScrollTable
          label={words.examples.byToken}
          heads={[words.examples.token, words.examples.before, words.examples.after]}
          testId="token-table"
        >
          {tokens.map(({ text, before, after }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same token may stand twice in a row
            <tr key={index}>
              <td>{visible(text)}</td>
              <td className="figures">{before === null ? '' : format.value(before)}</td>
              <td className="figures">{after === null ? '' : format.value(after)}</td>
            </tr>
          ))}
        </ScrollTable>
      </details>
    </>
  );
}

/** Line breaks can be seen, and still break. An empty text is a token whose character is not finished yet. */
const visible = (text: string): string => (text === '' ? '·' : text.replaceAll('\n', '↵\n'));

function Teaching({ runId, row, price }: { runId: string; row: number; price: ShownTokens['price'] }) {
  const words = useWords();
  const format = useFormat();
  const { findTeachers } = useCommands();
  const { teachers } = useStudio((state) => state.examples);
  const training = useStudio((state) => isGoingOn(state.run));
  const time = price.seconds === null ? '' : words.examples.about(format.duration(price.seconds));
  return (
    <>
      <p className="soft" data-testid="teaching-price">
        {words.examples.price(format.count(price.rows), format.count(price.of), format.count(price.checkpoints), time)}
      </p>
      {teachers.pending ? (
        <ExamplesProgress />
      ) : (
        <ActionButton
          missing={training ? words.use.busyTraining : null}
          variant="default"
          onClick={() => void findTeachers(runId)}
          testId="find-teachers"
        >
          {words.examples.teach}
        </ActionButton>
      )}
      <ErrorNote error={teachers.error} />
      {teachers.value && <Taught runId={runId} row={row} found={teachers.value} />}
    </>
  );
}

/** Rows that are shown of either end. */
const shownRows = 10;

function Taught({ runId, row, found }: { runId: string; row: number; found: Teachers }) {
  const words = useWords();
  const { rows, texts } = found;
  const helped = rows.filter(({ influence }) => influence > 0).slice(0, shownRows);
  const hindered = rows
    .filter(({ influence }) => influence < 0)
    .slice(-shownRows)
    .toReversed();
  return (
    <>
      <div className={styles.head}>
        <h4>{words.examples.taught}</h4>
        <SaveRunFiles
          {...{ runId, text: words.examples.saveTaught, what: `taught-${row}`, testId: 'taught' }}
          csv={() => forSpreadsheets(influenceTable(rows))}
          json={() => `${JSON.stringify(rows, null, 1)}\n`}
        />
      </div>
      <Influences title={words.examples.helped} rows={helped} texts={texts} testId="helped" />
      <Influences title={words.examples.hindered} rows={hindered} texts={texts} testId="hindered" />
    </>
  );
}

interface InfluencesProps {
  readonly title: string;
  readonly rows: readonly RowInfluence[];
  readonly texts: Teachers['texts'];
  readonly testId: string;
}

function Influences({ title, rows, texts, testId }: InfluencesProps) {
  const words = useWords();
  const format = useFormat();
  if (rows.length === 0) return null;
  return (
    <ScrollTable
      label={title}
      heads={[words.examples.row, words.examples.influence, words.examples.text]}
      testId={testId}
      caption={title}
    >
      {rows.map(({ row, influence }) => (
        <tr key={row}>
          <td className="figures">{format.count(row)}</td>
          <td className="figures">{format.value(influence)}</td>
          <td className={styles.text}>{texts[row]}</td>
        </tr>
      ))}
    </ScrollTable>
  );
}
