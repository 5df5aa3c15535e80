import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import styles from './runs.module.css';

/** Where runs are kept, and another place for them, which is not changed under a run; nothing where the browser knows no other. */
export function RunsFolder({ busy }: { busy: boolean }) {
  const { runsFolder: words, place } = useWords();
  const { canPick, chosen } = useStudio((state) => state.runsFolder);
  const keepsNothing = useStudio((state) => state.keepsNothing);
  const { pickRunsFolder, allowRunsFolder, keepRunsInBrowser } = useCommands();
  // What a folder of the visitor's holds no browser clears.
  const persisted = useStudio((state) => (chosen?.allowed || !state.runs.value?.length ? null : state.persisted));
  if (!canPick && persisted === null) return null;
  const button = (label: string, act: () => void, testId: string) =>
    !busy && (
      <Button size="compact-sm" variant="default" onClick={act} data-testid={testId}>
        {label}
      </Button>
    );
  return (
    <p className={styles.importRun} data-testid="runs-folder">
      {chosen === null && !keepsNothing && <span>{words.inBrowser}</span>}
      {chosen?.allowed === true && <span>{words.inFolder(chosen.name)}</span>}
      {chosen?.allowed === false && <span>{words.mayAsk(chosen.name)}</span>}
      {chosen?.allowed === false && button(words.allow, () => void allowRunsFolder(), 'allow-runs-folder')}
      {persisted !== null && (
        <span className="soft" data-testid="persisted">
          {persisted ? place.persisted : place.notPersisted}
        </span>
      )}
      {canPick && button(words.pick, () => void pickRunsFolder(), 'pick-runs-folder')}
      {chosen !== null && button(words.browser, () => void keepRunsInBrowser(), 'runs-in-browser')}
    </p>
  );
}
