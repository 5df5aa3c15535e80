import { Button } from '@mantine/core';
import { useState } from 'react';
import type { RunSummary } from '../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { FilePicker } from '../parts/FilePicker.tsx';
import { Icon } from '../parts/Icon.tsx';
import parts from '../parts/parts.module.css';
import type { Missing, Restored } from '../store.ts';
import { useFormat } from '../use-format.ts';
import { interruptedRun } from './interrupted-run.ts';
import styles from './place.module.css';

/** What a visit begins with: a run that was interrupted first, then the set-up of the last visit. */
export default function Arrival() {
  const run = useStudio(interruptedRun);
  const restored = useStudio((state) => state.restored);
  const [declined, setDeclined] = useState<readonly string[]>([]);
  return (
    <>
      {run && !declined.includes(run.id) && (
        <Interrupted run={run} onDecline={() => setDeclined([...declined, run.id])} />
      )}
      {restored && <RestoredNote restored={restored} />}
    </>
  );
}

function Interrupted({ run, onDecline }: { run: RunSummary; onDecline: () => void }) {
  const words = useWords().place;
  const format = useFormat();
  const { goTo, resumeRun, viewRun } = useCommands();
  return (
    <section className={styles.offer} aria-label={words.interrupted(run.name)} data-testid="interrupted">
      <div>
        <strong>{words.interrupted(run.name)}</strong>
        <p>{run.saved ? words.savedAt(format.count(run.saved), format.count(run.totalSteps)) : words.unsaved}</p>
      </div>
      <div className={parts.row}>
        <Button
          leftSection={<Icon name="play" />}
          data-testid="resume-interrupted"
          onClick={() => {
            goTo('train');
            void resumeRun(run.id);
          }}
        >
          {words.resume}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            goTo('train');
            void viewRun(run.id);
          }}
        >
          {words.view}
        </Button>
        <Button variant="subtle" onClick={onDecline} data-testid="decline-interrupted">
          {words.later}
        </Button>
      </div>
    </section>
  );
}

function RestoredNote({ restored: { of, pending, names, missing } }: { restored: Restored }) {
  const { place: words, shared } = useWords();
  const { startOver, dismissRestored } = useCommands();
  const done = (names: string) => (of === null ? words.restored(names) : words.takenFrom(of || shared.title, names));
  const listed = names.length > 0 ? names.join(' · ') : words.settings;
  return (
    <section className={styles.restored} aria-label={done(listed)} data-testid="restored" data-pending={pending}>
      <span role="status">
        {pending && of === null
          ? words.restoring(listed)
          : (names.length === 0 || missing.length < names.length) && done(listed)}
      </span>
      {missing.map((each) => (
        <MissingPart key={each.what} missing={each} />
      ))}
      <span className={styles.restoredActs}>
        <Button size="compact-sm" variant="subtle" onClick={() => void startOver()} data-testid="start-over">
          {words.startOver}
        </Button>
        {!pending && (
          <Button
            leftSection={<Icon name="close" />}
            size="compact-sm"
            variant="subtle"
            onClick={dismissRestored}
            data-testid="close-restored"
          >
            {words.close}
          </Button>
        )}
      </span>
    </section>
  );
}

/** A part that the page cannot open by itself, and what opens it. */
function MissingPart({ missing }: { missing: Missing }) {
  const { place: words } = useWords();
  const { bringBack } = useCommands();
  const { what, name, known } = missing;
  const isFolder = what === 'model' || what === 'adapter';
  const unnamed = isFolder ? words.chooseUnnamedFolder : words.chooseUnnamedFile;
  const label = name === '' ? unnamed : isFolder ? words.chooseFolder(name) : words.chooseFile(name);
  return (
    <div className={parts.row} data-testid={`missing-${what}`}>
      <span>{name === '' ? words.missingUnnamed[what] : words.missing[what](name)}</span>
      {known ? (
        <Button size="compact-sm" variant="default" onClick={() => void bringBack(missing)}>
          {known === 'hub' ? words.download : words.openFolder}
        </Button>
      ) : (
        <FilePicker
          label={label}
          folder={isFolder}
          onFiles={(files) => void bringBack(missing, files)}
          testId={`bring-${what}`}
        />
      )}
    </div>
  );
}
