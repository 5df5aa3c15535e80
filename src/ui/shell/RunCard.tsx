import { Suspense } from 'react';
import { blocking, preflight } from '../checks.ts';
import { useStudio, useWords } from '../context.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { fitting, isGoingOn, type LiveRun, type Studio } from '../store.ts';
import { wordError } from '../text/word-error.ts';
import { useFormat } from '../use-format.ts';
import { Checks } from './Checks.tsx';
import styles from './card.module.css';
import figures from './figures.module.css';
import { MemoryFigure } from './MemoryFigure.tsx';
import { shownRun } from './shown-run.ts';
import { useSheet } from './use-sheet.ts';

// Only while a run is shown.
const RunFigures = lazyPart(async () => (await import('./RunFigures.tsx')).RunFigures);

/** What the next run will cost: the plan's figures, not a formula. Where a run is shown, that run's own. */
export function RunCard() {
  const words = useWords();
  const format = useFormat();
  const { open, toggle, opener } = useSheet();
  const state = useStudio((whole) => whole);
  const { tuning, environment } = state;
  const share = tuning.value ? tuning.value.trainedParameters / tuning.value.totalParameters : null;
  const sheet = tuning.value?.step ?? null;
  const checks = preflight(state);
  const anything = state.model.value !== null || state.data.value !== null;
  const run = shownRun(state);
  const draft = (
    <>
      <div className={figures.figure}>
        <div className={figures.figureLabel}>{words.card.trained}</div>
        <div className={figures.figureValue} data-tone="trained" data-testid="trained-percent">
          {format.percent(share)}
        </div>
        <div className={figures.figureNote} data-testid="trained-count">
          {tuning.value && (
            <>
              {format.count(tuning.value.trainedParameters)} {words.card.of(format.count(tuning.value.totalParameters))}
            </>
          )}
        </div>
      </div>
      <MemoryFigure sheet={sheet} memory={tuning.value?.memory ?? null} environment={environment.value} />
      <TimeFigures state={state} />
      <FileFigures state={state} />
      <div className={figures.figure}>
        {state.run && isGoingOn(state.run) ? (
          <Now run={state.run} />
        ) : anything ? (
          <Checks checks={checks} />
        ) : (
          <div className={figures.figureNote}>{words.card.waiting}</div>
        )}
      </div>
    </>
  );
  const title = run ? words.card.runTitle : words.card.title;
  return (
    <aside className={styles.card} aria-label={title}>
      <div className={styles.cardInner}>
        <button type="button" ref={opener} className={styles.cardSummary} aria-expanded={open} onClick={toggle}>
          <span>
            {title}
            <span className="hidden-visually"> {words.card.show}</span>
          </span>
          <span className="figures soft">
            {run
              ? `${format.count(run.step)} / ${format.count(run.totalSteps)}`
              : `${format.percent(share)} · ${format.bytes(sheet?.peakBytes)} · ${blocking(checks).length === 0 ? '✓' : '○'}`}
          </span>
        </button>
        <div className={styles.cardBody} data-open={open}>
          <h2 className={styles.cardTitle}>{title}</h2>
          {run ? (
            <Suspense fallback={null}>
              <RunFigures run={run} />
            </Suspense>
          ) : (
            draft
          )}
        </div>
      </div>
    </aside>
  );
}
/** What the run under way is doing, on every step of the page. */
function Now({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  const step = format.count(run.step);
  return (
    <>
      <div className={figures.figureLabel}>{words.card.now}</div>
      <div>{words.phases[run.phase]}</div>
      <div className={figures.figureNote}>{words.train.stepCount(step, format.count(run.totalSteps))}</div>
    </>
  );
}

function TimeFigures({ state }: { state: Studio }) {
  const words = useWords();
  const format = useFormat();
  const estimate = state.tuning.value?.time ?? null;
  const preview = state.dataPreview.value;
  const steps = preview && !preview.problem ? preview.totalSteps : null;
  const { step: perStep = null, total = null } = estimate ?? {};
  const basis = estimate?.measured ? words.card.learned : words.card.estimated;
  return (
    <div className={figures.figure}>
      <div className={figures.figurePair}>
        <div>
          <div className={figures.figureLabel}>{words.card.step}</div>
          <div className={figures.figureValue} data-testid="time-step">
            {format.duration(perStep)}
          </div>
        </div>
        <div>
          <div className={figures.figureLabel}>{words.card.total}</div>
          <div className={figures.figureValue} data-testid="time-total">
            {format.duration(total)}
          </div>
        </div>
      </div>
      <div className={figures.figureNote} data-testid="time-basis">
        {steps === null ? null : `${words.card.steps(format.count(steps))} · `}
        {perStep === null ? null : basis}
      </div>
    </div>
  );
}

/** What is read and what comes out, as files. */
function FileFigures({ state: { model, tuning, language } }: { state: Studio }) {
  const words = useWords();
  const format = useFormat();
  if (model.value === null) return null;
  const trained = tuning.value?.trainedParameters ?? null;
  const refused = fitting(tuning.value?.exports ?? []).flatMap(({ target, refusal }) =>
    refusal ? [`${words.exports[target].label}: ${wordError(language, refusal).cause}`] : [],
  );
  return (
    <div className={figures.figure}>
      <div className={figures.figurePair}>
        <div>
          <div className={figures.figureLabel}>{words.card.files}</div>
          <div className={figures.figureSmall}>{format.bytes(model.value.bytes)}</div>
          <div className={figures.figureNote}>{words.card.filesHere}</div>
        </div>
        <div>
          <div className={figures.figureLabel}>{words.card.result}</div>
          <div className={figures.figureSmall}>{format.bytes(trained === null ? null : trained * bytesOfF32)}</div>
          <div className={figures.figureNote}>{words.card.resultNote}</div>
        </div>
      </div>
      {refused.map((reason) => (
        <div key={reason} className={figures.figureNote} data-testid="refused-export">
          {reason}
        </div>
      ))}
    </div>
  );
}

const bytesOfF32 = 4;
