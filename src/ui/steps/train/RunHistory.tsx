import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { RunSummary } from '../../../worker/protocol.ts';
import { Sparkline } from '../../charts/Sparkline.tsx';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { Section } from '../../parts/Section.tsx';
import { isGoingOn } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import { RunName } from './RunName.tsx';
import { RunsFolder } from './RunsFolder.tsx';
import styles from './train.module.css';

/** The runs that are kept. */
export function RunHistory() {
  const words = useWords();
  const { value, error } = useStudio((state) => state.runs);
  const { importRun } = useCommands();
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
          accept=".zip,application/zip"
          variant="subtle"
          onFiles={([file]) => file && void importRun(file.blob)}
          testId="import-run"
        />
        <small className="soft">{words.history.importHint}</small>
      </div>
      {runs.length === 0 ? (
        <p className="soft">{words.train.historyEmpty}</p>
      ) : (
        <div className={styles.runsWrap}>
          <table className={styles.runs}>
            <thead>
              <tr>
                <th scope="col">{words.use.run}</th>
                <th scope="col">{words.steps.model.name}</th>
                <th scope="col">{words.train.step}</th>
                <th scope="col">{words.train.loss}</th>
                <th scope="col">{words.history.curve}</th>
                <th scope="col">{words.compare.column}</th>
                <th>
                  <span className="hidden-visually">{words.train.open}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <RunRow key={run.id} run={run} busy={busy} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function RunRow({ run, busy }: { run: RunSummary; busy: boolean }) {
  const words = useWords();
  const format = useFormat();
  const { viewRun, resumeRun, deleteRun, compareRun, download } = useCommands();
  const compared = useStudio((state) => state.compared.some(({ id }) => id === run.id));
  const [sure, setSure] = useState(false);
  const name = run.name || words.train.unnamed;
  return (
    <tr>
      <td>
        <RunName run={run} />
        <span className="soft">{format.date(run.created)}</span>
      </td>
      <td className="mono">{run.model}</td>
      <td>
        {format.count(run.step)} / {format.count(run.totalSteps)}
      </td>
      <td>{format.value(run.lastLoss)}</td>
      <td>
        <Sparkline
          values={run.curve}
          label={`${words.train.loss}: ${format.value(run.curve[0])} → ${format.value(run.curve.at(-1))}`}
        />
      </td>
      <td>
        <Checkbox
          aria-label={words.compare.choose(`${name} ${format.date(run.created)}`)}
          checked={compared}
          onChange={() => void compareRun(run.id)}
          data-testid="compare"
        />
      </td>
      <td>
        <Button size="compact-sm" variant="subtle" onClick={() => void viewRun(run.id)}>
          {words.train.open}
        </Button>
        {run.resumable && !busy && (
          <Button size="compact-sm" variant="subtle" onClick={() => void resumeRun(run.id)} data-testid="resume-past">
            {words.train.resumeRun}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => void download(run.id, 'archive')}
          data-testid="export"
        >
          {words.history.exportRun}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          onBlur={() => setSure(false)}
          onClick={() => (sure ? void deleteRun(run.id) : setSure(true))}
        >
          {sure ? words.train.removeSure : words.train.remove}
        </Button>
      </td>
    </tr>
  );
}
