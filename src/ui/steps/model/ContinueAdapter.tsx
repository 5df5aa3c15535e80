import { Button } from '@mantine/core';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import parts from '../../parts/parts.module.css';
import styles from './model.module.css';

/** A run may begin at an adapter that was trained before, here or with PEFT. */
export function ContinueAdapter() {
  const words = useWords();
  const { continueAdapter, startFresh } = useCommands();
  const name = useStudio((state) => state.config.tuning.init_from);
  const [error, setError] = useState<AppError | null>(null);
  const open = (files: Parameters<typeof continueAdapter>[0]) => {
    setError(null);
    continueAdapter(files).catch((thrown) => setError(toAppError(thrown)));
  };
  return (
    <div className={styles.adapter}>
      <div className={parts.row}>
        {name === '' ? (
          <span className="soft">{words.hub.adapter}</span>
        ) : (
          <>
            <span role="status" data-testid="continued-adapter">
              {words.hub.adapterOpen(name)}
            </span>
            <Button size="compact-sm" variant="subtle" onClick={startFresh}>
              {words.hub.adapterFresh}
            </Button>
          </>
        )}
        <FilePicker label={words.hub.adapterFolder} folder onFiles={open} testId="adapter-folder" />
      </div>
      <ErrorNote error={error} />
    </div>
  );
}
