import { blocking, preflight } from '../../checks.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { costInWords, figuresInWords } from '../../recipe-words.ts';
import { wordError } from '../../text/word-error.ts';
import { useFormat } from '../../use-format.ts';
import styles from './recipes.module.css';

/** The run in one line and Start, in sight however long the form is. */
export function StartBar() {
  const words = useWords();
  const format = useFormat();
  const { start } = useCommands();
  const reasons = useStudio((state) =>
    blocking(preflight(state)).map(({ id, error }) =>
      id === 'dataFit' && error ? wordError(state.language, error).cause : words.checks[id].missing,
    ),
  );
  const { config, facts, steps, seconds } = useStudio(({ config, facts, dataPreview, tuning }) => ({
    ...{ config, facts },
    steps: dataPreview.value?.totalSteps || null,
    seconds: tuning.value?.time?.total ?? null,
  }));
  // Said before it is asked for; a visitor who has runs has been told.
  const saysWhere = useStudio(
    ({ persisted, keepsNothing, runs }) => persisted === false && !keepsNothing && runs.value?.length === 0,
  );
  const missing = reasons.length > 0 ? words.train.blocked(reasons.join(' · ')) : null;
  return (
    <>
      <section id="start" className={styles.bar} aria-label={words.recipes.bar.label} data-testid="start-bar">
        {facts && (
          <div className={styles.barLine}>
            {figuresInWords(config, facts, words, format)}
            <small>{costInWords(steps, seconds, words, format)}</small>
          </div>
        )}
        <ActionButton
          leftSection={<Icon name="play" />}
          size="md"
          color="trained.7"
          missing={missing}
          onClick={() => void start()}
          testId="start"
        >
          {words.train.start}
        </ActionButton>
      </section>
      {saysWhere && (
        <small className={`soft ${styles.where}`} data-testid="persist-ahead">
          {words.place.persistAhead}
        </small>
      )}
    </>
  );
}
