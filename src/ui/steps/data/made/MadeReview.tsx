import { Button, Kbd, Textarea } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { isSound } from '../../../commands/made.ts';
import { useCommands, useStudio, useWords } from '../../../context.tsx';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import parts from '../../../parts/parts.module.css';
import type { MadeDraft } from '../../../store.ts';
import { useFormat } from '../../../use-format.ts';
import styles from './made.module.css';

/** Made rows, one at a time, and what becomes of them. */
export function MadeReview() {
  const { drafts, place } = useStudio((state) => state.made);
  const draft = drafts[place];
  return (
    <div className={styles.review} data-testid="made-review">
      {draft && <MadeCard draft={draft} />}
      <Decisions drafts={drafts} />
    </div>
  );
}

function MadeCard({ draft }: { draft: MadeDraft }) {
  const words = useWords();
  const format = useFormat();
  const { decideMade, showMade, editMade } = useCommands();
  const { drafts, place } = useStudio((state) => state.made);
  const card = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const acts: Readonly<Record<string, () => void>> = {
    a: () => decideMade('accepted'),
    r: () => decideMade('rejected'),
    e: () => field.current?.focus(),
    ArrowLeft: () => showMade(place - 1),
    ArrowRight: () => showMade(place + 1),
  };
  const shown = useRef(place);
  // Whoever decides by key, or listens, is at the next row at once.
  useEffect(() => {
    if (shown.current !== place) card.current?.focus();
    shown.current = place;
  }, [place]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat || event.nativeEvent.isComposing) return;
    if (event.target === field.current) {
      if (event.key === 'Escape') card.current?.focus();
      return;
    }
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const { kind, checks, remark, decision, text, original, beside } = draft;
  const found = checks.map((check) => words.made.checks[check] ?? check);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a legend and no text to listen to
    <div
      ref={card}
      className={styles.card}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys decide, and it is what is listened to
      tabIndex={0}
      aria-keyshortcuts="A R E ArrowLeft ArrowRight"
      aria-labelledby={`${id}-place`}
      aria-describedby={`${id}-found ${id}-keys`}
      onKeyDown={onKeyDown}
      data-testid="made-card"
      data-decision={decision ?? ''}
    >
      <p id={`${id}-place`} className="soft">
        {words.made.row(format.count(place + 1), format.count(drafts.length))} · {words.made.kindName[kind]} ·{' '}
        {words.made.from(format.count(draft.source))}
        {decision && ` · ${words.made.decisions[decision]}`}
      </p>
      <dl className={styles.texts}>
        <dt>{words.made.beside[kind]}</dt>
        <dd>{beside || words.made.none}</dd>
        <dt>{words.made.original}</dt>
        <dd>{original || words.made.none}</dd>
      </dl>
      <Textarea
        ref={field}
        label={words.made.made[kind]}
        value={text}
        onChange={(event) => editMade(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={12}
        data-testid="made-text"
      />
      <div id={`${id}-found`} className={styles.found} data-sound={isSound(draft)}>
        {found.length > 0 ? found.join(' · ') : remark === '' && words.made.sound}
        {remark !== '' && (
          <p>
            <strong>{words.made.remark}:</strong> {remark}
          </p>
        )}
      </div>
      <div className={parts.row}>
        <Decide letter="A" onClick={acts.a!} label={words.made.accept} testId="made-accept" />
        <Decide letter="R" onClick={acts.r!} label={words.made.reject} testId="made-reject" />
        <Button variant="subtle" disabled={place === 0} onClick={acts.ArrowLeft!}>
          {words.made.back}
        </Button>
        <Button variant="subtle" disabled={place + 1 >= drafts.length} onClick={acts.ArrowRight!}>
          {words.made.next}
        </Button>
      </div>
      <p id={`${id}-keys`} className="soft">
        {words.made.keys}
      </p>
    </div>
  );
}

interface DecideProps {
  readonly letter: string;
  readonly label: string;
  readonly testId: string;
  readonly onClick: () => void;
}

const Decide = ({ letter, label, testId, onClick }: DecideProps) => (
  <Button
    variant="default"
    onClick={onClick}
    rightSection={<Kbd aria-hidden="true">{letter}</Kbd>}
    data-testid={testId}
  >
    {label}
  </Button>
);

/** What was decided so far, and what to do with it. */
function Decisions({ drafts }: { drafts: readonly MadeDraft[] }) {
  const words = useWords();
  const format = useFormat();
  const { acceptSound, rejectRest, takeMade, saveMade, discardMade } = useCommands();
  const making = useStudio((state) => state.made.making);
  const counted = (decision: MadeDraft['decision']) => drafts.filter((draft) => draft.decision === decision).length;
  const [accepted, rejected, open] = [counted('accepted'), counted('rejected'), counted(null)];
  const missing = accepted === 0 ? words.made.noneAccepted : open > 0 || making ? words.made.openLeft : null;
  return (
    <>
      <p role="status" data-testid="made-counts">
        {words.made.counts(format.count(accepted), format.count(rejected), format.count(open))}
      </p>
      <div className={parts.row}>
        <ActionButton
          variant="default"
          leftSection={<Icon name="add" />}
          missing={missing}
          quiet
          onClick={() => void takeMade()}
          testId="made-take"
        >
          {words.made.take(format.count(accepted))}
        </ActionButton>
        {open > 0 && (
          <>
            <Button variant="default" onClick={acceptSound} data-testid="made-accept-sound">
              {words.made.acceptSound}
            </Button>
            <Button variant="default" onClick={rejectRest} data-testid="made-reject-rest">
              {words.made.rejectRest}
            </Button>
          </>
        )}
        <Button
          variant="subtle"
          leftSection={<Icon name="download" />}
          onClick={() => void saveMade('drafts')}
          data-testid="made-save"
        >
          {words.made.save}
        </Button>
        <Button variant="subtle" leftSection={<Icon name="trash" />} onClick={discardMade}>
          {words.made.discard}
        </Button>
      </div>
    </>
  );
}
