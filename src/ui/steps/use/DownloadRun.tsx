import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { percentText } from '../../../percent.ts';
import type { Offer } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { isComputing, type Language, type Saved } from '../../store.ts';
import type { Messages } from '../../text/en.ts';
import { wordError } from '../../text/word-error.ts';
import { useOffers } from '../../use-offers.ts';
import { isPoorResult } from '../../verdict-of.ts';
import styles from './use.module.css';

/** Every form that the result can be taken away in; of one that it cannot, why. */
export function DownloadRun({ runId }: { runId: string }) {
  const words = useWords();
  const [rank, setRank] = useState(16);
  const { pending, saved, error } = useStudio((state) => state.download);
  const { offers, problem } = useOffers(runId);
  const [first] = offers;
  const isModel = offers.some(({ target, holds }) => target === pending && holds === 'model');
  return (
    <Section title={words.use.download}>
      {grouped(offers, words).map(({ note, offers: group }) => (
        <div key={group[0]!.target} className={styles.form}>
          <div className={parts.row}>
            {group.map((offer) => (
              <Take key={offer.target} runId={runId} offer={offer} isFirst={offer === first} rank={rank} />
            ))}
            {group.some(({ target, refusal }) => target === 'lora' && !refusal) && (
              <NativeSelect
                label={words.use.rank}
                value={rank}
                onChange={(event) => setRank(Number(event.currentTarget.value))}
                data={ranks.map(String)}
              />
            )}
          </div>
          {note && <p className="soft">{note}</p>}
        </div>
      ))}
      <span role="status">
        {isModel ? words.use.checking : pending ? words.use.preparing : saved ? savedText(saved, words) : ''}
      </span>
      <ErrorNote error={error ?? problem} />
    </Section>
  );
}

interface Group {
  readonly note: string | null;
  readonly offers: Offer[];
}

/** Forms that one note speaks of; last what is of the run itself, which needs none. */
function grouped(offers: readonly Offer[], words: Messages): Group[] {
  const groups: Group[] = [];
  for (const offer of offers) {
    const { note } = words.exports[offer.target];
    const last = groups.at(-1);
    const isOfRun = offer.holds === 'run';
    if (last && note === null && isOfRun === (last.offers[0]!.holds === 'run')) last.offers.push(offer);
    else groups.push({ note, offers: [offer] });
  }
  return groups;
}

/** The file, and the figures that it was checked with. */
function savedText({ fileName, kept, checked }: Saved, { use }: Messages): string {
  return [
    use.saved(fileName),
    kept != null && use.kept(percentText(kept, 2)),
    checked &&
      use.checked(
        percentText(checked.error),
        percentText(checked.limit),
        checked.held === null ? null : percentText(checked.held),
      ),
  ]
    .filter(Boolean)
    .join(' ');
}

/** Of LoRA that is made of another method. */
export const ranks = [4, 8, 16, 32, 64, 128];

const variants = { trained: 'default', model: 'default', run: 'subtle' } as const;

interface Taken {
  readonly runId: string;
  readonly offer: Offer;
  readonly isFirst: boolean;
  readonly rank?: number;
}

/** Why a form cannot be had, and which to take instead. */
function whyNot(language: Language, refusal: NonNullable<Offer['refusal']>): string {
  const { cause, action } = wordError(language, refusal);
  return `${cause} ${action}`;
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
      leftSection={<Icon name="download" />}
      missing={refusal ? whyNot(language, refusal) : busy}
      variant={poor && variant === 'filled' ? 'default' : variant}
      loading={pending === target}
      onClick={() => void download(runId, target, target === 'lora' ? rank : undefined)}
      testId={`download-${target}`}
    >
      {words.exports[target].label}
    </ActionButton>
  );
}
