import { Collapse, NativeSelect, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import type { DataSource } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { useFormat } from '../../use-format.ts';
import { hostOf, mayConnect } from '../model/endpoint.ts';

type Part = Extract<DataSource, { kind: 'hub' }>['part'];

const hub = 'https://huggingface.co';

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
  const [more, { toggle }] = useDisclosure(false);
  const [form, setForm] = useState({ id: '', revision: 'main', endpoint: hub, token: '' });
  const [found, setFound] = useState<{ parts: readonly Part[]; chosen: number } | null>(null);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const change = (key: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setForm((before) => ({ ...before, [key]: value }));
    setFound(null);
  };
  const missing = whatIsMissing(form, words);
  const id = form.id.trim();
  const access = { endpoint: form.endpoint.trim(), ...(form.token ? { token: form.token } : {}) };
  const look = async () => {
    setPending(true);
    setError(null);
    try {
      const parts = await listDataset(id, { revision: form.revision.trim() || 'main', ...access });
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
        <TextInput
          label={words.data.hubId}
          description={words.data.hubIdHint}
          value={form.id}
          onChange={change('id')}
          classNames={{ input: 'mono' }}
          autoComplete="off"
          spellCheck={false}
          data-testid={`${testId}-id`}
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
        <ActionButton missing={missing} onClick={() => void (found ? open() : look())} testId={`${testId}-open`}>
          {found ? words.data.hubOpen : words.data.hubLook}
        </ActionButton>
        {pending && <span role="status">{words.data.hubLooking}</span>}
      </div>
      <p className="soft">
        {words.model.hubTalks(hostOf(form.endpoint))}{' '}
        <UnstyledButton
          fz="inherit"
          td="underline"
          aria-expanded={more}
          onClick={toggle}
          data-testid={`${testId}-more`}
        >
          {words.model.hubMore}
        </UnstyledButton>
      </p>
      <Collapse expanded={more}>
        <div className={parts.fields}>
          <TextInput
            label={words.model.hubRevision}
            description={words.model.hubRevisionHint}
            value={form.revision}
            onChange={change('revision')}
          />
          <TextInput
            label={words.model.hubEndpoint}
            description={words.model.hubEndpointHint}
            value={form.endpoint}
            onChange={change('endpoint')}
            data-testid={`${testId}-endpoint`}
          />
          <PasswordInput
            label={words.model.hubToken}
            description={words.model.hubTokenHint}
            value={form.token}
            onChange={change('token')}
            autoComplete="off"
          />
        </div>
      </Collapse>
    </form>
  );
}

function whatIsMissing({ id, endpoint }: { id: string; endpoint: string }, words: ReturnType<typeof useWords>) {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id.trim())) return words.data.hubIdMissing;
  return mayConnect(endpoint) ? null : words.model.hubBlocked(endpoint);
}
