import { Button } from '@mantine/core';
import { useCommands, useStudio, useWords } from '../context.tsx';
import parts from '../parts/parts.module.css';
import { Section } from '../parts/Section.tsx';
import type { Studio } from '../store.ts';
import { comparedParts, differingKeys, type PartState } from './compared.ts';
import styles from './replay.module.css';

/** Before a shared run is done again: whether model, data and settings are those that it was made with. */
export function ReplayPanel() {
  const words = useWords();
  const { takeSharedSettings, endReplay } = useCommands();
  const replay = useStudio((state) => state.replay);
  const config = useStudio((state) => state.config);
  const here = useStudio(opened);
  if (!replay || replay.runId !== null) return null;
  const { shared, open } = replay;
  const compared = comparedParts(shared, { ...here, identity: open });
  const keys = differingKeys(shared, config);
  const checks = [
    ...compared.map(({ part, state }) => ({ name: words.shared.parts[part], state })),
    { name: words.shared.parts.settings, state: (keys.length === 0 ? 'same' : 'differs') as PartState },
  ];
  const named = (state: PartState) =>
    checks
      .filter((check) => check.state === state)
      .map(({ name }) => name)
      .join(', ');
  const [differ, missing, unknown] = [named('differs'), named('missing'), named('unknown')];
  const sentences = [
    ...(missing === '' ? [] : [words.replay.notYet(missing)]),
    ...(differ === '' ? [] : [words.replay.differ(differ)]),
    ...(unknown === '' ? [] : [words.replay.unsure(unknown)]),
    ...(checks.every(({ state }) => state === 'same') ? [words.replay.allSame] : []),
  ];
  return (
    <Section title={words.replay.title(shared.detail.name || words.shared.title)}>
      <div data-testid="replay-panel">
        <ul className={styles.checks}>
          {checks.map(({ name, state }) => (
            <li key={name} data-state={state}>
              {name}: {words.replay.states[state]}
            </li>
          ))}
        </ul>
        <p role="status" data-testid="replay-said">
          {sentences.join(' ')}
        </p>
        {keys.length > 0 && <p>{words.replay.settingsDiffer(keys.join(', '))}</p>}
        {shared.leftOut.length > 0 && <p>{words.replay.leftOut(shared.leftOut.join(', '))}</p>}
        <div className={parts.row}>
          {keys.length > 0 && (
            <Button variant="default" onClick={() => void takeSharedSettings()} data-testid="take-shared-settings">
              {words.replay.takeSettings}
            </Button>
          )}
          <Button variant="subtle" onClick={endReplay} data-testid="end-replay">
            {words.replay.end}
          </Button>
        </div>
      </div>
    </Section>
  );
}

const opened = ({ model, data, validation }: Studio) => ({
  hasModel: model.value !== null,
  hasTable: data.value !== null,
  hasValidation: validation.value !== null,
});
