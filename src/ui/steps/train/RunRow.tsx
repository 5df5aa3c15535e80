import { Button, Checkbox } from '@mantine/core';
import { memo } from 'react';
import type { RunSummary } from '../../../worker/protocol.ts';
import { Sparkline } from '../../charts/Sparkline.tsx';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import type { Format } from '../../format.ts';
import { Icon, type IconName } from '../../parts/Icon.tsx';
import { writesText } from '../../tasks/problem-of-run.ts';
import type { Messages } from '../../text/en.ts';
import { useFormat } from '../../use-format.ts';
import { DeleteRun } from './DeleteRun.tsx';
import { RunName } from './RunName.tsx';
import styles from './runs.module.css';
import type { SortKey } from './runs-list.ts';

interface RunColumn {
  readonly key: SortKey;
  readonly label: (words: Messages) => string;
  /** Of all columns but the first, which is the run itself. */
  readonly value: (run: RunSummary, format: Format, words: Messages) => string;
}

/** The figures that runs are told apart by. */
export const runColumns: readonly RunColumn[] = [
  { key: 'created', label: (words) => words.runList.name, value: ({ created }, format) => format.date(created) },
  {
    key: 'method',
    label: (words) => words.runList.method,
    value: ({ method }, _, words) => words.choices[method] ?? method,
  },
  {
    key: 'learningRate',
    label: (words) => words.runList.rate,
    value: ({ learningRate }, format) => format.rate(learningRate),
  },
  {
    key: 'trainingRows',
    label: (words) => words.runList.rows,
    value: ({ trainingRows }, format) => format.count(trainingRows),
  },
  {
    key: 'step',
    label: (words) => words.runList.steps,
    value: ({ step, totalSteps }, format) => `${format.count(step)} / ${format.count(totalSteps)}`,
  },
  {
    key: 'evalLoss',
    label: (words) => words.runList.evalLoss,
    value: ({ evalLoss }, format) => format.value(evalLoss),
  },
  {
    key: 'heldOut',
    label: (words) => words.runList.score,
    value: ({ heldOut }, format, words) => (heldOut ? shortScore(heldOut, format) : words.unknown),
  },
];

/** Of shares of the rows, how many of how many. */
const shortScore = ({ metric, rows, tuned }: NonNullable<RunSummary['heldOut']>, format: Format): string =>
  metric === 'matches' || metric === 'accuracy'
    ? `${format.count(Math.round(tuned * rows))} / ${format.count(rows)}`
    : format.value(tuned);

/** A run in the list: what it is, its figures, and below what can be done with it. */
export const RunRow = memo(function RunRow({ run, busy }: { run: RunSummary; busy: boolean }) {
  const words = useWords();
  const format = useFormat();
  const { compareRun, viewRun } = useCommands();
  const compared = useStudio((state) => state.compared.some(({ id }) => id === run.id));
  const [, ...figures] = runColumns;
  const ends = `${format.value(run.curve[0])} → ${format.value(run.curve.at(-1))}`;
  return (
    <tbody data-testid="run-row" data-run={run.id}>
      <tr>
        <td>
          <RunName run={run} />
          <span className="soft">
            {run.elsewhere ? words.place.elsewhere : words.phases[run.phase]} · {format.date(run.created)}
          </span>
        </td>
        {figures.map(({ key, label, value }) => (
          <td key={key} data-label={label(words)}>
            {value(run, format, words)}
          </td>
        ))}
        <td>
          <Sparkline values={run.curve} label={`${words.train.loss}: ${ends}`} />
        </td>
        <td data-column="compare">
          <Checkbox
            aria-label={words.compare.choose(`${run.name} ${format.date(run.created)}`)}
            checked={compared}
            onChange={() => void compareRun(run.id)}
            data-testid="compare"
          />
        </td>
      </tr>
      <tr className={styles.acts}>
        <td colSpan={runColumns.length + 2}>
          {run.elsewhere ? (
            <p className="soft" data-testid="elsewhere">
              {words.place.elsewhereWhy}{' '}
              <Button size="compact-sm" variant="subtle" onClick={() => void viewRun(run.id)}>
                {words.train.open}
              </Button>
            </p>
          ) : (
            <RunActs run={run} busy={busy} />
          )}
        </td>
      </tr>
    </tbody>
  );
});

function RunActs({ run, busy }: { run: RunSummary; busy: boolean }) {
  const words = useWords();
  const { viewRun, resumeRun, download, reuseRun, trainOnFrom, chooseRun, goTo } = useCommands();
  const act = (label: string, onClick: () => void, testId: string, icon?: IconName) => (
    <Button
      size="compact-sm"
      variant="subtle"
      leftSection={icon && <Icon name={icon} />}
      onClick={onClick}
      data-testid={testId}
    >
      {label}
    </Button>
  );
  const use = () => {
    chooseRun(run.id);
    goTo('use');
  };
  return (
    <>
      {act(words.train.open, () => void viewRun(run.id), 'look')}
      {run.saved !== null &&
        run.saved > 0 &&
        act(
          writesText(run) ? words.train.toUse : words.train.toTry,
          use,
          'use-run',
          writesText(run) ? 'chat' : undefined,
        )}
      {run.resumable && !busy && act(words.train.resumeRun, () => void resumeRun(run.id), 'resume-past', 'play')}
      {run.saved !== null &&
        run.saved > 0 &&
        run.method !== 'full' &&
        act(words.runList.trainOn, () => void trainOnFrom(run.id), 'train-on', 'play')}
      {act(words.runList.reuse, () => void reuseRun(run.id), 'reuse-run')}
      {act(words.history.exportRun, () => void download(run.id, 'archive'), 'export', 'download')}
      <DeleteRun id={run.id} />
    </>
  );
}
