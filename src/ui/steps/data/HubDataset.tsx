import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { mayConnect } from '../../../worker/may-connect.ts';
import type { DataSource } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { HubAccess, HubName, useHubForm } from '../../parts/HubAccess.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import parts from '../../parts/parts.module.css';
import { useFormat } from '../../use-format.ts';

type Part = Extract<DataSource, { kind: 'hub' }>['part'];

interface Props {
  /** Which split is offered first. */
  readonly usualSplit: 'train' | 'validation';
  readonly open: (source: DataSource) => Promise<boolean>;
  /** Of the fields, so that two such forms can be told apart. */
  readonly testId: string;
}

/** A data set of the Hub: its name, then which of its configurations and splits. */
export function HubDataset({ usualSplit, open: openSource, testId }: Props) {
  const words = useWords();
  const format = useFormat();
  const { listDataset } = useCommands();
  const [found, setFound] = useState<{ parts: readonly Part[]; chosen: number } | null>(null);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const { form, change, id, revision, access } = useHubForm(() => setFound(null));
  const missing = whatIsMissing(form, words);
  const look = async () => {
    setPending(true);
    setError(null);
    try {
      const parts = await listDataset(id, { revision, ...access });
      setFound({
        parts,
        chosen: Math.max(
          0,
          parts.findIndex(({ split }) => split === usualSplit),
        ),
      });
    } catch (thrown) {
      setError(toAppError(thrown));
    }
    setPending(false);
  };
  const open = async () => {
    const part = found?.parts[found.chosen];
    if (part) await openSource({ kind: 'hub', id, part, ...access });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === null) void (found ? open() : look());
      }}
    >
      <div className={parts.fields}>
        <HubName
          label={words.data.hubId}
          description={words.data.hubIdHint}
          form={form}
          change={change}
          testId={testId}
        />
        {found && (
          <NativeSelect
            label={words.data.hubPart}
            description={words.data.hubPartHint}
            value={found.chosen}
            onChange={(event) => setFound({ ...found, chosen: Number(event.currentTarget.value) })}
            data={found.parts.map(({ config, split, bytes }, index) => ({
              value: String(index),
              label: `${config} / ${split} (${format.bytes(bytes)})`,
            }))}
            data-testid={`${testId}-part`}
          />
        )}
      </div>
      <ErrorNote error={error} />
      <div className={parts.row} style={{ marginTop: 12 }}>
        <ActionButton submits quiet={mayConnect(form.endpoint)} missing={missing} testId={`${testId}-open`}>
          {found ? words.data.hubOpen : words.data.hubLook}
        </ActionButton>
        {pending && <span role="status">{words.data.hubLooking}</span>}
      </div>
      {pending && <HubWait cancels />}
      <HubAccess form={form} change={change} testId={testId} />
    </form>
  );
}

function whatIsMissing({ id, endpoint }: { id: string; endpoint: string }, words: ReturnType<typeof useWords>) {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id.trim())) return words.data.hubIdMissing;
  return mayConnect(endpoint) ? null : words.model.hubBlocked(endpoint);
}
