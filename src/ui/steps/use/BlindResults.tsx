import type { RefObject } from 'react';
import type { KeptChoices, Tally } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import parts from '../../parts/parts.module.css';
import { SaveRunFiles } from '../../parts/SaveRunFiles.tsx';
import { runOfResult } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import { listedRun } from '../../verdict-of.ts';
import blind from './blind.module.css';
import { pairsCsv, pairsJsonl } from './choices-file.ts';
import styles from './use.module.css';

interface Props {
  readonly runId: string;
  /** The table, which has the focus once a round has ended. */
  readonly region: RefObject<HTMLElement | null>;
}

/** What was chosen with a run so far, and what can be made of it. */
export function BlindResults({ runId, region }: Props) {
  const words = useWords();
  const format = useFormat();
  const { trainOnChoices } = useCommands();
  const kept = useStudio((state) => (state.blind.runId === runId ? state.blind.value : null));
  const run = useStudio((state) => runOfResult(state.runs.value ?? [], runId));
  if (!kept || kept.choices.length === 0) return null;
  const { pairs, tallies, choices } = kept;
  const ties = choices.length - pairs.length;
  const name = (run?.name || (run?.id ?? runId)).replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const missing = !run?.method
    ? null
    : run.method === 'full'
      ? words.blind.wholeWeights
      : pairs.length === 0
        ? words.blind.tiesOnly
        : null;
  return (
    <>
      <section
        ref={region}
        className={`${styles.tableWrap} ${blind.results}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and must do so by keyboard too
        tabIndex={0}
        aria-label={words.blind.results}
      >
        <table className={styles.table} data-testid="blind-table">
          <thead>
            <tr>
              <th scope="col">{words.blind.tried}</th>
              <th scope="col">{words.blind.against}</th>
              <th scope="col">{words.blind.wins}</th>
              <th scope="col">{words.blind.losses}</th>
              <th scope="col">{words.blind.ties}</th>
              <th scope="col">{words.blind.share}</th>
            </tr>
          </thead>
          <tbody>
            {tallies.map((tally) => (
              <TallyRow key={JSON.stringify([tally.one, tally.other])} tally={tally} />
            ))}
          </tbody>
        </table>
      </section>
      <p className="soft">{words.blind.tiesApart}</p>
      {pairs.length > 0 && (
        <details className={blind.pairs}>
          <summary>{words.blind.pairs(format.count(pairs.length))}</summary>
          <div className={styles.tableWrap}>
            <table className={styles.table} data-testid="blind-pairs">
              <thead>
                <tr>
                  <th scope="col">{words.answers.prompt}</th>
                  <th scope="col">{words.data.roles.chosen}</th>
                  <th scope="col">{words.data.roles.rejected}</th>
                </tr>
              </thead>
              <tbody>
                {choices.map((choice) => (
                  <ChoiceRow key={`${choice.seed}/${choice.place}`} choice={choice} />
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
      <div className={parts.row}>
        <ActionButton
          missing={missing}
          variant="default"
          onClick={() => run && void trainOnChoices({ run: run.id, result: runId, table: `${name}-choices.jsonl` })}
          testId="blind-train"
        >
          {words.blind.train}
        </ActionButton>
        {pairs.length > 0 && (
          <SaveRunFiles
            {...{ runId, what: 'choices', testId: 'choices', lines: true }}
            text={ties > 0 ? words.blind.saveWithoutTies(format.count(ties)) : words.blind.save}
            csv={() => pairsCsv(pairs)}
            json={() => pairsJsonl(pairs)}
          />
        )}
      </div>
    </>
  );
}

function TallyRow({ tally: { one, other, wins, losses, ties, share } }: { tally: Tally }) {
  const words = useWords();
  const format = useFormat();
  return (
    <tr>
      <td>
        <ModelName {...one} />
      </td>
      <td>
        <ModelName {...other} />
      </td>
      <td className="figures">{format.count(wins)}</td>
      <td className="figures">{format.count(losses)}</td>
      <td className="figures">{format.count(ties)}</td>
      <td className="figures">
        {share && words.blind.range(format.percent(share.value), format.percent(share.low), format.percent(share.high))}
      </td>
    </tr>
  );
}

/** The two answers of a choice, each with whose it is; of a tie there is none that was chosen. */
function ChoiceRow({ choice: { prompt, one, other, chosen } }: { choice: KeptChoices['choices'][number] }) {
  if (chosen === 'tie') return null;
  const sides = chosen === 'one' ? [one, other] : [other, one];
  return (
    <tr>
      <td>{prompt}</td>
      {sides.map((side) => (
        <td key={JSON.stringify([side.result, side.step])}>
          {side.answer}
          <div className="soft">
            <ModelName {...side} />
          </div>
        </td>
      ))}
    </tr>
  );
}

/** A run under the name that it has now. */
function ModelName({ result, name, step }: Tally['one']) {
  const words = useWords();
  const now = useStudio((state) => (result === null ? undefined : listedRun(state, result)));
  if (result === null) return words.use.base;
  return `${now?.name || name || words.train.unnamed} · ${words.train.step} ${step}`;
}
