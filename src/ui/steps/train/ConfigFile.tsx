import { Button } from '@mantine/core';
import { useState } from 'react';
import type { AppError } from '../../../errors.ts';
import { useCommands, useStudioState, useWords } from '../../context.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { saveDownload } from '../../save-download.ts';
import styles from './train.module.css';

/** The run config as a file: the same one that the command line takes. */
export function ConfigFile() {
  const words = useWords();
  const { loadConfig } = useCommands();
  const now = useStudioState();
  const [error, setError] = useState<AppError | null>(null);
  const [loaded, setLoaded] = useState(false);
  const load = async (file: Blob) => {
    const problem = await loadConfig(await file.text());
    setError(problem);
    setLoaded(problem === null);
  };
  const save = () => {
    const blob = new Blob([`${JSON.stringify(now().config, null, 2)}\n`], { type: 'application/json' });
    saveDownload({ fileName: 'run.json', blob });
  };
  return (
    <div className={styles.configFile}>
      <FilePicker
        label={words.train.loadConfig}
        accept=".json,application/json"
        variant="subtle"
        onFiles={(files) => files[0] && void load(files[0].blob)}
        testId="config-file"
      />
      <Button variant="subtle" onClick={save}>
        {words.train.saveConfig}
      </Button>
      {loaded && <span role="status">{words.train.configLoaded}</span>}
      <ErrorNote error={error} />
    </div>
  );
}
