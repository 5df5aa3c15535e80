import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { RunSummary } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import styles from './train.module.css';

/** The name of a run, which can be changed in its place. */
export function RunName({ run }: { run: RunSummary }) {
  const words = useWords();
  const { renameRun } = useCommands();
  const [name, setName] = useState<string | null>(null);
  if (name === null) {
    return (
      <div>
        {run.name || words.train.unnamed}{' '}
        <Button size="compact-xs" variant="subtle" onClick={() => setName(run.name)} data-testid="rename">
          {words.history.rename}
        </Button>
      </div>
    );
  }
  const save = (event: FormEvent) => {
    event.preventDefault();
    void renameRun(run.id, name.trim());
    setName(null);
  };
  return (
    <form className={styles.rename} onSubmit={save}>
      <TextInput
        size="xs"
        aria-label={words.history.newName}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && setName(null)}
        data-autofocus
        data-testid="new-name"
      />
      <Button size="compact-sm" type="submit">
        {words.history.renameDone}
      </Button>
    </form>
  );
}
