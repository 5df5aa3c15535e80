import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { isGoingOn, type LiveRun } from '../../store.ts';
import { taskFacts } from '../../tasks/facts.ts';
import { useFormat } from '../../use-format.ts';
import { NotifyButton } from './NotifyButton.tsx';
import { RunCharts } from './RunCharts.tsx';
import { RunLog } from './RunLog.tsx';
import { RunSettings } from './RunSettings.tsx';
import { SampleAnswers } from './SampleAnswers.tsx';
import styles from './train.module.css';

/** The run under way, or the one that just ended: where it is, how fast, and its curves. */
export function RunView() {
  const run = useStudio((state) => state.run);
  if (!run) return null;
  return (
    <section className={parts.section} data-testid="run-view" data-phase={run.phase}>
      <RunHead run={run} />
      <ErrorNote error={run.error}>
        <ResumeAfterError run={run} />
      </ErrorNote>
      <Numbers run={run} />
      <RunCharts metrics={run.metrics} version={run.version} every={run.config.logging.logging_steps} />
      <SampleAnswers evaluations={run.evaluations} />
      <AfterRun run={run} />
      <RunLog log={run.log} />
      <RunSettings config={run.config} />
    </section>
  );
}

function RunHead({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  const { pauseOrContinue, stopRun } = useCommands();
  const step = run.metrics.at(-1)?.step ?? 0;
  const { phase, detail } = run;
  const steers = isGoingOn(run) && phase !== 'loading' && phase !== 'preparing-kernels';
  return (
    <>
      <div className={styles.runHead}>
        <div className={styles.phase} role="status" data-testid="phase">
          {words.phases[phase]}
          {detail && detail.total > 0 && <small>{format.percent(detail.done / detail.total)}</small>}
          <small className="figures">{words.train.stepCount(format.count(step), format.count(run.totalSteps))}</small>
        </div>
        {isGoingOn(run) && <NotifyButton />}
        {steers && (
          <Button variant="default" onClick={() => void pauseOrContinue()} data-testid="pause">
            {phase === 'paused' ? words.train.resume : words.train.pause}
          </Button>
        )}
        {isGoingOn(run) && (
          <Button variant="default" onClick={() => void stopRun()} data-testid="stop">
            {words.train.stop}
          </Button>
        )}
      </div>
      <progress
        className={styles.progress}
        aria-label={words.train.stepCount(format.count(step), format.count(run.totalSteps))}
        value={step}
        max={Math.max(1, run.totalSteps)}
      />
    </>
  );
}

function Numbers({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  const last = run.metrics.at(-1);
  const evaluated = run.metrics.findLast(({ evalLoss }) => evalLoss !== undefined);
  const going = isGoingOn(run);
  const { speed } = taskFacts(run.config.dataset);
  const numbers: readonly (readonly [string, string, string])[] = [
    ['loss', words.train.loss, format.value(last?.loss)],
    ['eval-loss', words.train.validationLoss, format.value(evaluated?.evalLoss)],
    ['epoch', words.train.epoch, last ? last.epoch.toFixed(2) : words.unknown],
    ['elapsed', words.train.elapsed, format.duration(run.elapsedSeconds)],
    ['remaining', words.train.remaining, going ? format.duration(run.etaSeconds) : words.unknown],
    ['speed', speed(words), format.count(run.tokensPerSecond || null)],
  ];
  const { weightError, scores } = run;
  const scored: typeof numbers = Object.entries(scores ?? {}).map(([name, value]) => [
    `score-${name}`,
    words.labels.scores[name] ?? name,
    format.value(value),
  ]);
  const quantised: typeof numbers =
    weightError === null ? [] : [['weight-error', words.train.weightError, format.percent(weightError)]];
  return (
    <dl className={styles.numbers}>
      {[...numbers, ...scored, ...quantised].map(([id, name, value]) => (
        <div key={id}>
          <dt>{name}</dt>
          <dd data-testid={`number-${id}`}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function AfterRun({ run }: { run: LiveRun }) {
  const words = useWords();
  const { goTo, setUpNew, resumeRun } = useCommands();
  if (isGoingOn(run)) return null;
  const usable = run.metrics.some(({ step }) => step > 0);
  return (
    <div className={`${parts.row} ${styles.after}`}>
      {usable && run.phase !== 'failed' && (
        <Button onClick={() => goTo('use')} data-testid="to-use">
          {words.train.toUse}
        </Button>
      )}
      {(run.phase === 'stopped' || run.phase === 'stopped-early') && usable && (
        <Button variant="default" onClick={() => void resumeRun(run.id)} data-testid="resume">
          {words.train.resumeRun}
        </Button>
      )}
      <Button variant="default" onClick={setUpNew} data-testid="new-run">
        {words.train.backToNew}
      </Button>
    </div>
  );
}

function ResumeAfterError({ run }: { run: LiveRun }) {
  const words = useWords();
  const { resumeRun } = useCommands();
  const resumable = useStudio((state) => state.runs.value?.find(({ id }) => id === run.id)?.resumable ?? false);
  if (!resumable) return null;
  return (
    <Button mt="sm" variant="default" onClick={() => void resumeRun(run.id)}>
      {words.train.resumeRun}
    </Button>
  );
}
