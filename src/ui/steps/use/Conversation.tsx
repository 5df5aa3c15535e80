import { Button, Textarea } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { type Answer, type ChatTurn, isComputing } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import { SuggestedPrompts } from './SuggestedPrompts.tsx';
import styles from './use.module.css';

const sides = ['base', 'tuned'] as const;

/** Base beside tuned. What a model writes is shown as text and never as markup. */
export function Conversation() {
  const words = useWords();
  const turns = useStudio((state) => state.chat.turns);
  const end = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the text as it grows
  useEffect(() => {
    // Braces: newer browsers give a promise for the scroll, which an effect must not return.
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [turns]);
  return (
    <div className={styles.chat}>
      <div className={styles.heads} aria-hidden="true">
        {sides.map((side) => (
          <div key={side} className={styles.head} data-side={side}>
            {words.use[side]}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long conversation scrolls, and must do so by keyboard too */}
      <div className={styles.turns} ref={end} role="log" aria-label={words.use.title} tabIndex={0}>
        {turns.length === 0 && <div className={styles.nothing}>{words.use.nothingYet}</div>}
        {turns.map((turn, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever appended
          <Turn key={index} turn={turn} />
        ))}
      </div>
      <SuggestedPrompts />
      <Ask />
    </div>
  );
}

function Turn({ turn }: { turn: ChatTurn }) {
  const words = useWords();
  return (
    <div data-testid="turn">
      <div className={styles.prompt}>
        <span>{words.use.you}</span>
        {turn.prompt}
      </div>
      <div className={styles.answers}>
        {sides.map((side) => (
          <div key={side} className={styles.answer} data-side={side} data-done={turn.answers[side].done}>
            <span className={styles.label}>{words.use[side]}</span>
            <AnswerText answer={turn.answers[side]} />
          </div>
        ))}
      </div>
    </div>
  );
}

function AnswerText({ answer }: { answer: Answer }) {
  const words = useWords();
  const format = useFormat();
  if (answer.error) return <ErrorNote error={answer.error} />;
  const empty = answer.text.trim() === '';
  return (
    <>
      <span data-testid="answer">{empty && answer.done ? words.use.emptyAnswer : answer.text}</span>
      <small>
        {answer.tokens !== null
          ? words.use.speed(format.count(answer.tokens), format.duration(answer.seconds))
          : answer.done
            ? ''
            : words.use.thinking}
      </small>
    </>
  );
}

function Ask() {
  const words = useWords();
  const { ask, stopChat, clearChat } = useCommands();
  const [prompt, setPrompt] = useState('');
  const { busy, any } = useStudio(({ chat }) => ({ busy: chat.busy, any: chat.turns.length > 0 }));
  const training = useStudio((state) => isComputing(state.run));
  const missing = training ? words.use.busyTraining : prompt.trim() === '' ? words.use.promptMissing : null;
  const send = () => {
    if (missing !== null || busy) return;
    void ask(prompt.trim());
    setPrompt('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The Enter that ends a Japanese conversion must not send.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className={styles.ask}>
      <Textarea
        label={words.use.prompt}
        description={words.use.promptHint}
        value={prompt}
        onChange={(event) => setPrompt(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        autosize
        minRows={2}
        maxRows={8}
        data-testid="prompt"
      />
      <div className={styles.buttons}>
        {busy ? (
          <Button leftSection={<Icon name="stop" />} variant="default" onClick={() => void stopChat()}>
            {words.use.stop}
          </Button>
        ) : (
          <ActionButton
            leftSection={<Icon name="send" />}
            quiet={!training}
            missing={missing}
            onClick={send}
            testId="send"
          >
            {words.use.send}
          </ActionButton>
        )}
        {any && !busy && (
          <Button variant="subtle" onClick={clearChat} data-testid="new-conversation">
            {words.use.clear}
          </Button>
        )}
      </div>
    </div>
  );
}
