import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { EvaluationRecord, SampleAnswer } from '../../../worker/protocol.ts';
import { useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './train.module.css';

/** What the model said at an evaluation, the newest unless another is chosen: base beside now. */
export function SampleAnswers({ evaluations }: { evaluations: readonly EvaluationRecord[] }) {
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
        {shown?.score && (
          <span className="soft">
            {words.answers.mean(shown.score.metric, format.value(shown.score.value), shown.score.note)}
          </span>
        )}
      </div>
      {shown ? (
        shown.samples.map((sample, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: prompts may be alike, and their order stays
          <Sample key={index} sample={sample} />
        ))
      ) : (
        <p className="soft">{words.answers.none}</p>
      )}
    </section>
  );
}

function Sample({ sample }: { sample: SampleAnswer }) {
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
          {words.answers.now}
          {score !== null && ` · ${words.answers.score} ${format.value(score)}`}
        </dt>
        <dd>{empty(tuned)}</dd>
      </div>
    </dl>
  );
}
