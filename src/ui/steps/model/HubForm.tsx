import { Collapse, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useCommands, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { hostOf, mayConnect } from './endpoint.ts';
import styles from './model.module.css';

const hub = 'https://huggingface.co';

/** A model of the Hub, or of any server that speaks its paths. */
export function HubForm({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel } = useCommands();
  const [more, { toggle }] = useDisclosure(false);
  const [form, setForm] = useState({ id: '', revision: 'main', endpoint: hub, token: '' });
  const change = (key: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setForm((before) => ({ ...before, [key]: value }));
  };
  const missing = whatIsMissing(form, words.model);
  const open = () => {
    onDone();
    const { id, revision, endpoint, token } = form;
    const source = {
      kind: 'hub',
      id: id.trim(),
      revision: revision.trim() || 'main',
      endpoint: endpoint.trim(),
    } as const;
    void openModel(token ? { ...source, token } : source);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === null) open();
      }}
    >
      <div className={styles.hubForm}>
        <TextInput
          label={words.model.hubId}
          description={words.model.hubIdHint}
          value={form.id}
          onChange={change('id')}
          classNames={{ input: 'mono' }}
          autoComplete="off"
          spellCheck={false}
          data-testid="hub-id"
        />
      </div>
      <ActionButton missing={missing} onClick={open} variant="filled" testId="hub-open">
        {words.model.hubOpen}
      </ActionButton>
      <p className={styles.hubNote}>
        {words.model.hubTalks(hostOf(form.endpoint))}{' '}
        <UnstyledButton fz="inherit" td="underline" aria-expanded={more} onClick={toggle} data-testid="hub-more">
          {words.model.hubMore}
        </UnstyledButton>
      </p>
      <Collapse expanded={more}>
        <div className={styles.hubMore}>
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
            data-testid="hub-endpoint"
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

function whatIsMissing(
  { id, endpoint }: { id: string; endpoint: string },
  words: ReturnType<typeof useWords>['model'],
): string | null {
  if (!/^[\w.-]+\/[\w.-]+$/.test(id.trim())) return words.hubIdMissing;
  return mayConnect(endpoint) ? null : words.hubBlocked(endpoint);
}
