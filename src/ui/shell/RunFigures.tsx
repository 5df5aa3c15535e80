import { useStudio, useWords } from '../context.tsx';
import { useFormat } from '../use-format.ts';
import figures from './figures.module.css';
import type { ShownRun } from './shown-run.ts';

/** What a run is made of, what it cost and what it came to: its own figures. */
export function RunFigures({ run }: { run: ShownRun }) {
  const words = useWords();
  const format = useFormat();
  const { cost } = run;
  const share = cost && cost.trainedParameters / cost.totalParameters;
  const made = [run.model, run.table].filter(Boolean).join(' · ');
  return (
    <>
      <div className={figures.figure} data-testid="run-figures">
        <div className={figures.figureSmall}>{run.name || words.train.unnamed}</div>
        <div className={figures.figureNote}>{made}</div>
        <div className={figures.figureNote}>
          {words.choices[run.method] ?? run.method} · {words.runList.rate} {format.rate(run.learningRate)}
        </div>
      </div>
      <div className={figures.figure}>
        <div className={figures.figureLabel}>{words.card.now}</div>
        <div>{words.phases[run.phase]}</div>
        <div className={figures.figureNote}>
          {words.train.stepCount(format.count(run.step), format.count(run.totalSteps))}
        </div>
      </div>
      <div className={figures.figure}>
        <div className={figures.figurePair}>
          <Figure label={words.train.trainingLoss} value={format.value(run.loss)} />
          <Figure label={words.train.validationLoss} value={format.value(run.evalLoss)} />
        </div>
      </div>
      {cost && (
        <div className={figures.figure}>
          <div className={figures.figurePair}>
            <Figure label={words.card.trained} value={format.percent(share)} tone="trained" />
            <Memory bytes={cost.peakBytes} />
          </div>
          <div className={figures.figureNote}>
            {format.count(cost.trainedParameters)} {words.card.of(format.count(cost.totalParameters))}
          </div>
        </div>
      )}
      {run.secondsPerStep !== null && (
        <div className={figures.figure}>
          <div className={figures.figurePair}>
            <Figure label={words.card.step} value={format.duration(run.secondsPerStep)} testId="measured-step" />
            <Figure label={words.train.elapsed} value={format.duration(run.elapsedSeconds)} />
          </div>
          <div className={figures.figureNote}>{words.card.measured}</div>
        </div>
      )}
    </>
  );
}

function Memory({ bytes }: { bytes: number }) {
  const words = useWords();
  const format = useFormat();
  const onProcessor = useStudio((state) => Boolean(state.environment.value?.webgpuMissing));
  return <Figure label={onProcessor ? words.card.processorMemory : words.card.memory} value={format.bytes(bytes)} />;
}

interface Shown {
  readonly label: string;
  readonly value: string;
  readonly tone?: 'trained';
  readonly testId?: string;
}

function Figure({ label, value, tone, testId }: Shown) {
  return (
    <div>
      <div className={figures.figureLabel}>{label}</div>
      <div className={figures.figureSmall} data-tone={tone} data-testid={testId}>
        {value}
      </div>
    </div>
  );
}
