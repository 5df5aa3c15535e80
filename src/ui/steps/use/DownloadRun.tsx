import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { Offer } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { isComputing } from '../../store.ts';
import { wordError } from '../../text/word-error.ts';
import { useOffers } from '../../use-offers.ts';
import { isPoorResult } from '../../verdict-of.ts';

/** Every form that the result can be taken away in; of one that it cannot, why. */
export function DownloadRun({ runId }: { runId: string }) {
  const words = useWords();
  const [rank, setRank] = useState(16);
  const { pending, saved, kept, error } = useStudio((state) => state.download);
  const { offers, problem } = useOffers(runId);
  const [first, ...others] = offers;
  const isModel = offers.some(({ target, holds }) => target === pending && holds === 'model');
  const notes = others.flatMap(({ target }) => words.exports[target].note ?? []);
  return (
    <Section title={words.use.download} note={first && words.exports[first.target].note}>
      <div className={parts.row}>
        {offers.map((offer) => (
          <Take key={offer.target} runId={runId} offer={offer} isFirst={offer === first} rank={rank} />
        ))}
        {offers.some(({ target, refusal }) => target === 'lora' && !refusal) && (
          <NativeSelect
            label={words.use.rank}
            value={rank}
            onChange={(event) => setRank(Number(event.currentTarget.value))}
            data={ranks.map(String)}
          />
        )}
      </div>
      {notes.map((note) => (
        <p key={note} className="soft">
          {note}
        </p>
      ))}
      <span role="status">
        {isModel ? words.use.checking : pending ? words.use.preparing : saved ? words.use.saved(saved) : ''}
        {kept !== null && ` ${words.use.kept(`${(100 * kept).toFixed(2)} %`)}`}
      </span>
      <ErrorNote error={error ?? problem} />
    </Section>
  );
}

/** Of LoRA that is made of another method. */
const ranks = [4, 8, 16, 32, 64, 128];

const variants = { trained: 'default', model: 'default', run: 'subtle' } as const;

interface Taken {
  readonly runId: string;
  readonly offer: Offer;
  readonly isFirst: boolean;
  readonly rank?: number;
}

/** A form of the result, and a button that takes it. */
export function Take({ runId, offer, isFirst, rank }: Taken) {
  const words = useWords();
  const { download } = useCommands();
  const language = useStudio((state) => state.language);
  const pending = useStudio((state) => state.download.pending);
  const training = useStudio((state) => isComputing(state.run));
  const poor = useStudio((state) => isPoorResult(state, runId));
  const { target, holds, refusal } = offer;
  const variant = isFirst ? 'filled' : variants[holds];
  const busy = training && holds !== 'run' ? words.use.busyTraining : null;
  return (
    <ActionButton
      missing={refusal ? wordError(language, refusal).cause : busy}
      variant={poor && variant === 'filled' ? 'default' : variant}
      loading={pending === target}
      onClick={() => void download(runId, target, target === 'lora' ? rank : undefined)}
      testId={`download-${target}`}
    >
      {words.exports[target].label}
    </ActionButton>
  );
}
