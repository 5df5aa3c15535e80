import { Button, Kbd } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './blind.module.css';

type Choice = 'first' | 'tie' | 'second';

/** What a key says of the question that has the focus. */
const keys: Readonly<Record<string, Choice>> = {
  ...{ ArrowLeft: 'first', 1: 'first' },
  ...{ ArrowRight: 'second', 2: 'second' },
  ...{ 0: 'tie', t: 'tie' },
};

/** One prompt and its two answers; nothing here says whose they are. */
export function BlindQuestion() {
  const words = useWords();
  const format = useFormat();
  const { chooseBlind, blindBack, endBlind } = useCommands();
  const round = useStudio(({ blind }) => blind.round);
  const card = useRef<HTMLDivElement>(null);
  const id = useId();
  const place = round?.place;
  // Whoever chooses by key, or listens, is at the next question at once.
  useEffect(() => {
    if (place !== undefined) card.current?.focus();
  }, [place]);
  const question = round?.questions[round.place];
  if (!round || !question) return null;
  const onKeyDown = (event: KeyboardEvent) => {
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.repeat;
    if (!isPlain || event.nativeEvent.isComposing) return;
    const choice = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!choice && event.key !== 'Backspace') return;
    event.preventDefault();
    if (choice) void chooseBlind(choice);
    else blindBack();
  };
  const choose = (choice: Choice, key: string, label: string) => (
    <Button
      variant="default"
      onClick={() => void chooseBlind(choice)}
      rightSection={<Kbd aria-hidden="true">{key}</Kbd>}
      data-testid={`blind-${choice}`}
    >
      {label}
    </Button>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a legend and no text to listen to
    <div
      ref={card}
      className={styles.card}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys choose, and it is what is listened to
      tabIndex={0}
      aria-keyshortcuts="1 2 0 ArrowLeft ArrowRight T Backspace"
      aria-labelledby={`${id}-place ${id}-prompt`}
      aria-describedby={`${id}-first ${id}-second ${id}-keys`}
      onKeyDown={onKeyDown}
      data-testid="blind-question"
    >
      <p id={`${id}-place`} className="soft">
        {words.blind.question(format.count(round.place + 1), format.count(round.questions.length))}
      </p>
      <p id={`${id}-prompt`} className={styles.prompt}>
        {question.prompt}
      </p>
      <div className={styles.answers}>
        {question.answers.map((answer, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the two places
          <div key={index} id={`${id}-${index === 0 ? 'first' : 'second'}`} className={styles.answer}>
            <span className="soft">{words.blind.answer(String(index + 1))}</span>
            <div data-testid="blind-answer">{answer.trim() === '' ? words.use.emptyAnswer : answer}</div>
          </div>
        ))}
      </div>
      <div className={styles.choices}>
        {choose('first', '1', words.blind.first)}
        {choose('tie', '0', words.blind.tie)}
        {choose('second', '2', words.blind.second)}
        {round.place > 0 && (
          <Button variant="subtle" onClick={blindBack} data-testid="blind-back">
            {words.blind.back}
          </Button>
        )}
        <Button variant="subtle" onClick={() => void endBlind()} data-testid="blind-end">
          {words.blind.end}
        </Button>
      </div>
      <p id={`${id}-keys`} className="soft">
        {words.blind.keys}
      </p>
    </div>
  );
}
