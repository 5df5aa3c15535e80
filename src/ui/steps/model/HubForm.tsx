import { Collapse, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import type { FoundModel } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import parts from '../../parts/parts.module.css';
import { hostOf, mayConnect } from './endpoint.ts';
import { FoundModels } from './FoundModels.tsx';
import styles from './model.module.css';
import { Offer } from './Offer.tsx';

const hub = 'https://huggingface.co';
const wholeName = /^[\w.-]+\/[\w.-]+$/;

/** A model of the Hub, or of any server that speaks its paths: searched by words, or opened by its whole name. */
export function HubForm({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel } = useCommands();
  const [more, { toggle }] = useDisclosure(false);
  const [form, setForm] = useState({ id: '', revision: 'main', endpoint: hub, token: '' });
  /** The model to be looked at before it is opened. */
  const [chosen, setChosen] = useState<string | null>(null);
  const change = (key: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setForm((before) => ({ ...before, [key]: value }));
    setChosen(null);
  };
  const place = { endpoint: form.endpoint.trim(), ...(form.token ? { token: form.token } : {}) };
  const sourceOf = (id: string) => ({ kind: 'hub', id, revision: form.revision.trim() || 'main', ...place }) as const;
  const blocked = mayConnect(form.endpoint) ? null : words.model.hubBlocked(form.endpoint);
  const { search, found, error, searching } = useSearch(place);
  const isName = wholeName.test(form.id.trim());
  const missing = blocked ?? (isName ? null : words.model.hubIdMissing);
  const open = (id = form.id.trim()) => {
    onDone();
    void openModel(sourceOf(id));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === null) open();
        else if (blocked === null && form.id.trim() !== '') search(form.id.trim());
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
      {blocked ? (
        <p className={styles.hubNote}>{blocked}</p>
      ) : (
        <div className={parts.row}>
          <ActionButton
            quiet
            missing={form.id.trim() === '' ? words.hub.searchMissing : null}
            onClick={() => search(form.id.trim())}
            variant={isName ? 'default' : 'filled'}
            testId="hub-search"
          >
            {words.hub.search}
          </ActionButton>
          <ActionButton quiet missing={missing} onClick={() => open()} variant="filled" testId="hub-open">
            {words.model.hubOpen}
          </ActionButton>
        </div>
      )}
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
            data-testid="hub-token"
          />
        </div>
      </Collapse>
      <ErrorNote error={error} />
      {searching && <p role="status">{words.hub.searching}</p>}
      {found && (
        <FoundModels
          key={found.query}
          found={found.models}
          place={place}
          chosen={chosen}
          onChoose={(id) => setChosen(id === chosen ? null : id)}
        >
          {chosen !== null && <Offer source={sourceOf(chosen)} onOpen={() => open(chosen)} />}
        </FoundModels>
      )}
    </form>
  );
}

interface Found {
  readonly query: string;
  readonly models: readonly FoundModel[];
}

/** Looks for models by words, when asked. */
function useSearch(place: { endpoint: string; token?: string }) {
  const { searchModels } = useCommands();
  const [searching, setSearching] = useState(false);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const search = async (query: string) => {
    setSearching(true);
    setError(null);
    setFound(null);
    try {
      setFound({ query, models: await searchModels(place, query) });
    } catch (thrown) {
      setError(toAppError(thrown));
    }
    setSearching(false);
  };
  return { search: (query: string) => void search(query), found, error, searching };
}
