import { NativeSelect } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { TargetName } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { Section } from '../../parts/Section.tsx';
import { isComputing } from '../../store.ts';
import type { Messages } from '../../text/en.ts';
import { useOffers } from '../../use-offers.ts';
import { ranks } from './DownloadRun.tsx';
import { Published } from './Published.tsx';
import { ReviewPublication } from './ReviewPublication.tsx';

/** A result into a repository of the Hub: chosen and prepared, looked at, sent. */
export default function PublishRun({ runId }: { runId: string }) {
  const words = useWords().publishing;
  const { recallPublication } = useCommands();
  const { value, sending, address, error, user } = useStudio((state) => state.publication);
  useEffect(() => void recallPublication(), [recallPublication]);
  const isShown = value !== null && (value.runId === runId || sending);
  return (
    <Section title={words.title} note={words.note}>
      {!isShown ? (
        <ChooseForm runId={runId} />
      ) : address === null ? (
        <ReviewPublication key={`${value.runId} ${value.target} ${user?.name}`} publication={value} />
      ) : (
        <Published publication={value} address={address} />
      )}
      <ErrorNote error={error} />
    </Section>
  );
}

type Form = keyof Messages['publishing']['forms'];

function ChooseForm({ runId }: { runId: string }) {
  const all = useWords();
  const words = all.publishing;
  const { preparePublication } = useCommands();
  const { preparing } = useStudio((state) => state.publication);
  const training = useStudio((state) => isComputing(state.run));
  const { offers, problem } = useOffers(runId);
  const [chosen, setChosen] = useState<TargetName | null>(null);
  const [rank, setRank] = useState(16);
  const isForm = (target: string): target is Form => target in words.forms;
  const forms = offers.flatMap(({ target, refusal }) => (isForm(target) && refusal === null ? [target] : []));
  const target = forms.find((each) => each === chosen) ?? forms[0];
  return (
    <>
      <div className={parts.row} style={{ alignItems: 'flex-end' }}>
        <NativeSelect
          label={words.form}
          value={target ?? ''}
          onChange={(event) => setChosen(event.currentTarget.value as TargetName)}
          data={forms.map((value) => ({ value, label: words.forms[value] }))}
          data-testid="publish-form"
        />
        {target === 'lora' && (
          <NativeSelect
            label={all.use.rank}
            value={rank}
            onChange={(event) => setRank(Number(event.currentTarget.value))}
            data={ranks.map(String)}
          />
        )}
        <ActionButton
          missing={training ? all.use.busyTraining : null}
          variant="default"
          loading={preparing !== null}
          onClick={() => target && void preparePublication(runId, target, target === 'lora' ? rank : undefined)}
          testId="prepare-publication"
        >
          {words.prepare}
        </ActionButton>
      </div>
      <span role="status">{preparing === null ? '' : words.preparing}</span>
      <ErrorNote error={problem} />
    </>
  );
}
