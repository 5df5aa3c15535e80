import { Button, Menu } from '@mantine/core';
import { useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { valueInWords } from '../../../training/config/run-config.ts';
import type { ConfigFormat, ConfigNote, ReadConfig } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import type { NamedFile } from '../../parts/dropped-files.ts';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { saveDownload } from '../../save-download.ts';
import { useFormat } from '../../use-format.ts';
import { NamedModel } from './NamedModel.tsx';
import styles from './train.module.css';

const formats: readonly ConfigFormat[] = ['run-config', 'h2o', 'hugging-face'];

/** The settings as a file: a run config, or another program's. */
export function ConfigFile() {
  const words = useWords();
  const { loadConfig, writeConfig } = useCommands();
  const [error, setError] = useState<AppError | null>(null);
  const [read, setRead] = useState<ReadConfig | null>(null);
  const [lost, setLost] = useState<readonly string[]>([]);
  const carryOut = (work: () => Promise<void>) => {
    setError(null);
    setRead(null);
    setLost([]);
    work().catch((thrown) => setError(toAppError(thrown)));
  };
  const load = ({ path, blob }: NamedFile) => carryOut(async () => setRead(await loadConfig(blob, path)));
  const save = (format: ConfigFormat) =>
    carryOut(async () => {
      const { fileName, text, lost } = await writeConfig(format);
      saveDownload({ fileName, blob: new Blob([text], { type: 'text/plain' }) });
      setLost(lost);
    });
  return (
    <div className={styles.configFile}>
      <FilePicker
        label={words.configFile.load}
        accept=".json,.yaml,.yml,application/json"
        variant="default"
        onFiles={(files) => files[0] && load(files[0])}
        testId="config-file"
      />
      <Menu position="bottom-start" withinPortal={false}>
        <Menu.Target>
          <Button variant="default" data-testid="config-save">
            {words.configFile.save}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {formats.map((format) => (
            <Menu.Item key={format} onClick={() => save(format)}>
              {words.configFile.formats[format]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {read && <Taken read={read} />}
      {read && <NamedModel config={read.config} />}
      {lost.length > 0 && (
        <p className={styles.configNote} role="status">
          {words.configFile.lost} <span className="mono">{lost.join(', ')}</span>
        </p>
      )}
      <ErrorNote error={error} />
    </div>
  );
}

/** What of a file was taken over, and what was left out and why. */
function Taken({ read: { format, notes } }: { read: ReadConfig }) {
  const words = useWords();
  const formatted = useFormat();
  const taken = notes.filter(({ to, implied }) => to !== undefined && !implied);
  const left = notes.filter(({ reason }) => reason !== undefined && reason !== 'no-effect');
  const idle = notes.filter(({ reason }) => reason === 'no-effect');
  return (
    <div className={styles.configNote}>
      <p role="status" data-testid="config-read">
        {format === 'run-config'
          ? words.configFile.read
          : words.configFile.converted(
              words.configFile.formats[format],
              formatted.count(taken.length),
              formatted.count(left.length),
            )}
      </p>
      {notes.length > 0 && (
        <details>
          <summary>{words.configFile.details}</summary>
          <table className={styles.configNotes}>
            <thead>
              <tr>
                <th scope="col">{words.configFile.key}</th>
                <th scope="col">{words.configFile.became}</th>
              </tr>
            </thead>
            <tbody>
              {[...left, ...notes.filter(({ to }) => to !== undefined), ...idle].map((note) => (
                <tr key={`${note.key} ${note.to} ${JSON.stringify(note.reason)}`} data-left={note.reason !== undefined}>
                  <td className="mono">{note.key}</td>
                  <td>
                    <Outcome note={note} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </div>
  );
}

function Outcome({ note: { to, value, implied, reason } }: { note: ConfigNote }) {
  const { configFile: words } = useWords();
  if (to !== undefined) {
    return (
      <>
        <span className="mono">
          {to} = {valueInWords(value)}
        </span>
        {implied && ` ${words.implied}`}
      </>
    );
  }
  if (typeof reason !== 'object') return words.reasons[reason ?? 'unknown'];
  if ('effect' in reason) return words.leftOut(words.effects[reason.effect]);
  return words.replaced(valueInWords(reason.value), reason.ours, valueInWords(reason.instead));
}
