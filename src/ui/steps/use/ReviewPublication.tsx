import { Button, Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { percentText } from '../../../percent.ts';
import { mayConnect } from '../../../worker/may-connect.ts';
import type { Publication } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { hostOf, publicHub } from '../../parts/hub-endpoint.ts';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { publishing } from '../../publishing.ts';
import { useFormat } from '../../use-format.ts';
import styles from './publish.module.css';
import { isRepositoryName, renamed, unnamed } from './repository-name.ts';

const cardName = 'README.md';

/** What would be sent and where to; it goes once that is confirmed, and goes on after a break. */
export function ReviewPublication({ publication }: { publication: Publication }) {
  const all = useWords();
  const words = all.publishing;
  const format = useFormat();
  const { publish, stopPublishing, discardPublication, signIn } = useCommands();
  const { sending, user, error } = useStudio((state) => state.publication);
  const { target, title, kept, to } = publication;
  const [endpoint, setEndpoint] = useState(to?.endpoint ?? user?.endpoint ?? publicHub);
  const [isNew, setNew] = useState(to?.isNew ?? true);
  const [isPrivate, setPrivate] = useState(to?.isPrivate ?? true);
  const [repository, setRepository] = useState(to?.repository ?? (user ? `${user.name}/${asName(title)}` : ''));
  const [named, setNamed] = useState(to?.repository ?? unnamed);
  const [card, setCard] = useState(publication.card);
  const [token, setToken] = useState('');

  const what = `${title}, ${words.forms[target as keyof typeof words.forms]}`;
  const files = [...publication.files, ...(card === '' ? [] : [{ path: cardName, bytes: new Blob([card]).size }])];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const id = repository.trim();
  /** The card with the name that is in the field now. */
  const cardOf = () => (isRepositoryName(id) ? renamed(card, named, id) : card);
  const nameCard = () => {
    if (!isRepositoryName(id)) return;
    setCard(cardOf());
    setNamed(id);
  };
  const clientId = publishing?.clientId ?? null;
  const blocked = mayConnect(endpoint) ? null : all.model.hubBlocked(endpoint);
  const noToken = clientId === null ? words.tokenMissing : words.tokenOrSignInMissing;
  const isSignedIn = user?.endpoint === endpoint.trim();
  const hasToken = token.trim() !== '' || isSignedIn;
  const missing = blocked ?? (isRepositoryName(id) ? null : words.repositoryMissing) ?? (hasToken ? null : noToken);
  // One who signed in long ago may have to again.
  const maySignIn = clientId !== null && (!isSignedIn || error?.code === 'publish-unauthorized');

  if (sending)
    return (
      <>
        <p role="status">{words.sending(`${hostOf(endpoint)}/${id}`)}</p>
        <Files files={files} />
        <Button
          leftSection={<Icon name="stop" />}
          variant="default"
          mt={12}
          onClick={() => void stopPublishing()}
          data-testid="stop-publishing"
        >
          {words.stop}
        </Button>
      </>
    );
  return (
    <form
      className={styles.form}
      data-testid="review-publication"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing !== null) return;
        nameCard();
        void publish({ endpoint: endpoint.trim(), repository: id, isNew, isPrivate }, cardOf(), token.trim());
      }}
    >
      <p role="status">{to === null ? words.ready(what) : words.interrupted(what, to.repository)}</p>
      {kept !== null && <p className="soft">{all.use.kept(percentText(kept, 2))}</p>}
      <div className={parts.fields}>
        <NativeSelect
          label={words.whereTo}
          value={isNew ? 'new' : 'there'}
          onChange={(event) => setNew(event.currentTarget.value === 'new')}
          data={[
            { value: 'new', label: words.isNew },
            { value: 'there', label: words.isThere },
          ]}
          data-testid="publish-new"
        />
        <TextInput
          label={words.repository}
          description={words.repositoryHint}
          value={repository}
          onChange={(event) => setRepository(event.currentTarget.value)}
          onBlur={nameCard}
          classNames={{ input: 'mono' }}
          autoComplete="off"
          spellCheck={false}
          data-testid="publish-repository"
        />
        <TextInput
          label={words.hub}
          value={endpoint}
          onChange={(event) => setEndpoint(event.currentTarget.value)}
          data-testid="publish-endpoint"
        />
      </div>
      {isNew && (
        <Checkbox
          label={words.isPrivate}
          description={words.privateHint}
          checked={isPrivate}
          onChange={(event) => setPrivate(event.currentTarget.checked)}
          data-testid="publish-private"
        />
      )}
      <div className={parts.fields}>
        {isSignedIn && <p>{words.signedIn(user.name)}</p>}
        {maySignIn && (
          <Button variant="default" onClick={() => void signIn(endpoint.trim(), clientId)} data-testid="sign-in">
            {words.signIn}
          </Button>
        )}
        <PasswordInput
          label={words.token}
          description={words.tokenHint}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          autoComplete="off"
          data-testid="publish-token"
        />
      </div>
      <Textarea
        label={words.card}
        description={words.cardHint}
        value={card}
        onChange={(event) => setCard(event.currentTarget.value)}
        rows={12}
        classNames={{ input: 'mono' }}
        spellCheck={false}
        data-testid="publish-card"
      />
      <Files files={files} />
      <div className={parts.row}>
        <ActionButton submits quiet missing={missing} testId="publish">
          {to === null ? words.publish(format.bytes(bytes)) : words.resume}
        </ActionButton>
        <Button variant="subtle" onClick={() => void discardPublication()}>
          {words.cancel}
        </Button>
      </div>
    </form>
  );
}

/** A title as a repository may be called. */
const asName = (title: string): string => title.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '') || 'adapter';

/** The files with their sizes, and how far those that are on their way have come. */
function Files({ files }: { files: readonly { readonly path: string; readonly bytes: number }[] }) {
  const words = useWords().publishing;
  const format = useFormat();
  const { files: moved, sending } = useStudio((state) => state.publication);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <table className={styles.files} data-testid="publish-files">
      <caption>
        {words.files}: {words.total(String(files.length), format.bytes(bytes))}
      </caption>
      <tbody>
        {files.map(({ path, bytes }) => {
          const file = moved[path];
          const isSent = file?.phase === 'sending' && file.doneBytes >= bytes;
          return (
            <tr key={path}>
              <td className="mono">{path}</td>
              <td className="figures">
                {sending && file && !isSent && <progress aria-label={path} value={file.doneBytes} max={bytes} />}
                {sending && isSent && `${words.sent} · `}
                {sending && file?.phase === 'hashing' && `${words.hashing} · `}
                {format.bytes(bytes)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
