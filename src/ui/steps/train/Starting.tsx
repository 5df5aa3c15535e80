import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { HubWait } from '../../parts/HubWait.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { useFormat } from '../../use-format.ts';
import styles from './train.module.css';

/** A run that is about to begin: how far its rows are, and the way back to the form. */
export function Starting() {
  const words = useWords();
  const format = useFormat();
  const { stopRun } = useCommands();
  const { done, total } = useStudio((state) => state.starting) ?? { done: 0, total: 0 };
  return (
    <section aria-label={words.train.starting} data-testid="starting">
      <div className={styles.runHead}>
        <div className={styles.phase} role="status">
          {words.train.starting}
          {total > 0 && (
            <small className="figures">{words.train.readyCount(format.count(done), format.count(total))}</small>
          )}
        </div>
        <Button leftSection={<Icon name="stop" />} variant="default" onClick={() => void stopRun()} data-testid="stop">
          {words.train.giveUp}
        </Button>
      </div>
      <HubWait />
      <progress className={styles.progress} aria-label={words.train.starting} value={done} max={Math.max(1, total)} />
    </section>
  );
}
