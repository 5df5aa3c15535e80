import { Suspense, useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { mayConnect } from '../../../worker/may-connect.ts';
import type { FoundModel } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { HubAccess, HubName, useHubForm } from '../../parts/HubAccess.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { lazyPart } from '../../parts/lazy-part.tsx';
import parts from '../../parts/parts.module.css';
import styles from './model.module.css';
import { anyModel, type Wanted } from './wanted.ts';

// Not before something is typed, and so not on the first screen.
const SearchResults = lazyPart(async () => (await import('./SearchResults.tsx')).SearchResults);
const Offer = lazyPart(async () => (await import('./Offer.tsx')).Offer);

const wholeName = /^[\w.-]+\/[\w.-]+(\/.+\.gguf)?$/i;

/** A model of the Hub, or of any server that speaks its paths: searched by words, or opened by its whole name. */
export function HubForm({ onDone }: { onDone: () => void }) {
  const words = useWords();
  const { openModel, estimateHubModel } = useCommands();
  /** The model to be looked at before it is opened. */
  const [chosen, setChosen] = useState<string | null>(null);
  const { form, change, id, revision, access } = useHubForm(() => setChosen(null));
  const sourceOf = (id: string) => ({ kind: 'hub', id, revision, ...access }) as const;
  const blocked = mayConnect(form.endpoint) ? null : words.model.hubBlocked(form.endpoint);
  const [wanted, setWanted] = useState(anyModel);
  const { search, found, error, searching } = useSearch(access, wanted);
  const isName = wholeName.test(id);
  const missing = blocked ?? (isName ? null : words.model.hubIdMissing);
  const open = (name = id) => {
    onDone();
    void openModel(sourceOf(name));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === null) open();
        else if (blocked === null && id !== '') search(id);
      }}
    >
      <div className={styles.hubForm}>
        <HubName
          label={words.model.hubId}
          description={words.model.hubIdHint}
          form={form}
          change={change}
          testId="hub"
        />
      </div>
      {blocked ? (
        <p className={parts.hubNote}>{blocked}</p>
      ) : (
        <div className={parts.row}>
          <ActionButton
            leftSection={<Icon name="search" />}
            quiet
            missing={id === '' ? words.hub.searchMissing : null}
            {...(isName ? { onClick: () => search(id) } : { submits: true })}
            variant={isName ? 'default' : 'filled'}
            testId="hub-search"
          >
            {words.hub.search}
          </ActionButton>
          <ActionButton
            quiet
            missing={missing}
            {...(isName ? { submits: true } : { onClick: () => open() })}
            variant="filled"
            testId="hub-open"
          >
            {words.model.hubOpen}
          </ActionButton>
        </div>
      )}
      <HubAccess form={form} change={change} testId="hub" />
      <ErrorNote error={error} />
      {searching && <p role="status">{words.hub.searching}</p>}
      {searching && <HubWait cancels />}
      <Suspense fallback={null}>
        {(found || (id !== '' && !isName)) && (
          <SearchResults
            wanted={wanted}
            onWant={setWanted}
            found={found}
            estimate={(name) => estimateHubModel(access, name)}
            chosen={chosen}
            onChoose={(name) => setChosen(name === chosen ? null : name)}
          >
            {chosen !== null && <Offer source={sourceOf(chosen)} onOpen={open} />}
          </SearchResults>
        )}
      </Suspense>
    </form>
  );
}

interface Found {
  readonly query: string;
  readonly models: readonly FoundModel[];
}

/** Looks for models by words and by what cards are tagged with, when asked. */
function useSearch(place: { endpoint: string; token?: string }, { language, licence, trainedFor }: Wanted) {
  const { searchModels } = useCommands();
  const [searching, setSearching] = useState(false);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const search = async (query: string) => {
    setSearching(true);
    setError(null);
    setFound(null);
    try {
      setFound({ query, models: await searchModels(place, query, { language, licence, chat: trainedFor === 'chat' }) });
    } catch (thrown) {
      setError(toAppError(thrown));
    }
    setSearching(false);
  };
  return { search: (query: string) => void search(query), found, error, searching };
}
