import { useCommands, useStudio, useWords } from '../context.tsx';
import type { Format } from '../format.ts';
import { isGoingOn, type StepName, type Studio, stepNames } from '../store.ts';
import type { Messages } from '../text/en.ts';
import { useFormat } from '../use-format.ts';
import styles from './rail.module.css';

interface State {
  readonly text: string;
  readonly tone?: 'trained' | 'bad';
}

/** The five steps, each with how far it is. Any of them can be reached at any time. */
export function StepRail() {
  const words = useWords();
  const format = useFormat();
  const { goTo } = useCommands();
  const state = useStudio(({ step, model, tuning, data, dataPreview, run, runs, chat }) => ({
    step,
    model,
    tuning,
    data,
    dataPreview,
    run,
    runs,
    chat,
  }));
  return (
    <nav className={styles.rail} aria-label={words.shell.steps}>
      <ol>
        {stepNames.map((name, index) => {
          const { text, tone } = stepStates[name](state as Studio, words, format);
          return (
            <li key={name}>
              <button
                type="button"
                className={styles.railStep}
                aria-current={state.step === name ? 'step' : undefined}
                onClick={() => goTo(name)}
              >
                <span className={styles.railNumber}>{index + 1}</span>
                <span className={styles.railName}>{words.steps[name].name}</span>
                <span className={styles.railState} data-tone={tone}>
                  {text}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

type Describe = (state: Studio, words: Messages, format: Format) => State;

const stepStates: Readonly<Record<StepName, Describe>> = {
  model: ({ model }, words) => {
    if (model.pending) return { text: words.stepState.opening };
    if (model.value) return { text: model.value.name };
    return model.error ? { text: words.stepState.problem, tone: 'bad' } : { text: words.steps.model.empty };
  },
  layers: ({ tuning }, words, format) => {
    const { value } = tuning;
    if (!value || value.trainedParameters === 0) return { text: words.steps.layers.empty };
    const share = format.percent(value.trainedParameters / value.totalParameters);
    return { text: words.stepState.trainedShare(share), tone: 'trained' };
  },
  data: ({ data, dataPreview }, words, format) => {
    if (data.pending) return { text: words.stepState.opening };
    if (dataPreview.value?.problem || dataPreview.error || (data.error && !data.value))
      return { text: words.stepState.problem, tone: 'bad' };
    return data.value
      ? { text: words.stepState.rows(format.count(data.value.rowCount)) }
      : { text: words.steps.data.empty };
  },
  train: ({ run }, words, format) => {
    if (!run) return { text: words.steps.train.empty };
    if (run.phase === 'failed') return { text: words.stepState.problem, tone: 'bad' };
    const text = words.stepState.stepOf(format.count(run.step), format.count(run.totalSteps));
    return isGoingOn(run) ? { text, tone: 'trained' } : { text: words.phases[run.phase] };
  },
  use: ({ run, runs, chat }, words) => {
    const any = chat.runId !== null && (runs.value?.some(({ step }) => step > 0) || run !== null);
    return { text: any ? words.stepState.ready : words.steps.use.empty };
  },
};
