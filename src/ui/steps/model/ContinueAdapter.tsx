import { Button } from '@mantine/core';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { zipEnding } from '../../parts/dropped-files.ts';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import parts from '../../parts/parts.module.css';
import { useDrop } from '../../parts/use-drop.ts';
import { HubAdapter } from './HubAdapter.tsx';
import styles from './model.module.css';

/**
 * A run may begin at an adapter that was trained before: its folder, its .zip, the exported run that made it, or its
 * name on a Hub.
 */
export function ContinueAdapter() {
  const words = useWords();
  const { continueAdapter, startFresh } = useCommands();
  const name = useStudio((state) => state.config.tuning.init_from);
  const [error, setError] = useState<AppError | null>(null);
  const open = (files: Parameters<typeof continueAdapter>[0]) => {
    setError(null);
    continueAdapter(files).catch((thrown) => setError(toAppError(thrown)));
  };
  const drop = useDrop(open);
  return (
    <div className={styles.adapter} {...drop}>
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
        <FilePicker label={words.hub.adapterZip} accept={zipEnding} onFiles={open} testId="adapter-zip" />
      </div>
      <HubAdapter />
      <ErrorNote error={error} />
    </div>
  );
}
