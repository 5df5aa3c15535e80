import { NativeSelect } from '@mantine/core';
import { useMemo, useState } from 'react';
import { spreadsheetCsv } from '../../../data/csv-text.ts';
import type { EvaluationRecord, SampleAnswer } from '../../../worker/protocol.ts';
import { changedWords } from '../../changed-words.ts';
import { useStudio, useWords } from '../../context.tsx';
import { SaveButton } from '../../parts/buttons.tsx';
import { saveDownload } from '../../save-download.ts';
import { useFormat } from '../../use-format.ts';
import styles from './train.module.css';

interface Props {
  readonly evaluations: readonly EvaluationRecord[];
  /** Whether the model still trains. */
  readonly going?: boolean;
}

/** What the model said at an evaluation, the newest unless another is chosen: base beside now. */
export function SampleAnswers({ evaluations, going = false }: Props) {
  const words = useWords();
  const format = useFormat();
  const [chosen, setChosen] = useState<number | null>(null);
  const shown = evaluations.find(({ step }) => step === chosen) ?? evaluations.at(-1);
  return (
    <section className={styles.samples} aria-label={words.answers.title} data-testid="samples">
      <div className={styles.samplesHead}>
        <h2>{words.answers.title}</h2>
        {evaluations.length > 1 && shown && (
          <NativeSelect
            size="xs"
            aria-label={words.answers.at}
            value={shown.step}
            onChange={(event) => setChosen(Number(event.currentTarget.value))}
            data={evaluations.map(({ step }) => ({
              value: String(step),
              label: `${words.train.step} ${format.count(step)}`,
            }))}
          />
        )}
        {evaluations.length > 0 && (
          <SaveButton
            format="CSV"
            onClick={() =>
              saveDownload({ fileName: 'answers.csv', blob: new Blob([answersCsv(evaluations)], { type: 'text/csv' }) })
            }
            testId="samples-csv"
          />
        )}
        {shown?.score && (
          <span className="soft">
            {words.answers.mean(shown.score.metric, format.value(shown.score.value), shown.score.note)}
          </span>
        )}
      </div>
      {shown ? (
        shown.samples.map((sample, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: prompts may be alike, and their order stays
          <Sample key={index} {...{ sample, going }} before={earlierOf(evaluations, shown.step, index, sample)} />
        ))
      ) : (
        <p className="soft">{words.answers.none}</p>
      )}
    </section>
  );
}

interface Earlier {
  readonly step: number;
  readonly text: string;
}

/** What was answered to the same prompt at the evaluations before, the newest first. */
function earlierOf(
  evaluations: readonly EvaluationRecord[],
  step: number,
  index: number,
  { prompt }: SampleAnswer,
): Earlier[] {
  return evaluations
    .filter((evaluation) => evaluation.step < step && evaluation.samples[index]?.prompt === prompt)
    .map((evaluation) => ({ step: evaluation.step, text: evaluation.samples[index]!.tuned }))
    .toReversed();
}

interface SampleProps {
  readonly sample: SampleAnswer;
  readonly going: boolean;
  readonly before: readonly Earlier[];
}

function Sample({ sample, going, before }: SampleProps) {
  const words = useWords();
  const format = useFormat();
  const { prompt, expected, rejected, base, tuned, score } = sample;
  const empty = (text: string) => (text.trim() === '' ? words.use.emptyAnswer : text);
  return (
    <dl className={styles.sample} data-testid="sample">
      <div>
        <dt>{words.answers.prompt}</dt>
        <dd>{prompt}</dd>
      </div>
      {expected !== '' && (
        <div>
          <dt>{rejected === undefined ? words.answers.expected : words.data.roles.chosen}</dt>
          <dd>{expected}</dd>
        </div>
      )}
      {rejected !== undefined && (
        <div>
          <dt>{words.data.roles.rejected}</dt>
          <dd>{rejected}</dd>
        </div>
      )}
      <div data-side="base">
        <dt>{words.answers.base}</dt>
        <dd>{base === null ? words.answers.gone : empty(base)}</dd>
      </div>
      <div data-side="tuned">
        <dt>
          {going ? words.answers.now : words.use.tuned}
          {score !== null && ` · ${words.answers.score} ${format.value(score)}`}
        </dt>
        <dd>{before[0] ? <Changed before={before[0].text} after={tuned} /> : empty(tuned)}</dd>
        {before[0] && (
          <dd className={styles.changedHint}>
            {words.answers[before[0].text === tuned ? 'unchanged' : 'changed'](format.count(before[0].step))}
          </dd>
        )}
      </div>
      {before.length > 0 && (
        <div className={styles.earlier}>
          <dt className="hidden-visually">{words.answers.earlier}</dt>
          <dd>
            <details>
              <summary>{words.answers.earlier}</summary>
              <ol>
                {before.map(({ step, text }, index) => (
                  <li key={step}>
                    <small>{`${words.train.step} ${format.count(step)}`}</small>
                    {before[index + 1] ? <Changed before={before[index + 1]!.text} after={text} /> : empty(text)}
                  </li>
                ))}
              </ol>
            </details>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** An answer with the words marked that the one before it had not. */
function Changed({ before, after }: { before: string; after: string }) {
  const words = useWords();
  const language = useStudio((state) => state.language);
  const pieces = useMemo(() => changedWords(before, after, language), [before, after, language]);
  if (after.trim() === '') return words.use.emptyAnswer;
  return pieces.map(({ text, changed }, index) =>
    changed ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no name, and their order is the text
      <mark key={index} className={styles.changed}>
        {text}
      </mark>
    ) : (
      text
    ),
  );
}

const answersCsv = (evaluations: readonly EvaluationRecord[]): string =>
  spreadsheetCsv(
    ['step', 'prompt', 'expected', 'base', 'answer', 'score'],
    evaluations.flatMap(({ step, samples }) =>
      samples.map(({ prompt, expected, base, tuned, score }) => [step, prompt, expected, base, tuned, score ?? null]),
    ),
  );
