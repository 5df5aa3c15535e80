import { Button } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { forSpreadsheets } from '../../../../data/csv-text.ts';
import { AppError } from '../../../../errors.ts';
import { sweepCsv } from '../../../../sweeps/table.ts';
import type { SweepRow, SweepView } from '../../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../../context.tsx';
import { SaveButton } from '../../../parts/buttons.tsx';
import { ErrorNote } from '../../../parts/ErrorNote.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import parts from '../../../parts/parts.module.css';
import { Section } from '../../../parts/Section.tsx';
import { saveDownload } from '../../../save-download.ts';
import { isGoingOn } from '../../../store.ts';
import type { Messages } from '../../../text/en.ts';
import { useFormat } from '../../../use-format.ts';
import runs from '../runs.module.css';
import { SweepChart } from './SweepChart.tsx';
import { settingLabel, textOf } from './setting-words.ts';
import styles from './sweep.module.css';

/** The sweeps that are kept: the newest in full, the others in a fold. */
export function Sweeps() {
  const words = useWords();
  const format = useFormat();
  const { listSweeps } = useCommands();
  const [newest, ...earlier] = useStudio((state) => state.sweeps);
  // The first screen does without them.
  useEffect(() => {
    void listSweeps();
  }, [listSweeps]);
  if (!newest) return null;
  return (
    <>
      <Sweep key={newest.id} view={newest} />
      {earlier.length > 0 && (
        <details className={styles.earlier}>
          <summary>{words.sweep.earlier(format.count(earlier.length))}</summary>
          {earlier.map((view) => (
            <Sweep key={view.id} view={view} />
          ))}
        </details>
      )}
    </>
  );
}

const scoreLabel = (name: string, words: Messages): string =>
  words.sweep.scores[name as 'validation_loss'] ?? words.labels.scores[name] ?? words.choices[name] ?? name;

/** The settings of one run, by their names on the page. */
const inWords = (values: SweepRow['values'], words: Messages): string =>
  Object.entries(values)
    .map(([key, value]) => `${settingLabel(key, words)} ${textOf(value)}`)
    .join(', ');

function Sweep({ view }: { view: SweepView }) {
  const words = useWords();
  const format = useFormat();
  const { table, state, error, created, secondsLeft } = view;
  const score = scoreLabel(table.scoreName, words);
  const done = table.rows.filter((row) => row.state !== 'waiting' && row.state !== 'under-way').length;
  const progress = words.sweep.ended(format.count(done), format.count(table.rows.length));
  const left = state === 'finished' || !secondsLeft ? [] : [words.sweep.left(format.duration(secondsLeft))];
  const note = [format.date(created), words.sweep.states[state], progress, ...left].join(' · ');
  return (
    <Section title={words.sweep.title} note={note}>
      <div data-testid="sweep" data-state={state}>
        <p role="status" className="hidden-visually">
          {words.sweep.states[state]}
        </p>
        {error && <ErrorNote error={new AppError(error.code, error.params)} />}
        <Best view={view} score={score} />
        <div className={runs.wrap}>
          <table className={runs.runs} data-testid="sweep-table">
            <thead>
              <tr>
                <th scope="col">{words.sweep.run}</th>
                {table.keys.map((key) => (
                  <th key={key} scope="col">
                    {settingLabel(key, words)}
                  </th>
                ))}
                <th scope="col">{score}</th>
                <th scope="col">{words.sweep.step}</th>
                <th scope="col">{words.sweep.state}</th>
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row) => (
                <Row key={row.number} row={row} keys={table.keys} score={score} />
              ))}
            </tbody>
          </table>
        </div>
        <div className={styles.charts}>
          {table.keys.map((key) => (
            <SweepChart key={key} sweep={view.sweep} table={table} settingKey={key} scoreLabel={score} />
          ))}
        </div>
      </div>
    </Section>
  );
}

function Row({ row, keys, score }: { row: SweepRow; keys: readonly string[]; score: string }) {
  const words = useWords();
  const format = useFormat();
  const { viewRun } = useCommands();
  const { number, run, state, isBest, values, step } = row;
  const kept = useStudio(({ runs }) => runs.value?.some(({ id }) => id === run) ?? false);
  return (
    <tr className={styles.trial} data-testid="sweep-trial" data-state={state} data-best={isBest}>
      <td data-label={words.sweep.run}>
        {kept && run !== null ? (
          <Button
            size="compact-sm"
            variant="subtle"
            aria-label={words.sweep.look(format.count(number))}
            onClick={() => void viewRun(run)}
          >
            {format.count(number)}
          </Button>
        ) : (
          format.count(number)
        )}
      </td>
      {keys.map((key) => (
        <td key={key} data-label={settingLabel(key, words)}>
          {textOf(values[key])}
        </td>
      ))}
      <td data-label={score}>{format.value(row.score)}</td>
      <td data-label={words.sweep.step}>{format.count(step)}</td>
      <td data-label={words.sweep.state}>
        {words.sweep.trial[state]}
        {isBest && ` · ${words.sweep.isBest}`}
      </td>
    </tr>
  );
}

/** Which run is the best, and what can be done with it. */
function Best({ view, score }: { view: SweepView; score: string }) {
  const { table, state } = view;
  const words = useWords();
  const format = useFormat();
  const { chooseRun, goTo, takeSettings, setUpNew } = useCommands();
  const best = table.rows.find(({ isBest }) => isBest);
  if (!best?.run) return <Acts view={view} />;
  const { run, number, values } = best;
  return (
    <>
      <p className={styles.best} data-testid="sweep-best">
        {words.sweep.best(format.count(number), inWords(values, words), score, format.value(best.score))}
      </p>
      <Acts view={view}>
        {state !== 'running' && (
          <>
            <Button
              onClick={() => {
                chooseRun(run);
                goTo('use');
              }}
              data-testid="sweep-use"
            >
              {words.sweep.use}
            </Button>
            <Button
              variant="default"
              onClick={() => {
                takeSettings(values);
                setUpNew();
              }}
              data-testid="sweep-take"
            >
              {words.sweep.take}
            </Button>
          </>
        )}
      </Acts>
    </>
  );
}

/** What can be done with the sweep, after what is done with its best. */
function Acts({ view: { id, state, table }, children }: { view: SweepView; children?: ReactNode }) {
  const words = useWords();
  const { resumeSweep, pauseSweep, deleteSweep } = useCommands();
  const busy = useStudio(({ run, starting }) => starting !== null || isGoingOn(run));
  const csv = () =>
    saveDownload({ fileName: `${id}.csv`, blob: new Blob([forSpreadsheets(sweepCsv(table))], { type: 'text/csv' }) });
  return (
    <div className={parts.row}>
      {children}
      {state === 'running' && (
        <Button
          leftSection={<Icon name="pause" />}
          variant="default"
          onClick={() => void pauseSweep()}
          data-testid="sweep-pause"
        >
          {words.sweep.pause}
        </Button>
      )}
      {state === 'paused' && !busy && (
        <Button leftSection={<Icon name="play" />} onClick={() => void resumeSweep(id)} data-testid="sweep-resume">
          {words.sweep.resume}
        </Button>
      )}
      <SaveButton format="CSV" onClick={csv} testId="sweep-csv" />
      {state !== 'running' && state !== 'elsewhere' && (
        <Button
          leftSection={<Icon name="trash" />}
          variant="subtle"
          title={words.sweep.forgetHint}
          onClick={() => void deleteSweep(id)}
          data-testid="sweep-forget"
        >
          {words.sweep.forget}
        </Button>
      )}
    </div>
  );
}
