import { Button, Loader } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';

/** A model being opened, with the files on their way. */
export function Opening() {
  const words = useWords();
  const format = useFormat();
  const { stopOpening } = useCommands();
  const { opening, files } = useStudio((state) => state.model);
  const entries = Object.entries(files);
  const sum = (of: 'received' | 'total') => entries.reduce((all, [, file]) => all + file[of], 0);
  return (
    <div className={parts.panel} aria-busy="true">
      <div className={parts.row} role="status">
        <Loader size="xs" color="ink" />
        {words.model.opening(opening)}
        {entries.length > 0 && (
          <span className="figures soft">
            {words.hub.inAll(format.bytes(sum('received')), format.bytes(sum('total')))}
          </span>
        )}
        <Button
          leftSection={<Icon name="stop" />}
          size="compact-sm"
          variant="default"
          onClick={() => void stopOpening()}
          data-testid="stop-download"
        >
          {words.hub.cancel}
        </Button>
      </div>
      <HubWait />
      {entries.length > 0 && (
        <ul className={styles.files} aria-label={words.model.downloading}>
          {entries.map(([file, { received, total }]) => (
            <li key={file}>
              <span className="mono">{file}</span>
              <span className="figures soft">
                {format.bytes(received)} / {format.bytes(total > 0 ? total : null)}
              </span>
              <progress aria-label={file} value={received} max={Math.max(total, received, 1)} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
