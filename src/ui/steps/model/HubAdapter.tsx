import { UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { mayConnect } from '../../../worker/may-connect.ts';
import { useCommands, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { HubAccess, HubName, useHubForm } from '../../parts/HubAccess.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import parts from '../../parts/parts.module.css';

const wholeName = /^[\w.-]+\/[\w.-]+$/;

/** An adapter that is published, by its name; the form unfolds. */
export function HubAdapter() {
  const words = useWords();
  const { continueHubAdapter } = useCommands();
  const [isOpen, { toggle }] = useDisclosure(false);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const { form, change, id, revision, access } = useHubForm(() => setError(null));
  const blocked = mayConnect(form.endpoint) ? null : words.model.hubBlocked(form.endpoint);
  const missing = blocked ?? (wholeName.test(id) ? null : words.publishing.adapterIdMissing);
  const open = async () => {
    setPending(true);
    setError(null);
    await continueHubAdapter({ kind: 'hub', id, revision, ...access }).catch((thrown) => setError(toAppError(thrown)));
    setPending(false);
  };
  return (
    <>
      <UnstyledButton td="underline" fz="sm" aria-expanded={isOpen} onClick={toggle} data-testid="adapter-hub">
        {words.publishing.adapter}
      </UnstyledButton>
      {isOpen && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (missing === null) void open();
          }}
        >
          <div className={parts.row} style={{ alignItems: 'flex-end' }}>
            <HubName
              label={words.publishing.adapterId}
              description={words.publishing.adapterIdHint}
              form={form}
              change={change}
              testId="adapter-hub"
            />
            <ActionButton quiet submits missing={missing} loading={pending} variant="default" testId="adapter-hub-open">
              {words.publishing.adapterOpen}
            </ActionButton>
          </div>
          <HubAccess form={form} change={change} testId="adapter-hub" />
          <span role="status" className="hidden-visually">
            {pending ? words.publishing.adapterOpening : ''}
          </span>
          {pending && <HubWait cancels />}
          {blocked && <p className={parts.hubNote}>{blocked}</p>}
        </form>
      )}
      {isOpen && <ErrorNote error={error} />}
    </>
  );
}
