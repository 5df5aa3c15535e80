import { Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Classification } from '../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { ActionButton } from '../parts/ActionButton.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import styles from '../steps/use/use.module.css';
import { isComputing } from '../store.ts';
import { useFormat } from '../use-format.ts';
import { AlikeTexts } from './AlikeTexts.tsx';
import { MarkedText } from './MarkedText.tsx';
import { readsPairs } from './problem-of-run.ts';

const sides = ['base', 'tuned'] as const;

/** A text, and what the models before and after training say of it, side by side. */
export function Classify({ runId, asks }: { runId: string; asks: 'class' | 'number' | 'masked' | 'alike' }) {
  const words = useWords();
  const { classify } = useCommands();
  const [text, setText] = useState('');
  const [textPair, setTextPair] = useState('');
  const isPair = useStudio((state) => readsPairs(state, runId));
  const { value, pending, error } = useStudio((state) => state.classified);
  const training = useStudio((state) => isComputing(state.run));
  const missing = training ? words.use.busyTraining : null;
  const ask = () => text.trim() !== '' && void classify(runId, text, isPair ? textPair : undefined);
  return (
    <div className={styles.chat}>
      <div className={styles.ask}>
        <Textarea
          label={isPair ? words.labels.askFirst : words.labels.ask}
          description={asks === 'masked' || asks === 'alike' ? words.labels.askFor[asks] : undefined}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={2}
          maxRows={8}
          data-testid="classify-text"
        />
        {isPair && (
          <Textarea
            label={words.labels.askSecond}
            value={textPair}
            onChange={(event) => setTextPair(event.currentTarget.value)}
            autosize
            minRows={2}
            maxRows={8}
            data-testid="classify-pair"
          />
        )}
        <ActionButton missing={missing} loading={pending} onClick={ask} testId="classify">
          {words.labels.send[asks]}
        </ActionButton>
      </div>
      <ErrorNote error={error} />
      <div className={styles.heads} aria-hidden="true">
        {sides.map((side) => (
          <div key={side} className={styles.head} data-side={side}>
            {words.use[side]}
          </div>
        ))}
      </div>
      {value ? (
        <>
          <div className={styles.prompt}>
            {value.text}
            {value.textPair !== undefined && <div>{value.textPair}</div>}
          </div>
          <div className={styles.answers} data-testid="classified">
            {sides.map((side) => (
              <div key={side} className={styles.answer} data-side={side}>
                <span className={styles.label}>{words.use[side]}</span>
                <Says classification={value[side]} />
              </div>
            ))}
          </div>
        </>
      ) : (
        <div className={styles.nothing}>{words.labels.nothingYet}</div>
      )}
      {(asks === 'class' || asks === 'number') && <p className={`soft ${styles.under}`}>{words.labels.untrained}</p>}
    </div>
  );
}

/** The classes with a bar each, the likeliest first; or the number, the text with what was found in it, or how alike texts are. */
function Says({ classification: { classes, value, pieces, alike } }: { classification: Classification }) {
  const words = useWords();
  const format = useFormat();
  if (alike) return <AlikeTexts {...alike} />;
  if (pieces) return <MarkedText pieces={pieces} />;
  if (value !== null) return <strong className="figures">{format.value(value)}</strong>;
  const sorted = [...classes].sort((a, b) => b.chance - a.chance);
  return (
    <ul className={styles.chances}>
      {sorted.map(({ name, chance }) => (
        <li key={name}>
          <span>{words.labels.probability(name, format.percent(chance))}</span>
          <span className={styles.chance} style={{ width: `${100 * chance}%` }} aria-hidden="true" />
        </li>
      ))}
    </ul>
  );
}
