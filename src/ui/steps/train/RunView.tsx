import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { RunVerdict } from '../../parts/RunVerdict.tsx';
import { ReplayResult } from '../../replay/ReplayResult.tsx';
import { ShareRun } from '../../replay/ShareRun.tsx';
import { scoreName } from '../../score-name.ts';
import { smallerRun } from '../../smaller-run.ts';
import { isGoingOn, type LiveRun } from '../../store.ts';
import { taskFacts } from '../../tasks/facts.ts';
import { useFormat } from '../../use-format.ts';
import { useOffers } from '../../use-offers.ts';
import { isPoorResult, listedRun, offeredActions } from '../../verdict-of.ts';
import { Take } from '../use/DownloadRun.tsx';
import { NotifyButton } from './NotifyButton.tsx';
import { RunCharts } from './RunCharts.tsx';
import { RunLog } from './RunLog.tsx';
import { RunSettings } from './RunSettings.tsx';
import { SampleAnswers } from './SampleAnswers.tsx';
import styles from './train.module.css';
import { WhatMoved } from './WhatMoved.tsx';

/** The run under way, or the one that just ended: where it is, how fast, and its curves. */
export function RunView() {
  const words = useWords();
  const run = useStudio((state) => state.run);
  if (!run) return null;
  return (
    <section className={parts.section} data-testid="run-view" data-phase={run.phase}>
      <RunHead run={run} />
      {!run.begun.knowsBase && <p className="soft">{words.history.baseUnknown}</p>}
      {!isGoingOn(run) && <RunVerdict runId={run.id} withoutChat />}
      <ErrorNote error={run.error}>
        <AfterError run={run} />
      </ErrorNote>
      <Resets run={run} />
      <ReplayResult run={run} />
      <Numbers run={run} />
      {(run.evaluations.length > 0 || willAnswer(run)) && (
        <SampleAnswers evaluations={run.evaluations} going={isGoingOn(run)} />
      )}
      <RunCharts
        key={run.id}
        runId={run.id}
        metrics={run.metrics}
        version={run.version}
        every={run.config.logging.logging_steps}
        totalSteps={isGoingOn(run) ? run.totalSteps : null}
      />
      <WhatMoved looks={run.inside} />
      <AfterRun run={run} />
      <RunLog log={run.log} />
      <RunSettings config={run.config} />
    </section>
  );
}

/** Whether an evaluation to come answers prompts. */
function willAnswer(run: LiveRun): boolean {
  const { number_of_texts: rows, sample_prompts: own } = run.config.logging;
  return isGoingOn(run) && taskFacts(run.config.dataset).writes && rows + own.length > 0;
}

function RunHead({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  const { pauseOrContinue, setUpNew } = useCommands();
  const { phase, detail, step, wanted } = run;
  const steers = isGoingOn(run) && !['loading', 'preparing-kernels', 'answering', 'recovering'].includes(phase);
  return (
    <>
      <div className={styles.runHead}>
        <div className={styles.phase} role="status" data-testid="phase">
          {words.phases[phase]}
          {detail && detail.total > 0 && <small>{format.percent(detail.done / detail.total)}</small>}
          <small className="figures">{words.train.stepCount(format.count(step), format.count(run.totalSteps))}</small>
        </div>
        {isGoingOn(run) && (
          <div className={styles.meanwhile}>
            <NotifyButton />
            <Button variant="subtle" onClick={setUpNew} data-testid="next-run">
              {words.place.nextRun}
            </Button>
          </div>
        )}
        {steers && (
          <Button
            leftSection={<Icon name={phase === 'paused' ? 'play' : 'pause'} />}
            variant="default"
            aria-disabled={wanted !== null}
            onClick={() => void pauseOrContinue()}
            data-testid="pause"
          >
            {phase === 'paused' ? words.train.resume : wanted === 'pause' ? words.train.pausing : words.train.pause}
          </Button>
        )}
        <StopThenUse run={run} />
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

/** Stop, and in its place at the end what comes next: hand and focus stay where they are. */
function StopThenUse({ run }: { run: LiveRun }) {
  const words = useWords();
  const { stopRun, goTo } = useCommands();
  const going = isGoingOn(run);
  const poor = useStudio((state) => isPoorResult(state, run.id));
  const next = taskFacts(run.config.dataset).writes ? words.train.toUse : words.train.toTry;
  if (!going && (run.phase === 'failed' || run.step === 0)) return null;
  return (
    <Button
      leftSection={<Icon name={going ? 'stop' : taskFacts(run.config.dataset).writes ? 'chat' : 'shut'} />}
      variant={going || poor ? 'default' : 'filled'}
      aria-disabled={going && run.wanted === 'stop'}
      onClick={() => (going ? void stopRun() : goTo('use'))}
      data-testid={going ? 'stop' : 'to-use'}
    >
      {!going ? next : run.wanted === 'stop' ? words.train.stopping : words.train.stop}
    </Button>
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
    ['loss', words.train.trainingLoss, format.value(last?.loss)],
    ['eval-loss', words.train.validationLoss, format.value(evaluated?.evalLoss)],
    ['epoch', words.train.epoch, last ? last.epoch.toFixed(2) : words.unknown],
    ['elapsed', words.train.elapsed, format.duration(run.elapsedSeconds)],
    ['remaining', words.train.remaining, going ? format.duration(run.etaSeconds) : words.unknown],
    ['speed', speed(words), format.count(run.tokensPerSecond || null)],
  ];
  const { weightError, scores } = run;
  const scored: typeof numbers = Object.entries(scores ?? {}).map(([name, value]) => [
    `score-${name}`,
    scoreName(name, words),
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
  const { setUpNew, resumeRun } = useCommands();
  const offered = useStudio((state) => offeredActions(state, run.id));
  if (isGoingOn(run)) return null;
  return (
    <div className={`${parts.row} ${styles.after}`}>
      {(run.phase === 'stopped' || run.phase === 'stopped-early') && !offered.includes('resume') && (
        <Button
          leftSection={<Icon name="play" />}
          variant="default"
          onClick={() => void resumeRun(run.id)}
          data-testid="resume"
        >
          {words.train.resumeRun}
        </Button>
      )}
      {run.step > 0 && run.phase !== 'failed' && !offered.includes('download') && <TakeResult runId={run.id} />}
      <Button leftSection={<Icon name="add" />} variant="default" onClick={setUpNew} data-testid="new-run">
        {words.train.backToNew}
      </Button>
      {run.step > 0 && <ShareRun runId={run.id} />}
    </div>
  );
}

/** The result in its own form: the others are in the last step. */
function TakeResult({ runId }: { runId: string }) {
  const [first] = useOffers(runId).offers;
  return first && <Take runId={runId} offer={first} isFirst={false} />;
}

/** That its device was lost, where it went on without a question. */
function Resets({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  if (run.resets === 0 || run.phase === 'failed') return null;
  return (
    <p role="status" className="soft" data-testid="resets">
      {words.place.resets(format.count(run.resets))}
    </p>
  );
}

/** What was saved of a run that failed, and the ways on from there. */
function AfterError({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  const { resumeRun, startAgain } = useCommands();
  const listed = useStudio((state) => listedRun(state, run.id));
  if (!listed?.resumable) return null;
  const { saved } = listed;
  const smaller = run.error?.code === 'device-lost-again' ? smallerRun(run.config) : null;
  return (
    <>
      <p data-testid="what-is-saved">
        {saved ? words.place.savedAt(format.count(saved), format.count(run.totalSteps)) : words.place.unsaved}
      </p>
      <div className={parts.row}>
        {smaller && (
          <Button variant="default" onClick={() => void startAgain(run.id, smaller.settings)} data-testid="smaller-run">
            {words.place.smaller(smaller.name, format.count(smaller.value))}
          </Button>
        )}
        <Button
          leftSection={<Icon name="play" />}
          variant="default"
          onClick={() => void resumeRun(run.id)}
          data-testid="resume-failed"
        >
          {words.train.resumeRun}
        </Button>
      </div>
    </>
  );
}
