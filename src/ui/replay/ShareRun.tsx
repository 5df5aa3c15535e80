import { Button, Checkbox, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { AppError, toAppError } from '../../errors.ts';
import type { Shareable } from '../../worker/protocol.ts';
import { useCommands, useWords } from '../context.tsx';
import { FoldButton } from '../parts/buttons.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { Icon } from '../parts/Icon.tsx';
import parts from '../parts/parts.module.css';
import { Section } from '../parts/Section.tsx';
import { saveDownload } from '../save-download.ts';
import { useFormat } from '../use-format.ts';
import styles from './replay.module.css';

/** A run that has ended, to be handed on: behind a button, as a link and as a file. */
export function ShareRun({ runId }: { runId: string }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  return (
    <div className={styles.share} data-open={open}>
      <FoldButton open={open} onClick={() => setOpen(!open)} testId="share">
        {open ? words.share.close : words.share.open}
      </FoldButton>
      {open && <Forms key={runId} runId={runId} />}
    </div>
  );
}

function Forms({ runId }: { runId: string }) {
  const words = useWords();
  const { shareRun } = useCommands();
  const [names, setNames] = useState(false);
  const [answers, setAnswers] = useState(false);
  const [shared, setShared] = useState<Shareable | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  useEffect(() => {
    let stale = false;
    setShared(null);
    setError(null);
    shareRun(runId, names, answers).then(
      (made) => !stale && setShared(made),
      (thrown) => !stale && setError(toAppError(thrown)),
    );
    return () => {
      stale = true;
    };
  }, [runId, names, answers, shareRun]);
  return (
    <Section title={words.share.title} note={words.share.note}>
      <Checkbox
        label={words.share.names}
        description={words.share.namesHint}
        checked={names}
        onChange={(event) => setNames(event.currentTarget.checked)}
        data-testid="share-names"
      />
      <ErrorNote error={error} />
      <p role="status">{shared === null && error === null ? words.share.pending : ''}</p>
      <div className={styles.parts}>
        {shared && <Link shared={shared} />}
        <div>
          <h3>{words.share.fileTitle}</h3>
          <Checkbox
            label={words.share.answers}
            description={shared?.evaluations === 0 ? words.share.noAnswers : words.share.answersHint}
            checked={answers}
            onChange={(event) => setAnswers(event.currentTarget.checked)}
            data-testid="share-answers"
          />
          {shared && <SaveFile text={shared.file} />}
        </div>
      </div>
    </Section>
  );
}

const addressOfLink = (link: string) => `${location.origin}${location.pathname}#/shared/${link}`;

function Link({ shared: { link, problem, held, curve } }: { shared: Shareable }) {
  const words = useWords();
  const format = useFormat();
  const [told, setTold] = useState('');
  if (link === null) return <ErrorNote error={problem && new AppError(problem.code, problem.params)} />;
  const address = addressOfLink(link);
  const copy = () =>
    navigator.clipboard.writeText(address).then(
      () => setTold(words.share.copied),
      () => setTold(words.share.notCopied),
    );
  return (
    <div>
      <h3>{words.share.linkTitle}</h3>
      <TextInput
        readOnly
        className="mono"
        aria-label={words.share.link}
        description={words.share.linkHint(format.count(link.length))}
        value={address}
        onFocus={(event) => event.currentTarget.select()}
        data-testid="share-link"
      />
      {curve.kept < curve.of && (
        <p data-testid="share-thinned">{words.share.thinned(format.count(curve.kept), format.count(curve.of))}</p>
      )}
      <div className={parts.row} style={{ marginTop: 8 }}>
        <Button leftSection={<Icon name="copy" />} onClick={() => void copy()} data-testid="copy-link">
          {words.share.copy}
        </Button>
        <span role="status">{told}</span>
      </div>
      <details>
        <summary>{words.share.held}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, and must do so by keyboard too */}
        <pre className={`mono ${styles.held}`} tabIndex={0} data-testid="share-held">
          {held}
        </pre>
      </details>
    </div>
  );
}

function SaveFile({ text }: { text: string }) {
  const words = useWords();
  const [told, setTold] = useState('');
  const fileName = words.share.fileName;
  const save = () => {
    saveDownload({ fileName, blob: new Blob([text], { type: 'application/json' }) });
    setTold(words.share.saved(fileName));
  };
  return (
    <div className={parts.row} style={{ marginTop: 8 }}>
      <Button variant="default" leftSection={<Icon name="download" />} onClick={save} data-testid="share-file">
        {words.share.save}
      </Button>
      <span role="status">{told}</span>
    </div>
  );
}
