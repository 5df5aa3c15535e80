import { Button, NativeSelect, NumberInput, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { isComputing, runOfResult } from '../../store.ts';
import { writesText } from '../../tasks/problem-of-run.ts';
import { useFormat } from '../../use-format.ts';
import { BlindQuestion } from './BlindQuestion.tsx';
import { BlindResults } from './BlindResults.tsx';
import { resultsOf } from './results-of.ts';

/** Two models answer the same prompts under no name, and the better answers are chosen. */
export function BlindComparison({ runId }: { runId: string }) {
  const words = useWords();
  const { readChoices } = useCommands();
  const training = useStudio((state) => isComputing(state.run));
  const { asking, error, isOpen } = useStudio(({ blind: { runId: of, asking, round, error } }) => ({
    ...(of === runId ? { asking, error } : { asking: null, error: null }),
    isOpen: of === runId && round !== null && round.place < round.questions.length,
  }));
  useEffect(() => void readChoices(runId), [readChoices, runId]);
  // Kept here: while a question is open nothing of the form, which names the models, is on the page.
  const [draft, setDraft] = useState(firstDraft);
  const results = useRef<HTMLElement>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) results.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <Section title={words.blind.title} note={words.blind.note}>
      <div data-testid="blind">
        {training ? (
          <p className="soft">{words.use.busyTraining}</p>
        ) : asking ? (
          <Asking {...asking} />
        ) : isOpen ? (
          <BlindQuestion />
        ) : (
          <>
            <Ask runId={runId} draft={draft} onChange={(change) => setDraft({ ...draft, ...change })} />
            <Ended runId={runId} />
          </>
        )}
        <ErrorNote error={error} />
        {!asking && !isOpen && <BlindResults runId={runId} region={results} />}
      </div>
    </Section>
  );
}

function Asking({ done, total }: { done: number; total: number }) {
  const words = useWords();
  const format = useFormat();
  const { stopBlind } = useCommands();
  return (
    <div className={parts.row}>
      <Button leftSection={<Icon name="stop" />} variant="default" onClick={() => void stopBlind()}>
        {words.table.stop}
      </Button>
      <span role="status">{words.blind.progress(format.count(done), format.count(total))}</span>
    </div>
  );
}

/** The published model, under a value that no result has. */
const published = '';

/** What is to be compared. */
interface Draft {
  readonly other: string;
  readonly from: 'held-out' | 'own';
  /** Prompts, one a line. */
  readonly text: string;
  readonly count: number;
}

const firstDraft: Draft = { other: published, from: 'held-out', text: '', count: 10 };

interface AskProps {
  readonly runId: string;
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}

function Ask({ runId, draft: { from, text, count, ...draft }, onChange }: AskProps) {
  const words = useWords();
  const format = useFormat();
  const { askBlind } = useCommands();
  const runs = useStudio((state) => state.runs.value ?? []);
  const own = runOfResult(runs, runId);
  const others = runs
    .filter((run) => run.step > 0 && run.model === own?.model && writesText(run))
    .flatMap((run) => resultsOf(run, words, format))
    .filter(({ value }) => value !== runId);
  // Another run may be asked now, or the one to compare with be gone.
  const other = others.some(({ value }) => value === draft.other) ? draft.other : published;
  const typed = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const prompts = from === 'own' ? typed : null;
  return (
    <>
      <div className={parts.fields}>
        <NativeSelect
          label={words.blind.other}
          value={other}
          onChange={(event) => onChange({ other: event.currentTarget.value })}
          data={[{ value: published, label: words.use.base }, ...others]}
          data-testid="blind-other"
        />
        <NativeSelect
          label={words.blind.prompts}
          value={from}
          onChange={(event) => onChange({ from: event.currentTarget.value as Draft['from'] })}
          data={[
            { value: 'held-out', label: words.blind.heldOut },
            { value: 'own', label: words.blind.own },
          ]}
          data-testid="blind-from"
        />
        {from === 'held-out' && (
          <NumberInput
            label={words.blind.count}
            value={count}
            min={1}
            max={200}
            allowDecimal={false}
            clampBehavior="blur"
            onChange={(next) => typeof next === 'number' && next >= 1 && onChange({ count: next })}
            data-testid="blind-count"
          />
        )}
      </div>
      {from === 'own' && (
        <Textarea
          label={words.blind.own}
          description={words.blind.ownHint}
          value={text}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
          autosize
          minRows={2}
          maxRows={8}
          mt="md"
          data-testid="blind-prompts"
        />
      )}
      <div className={parts.row} style={{ marginTop: 16 }}>
        <ActionButton
          leftSection={<Icon name="play" />}
          missing={prompts?.length === 0 ? words.blind.promptsMissing : null}
          onClick={() => void askBlind({ runId, other: other === published ? null : other, prompts, count })}
          testId="blind-start"
        >
          {words.blind.start}
        </ActionButton>
      </div>
    </>
  );
}

/** What became of a round that nothing is left of. */
function Ended({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const round = useStudio(({ blind }) => (blind.runId === runId ? blind.round : null));
  if (!round) return null;
  const { prompts, alike } = round;
  const said = prompts === 0 ? words.blind.noneLeft : alike > 0 ? words.blind.alike(format.count(alike)) : null;
  return said && <p role="status">{said}</p>;
}
