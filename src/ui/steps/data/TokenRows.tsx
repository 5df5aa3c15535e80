import { Switch } from '@mantine/core';
import { Fragment, useDeferredValue } from 'react';
import type { TokenView } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import { learnsTokens, mayLearnPrompts, taskFacts } from '../../tasks/facts.ts';
import { useFormat } from '../../use-format.ts';
import styles from './data.module.css';
import { LengthHistogram } from './LengthHistogram.tsx';

/** The first rows as the model will see them: what is learned stands apart from what is only read. */
export function TokenRows() {
  const words = useWords();
  const format = useFormat();
  const { set } = useCommands();
  // Hundreds of tokens: drawn in slices.
  const value = useDeferredValue(useStudio((state) => state.dataPreview.value));
  const hasModel = useStudio((state) => state.model.value !== null);
  const answersOnly = useStudio((state) => state.config.dataset.mask_prompt_labels);
  const { label, hint } = words.settings.mask_prompt_labels;
  const mayChoose = useStudio((state) => mayLearnPrompts(state.config.dataset));
  const tellsLearned = useStudio((state) => learnsTokens(state.config.dataset));
  return (
    <Section
      title={words.data.tokens}
      note={
        tellsLearned ? (
          <span className={styles.legend}>
            <span className={`${styles.token} ${styles.sample}`} data-learned="true">
              {words.data.learned}
            </span>
            <span className={`${styles.token} ${styles.sample}`}>{words.data.masked}</span>
          </span>
        ) : undefined
      }
    >
      {mayChoose && (
        <Switch
          mb="md"
          color="trained.6"
          label={label}
          description={hint}
          checked={answersOnly}
          onChange={(event) => set('dataset', 'mask_prompt_labels', event.currentTarget.checked)}
        />
      )}
      {!hasModel && <p className="soft">{words.data.needsModel}</p>}
      {value && (
        <>
          {value.rows.map((row) => (
            <TokenRow key={`${row.number} ${row.label}`} row={row} />
          ))}
          {value.sampled && (
            <p className="soft" data-testid="sampled">
              {words.data.sampled(format.count(value.sampled.rows), format.count(value.sampled.of))}
            </p>
          )}
          {!value.problem && (
            <p className="figures">
              {tellsLearned && words.data.learnedOf(format.count(value.learnedTokens), format.count(value.totalTokens))}
              {value.truncatedRows > 0 && <> · {words.data.truncated(format.count(value.truncatedRows))}</>}
            </p>
          )}
          <LengthHistogram histogram={value.histogram} />
          {value.batchLength > 0 && (
            <p className="figures soft" data-testid="filled">
              {words.data.padding(format.percent(1 - value.fillRatio), format.count(value.batchLength))}
            </p>
          )}
        </>
      )}
    </Section>
  );
}

function TokenRow({ row }: { row: TokenView }) {
  const words = useWords();
  const format = useFormat();
  const hasLabels = useStudio((state) => taskFacts(state.config.dataset).hasLabels);
  return (
    <div className={styles.tokenRow} data-testid="token-row">
      <h3>
        {words.data.tokenRow(String(row.number))}
        {row.label === undefined ? '' : ` · ${hasLabels ? words.labels.labelOf(row.label) : row.label}`}
        {row.truncated ? ` · ${words.data.cut}` : ''}
        {row.leftOut ? ` · ${words.data.leftOut}` : ''}
      </h3>
      <div className={styles.tokens}>
        {row.tokens.map(({ text, id, learned, isSecond }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same token may stand twice in a row
          <Fragment key={index}>
            {row.hidden > 0 && index === row.tokens.length / 2 && (
              <em className={styles.gap}>{words.data.hiddenTokens(format.count(row.hidden))}</em>
            )}
            <span
              className={styles.token}
              data-learned={learned}
              data-second={isSecond}
              title={`${id} · ${isSecond ? words.labels.textPair : learned ? words.data.learned : words.data.masked}`}
            >
              {visible(text)}
            </span>
          </Fragment>
        ))}
      </div>
    </div>
  );
}

/** Line breaks can be seen, and still break. An empty text is a token whose character is not finished yet. */
function visible(text: string): string {
  return text === '' ? '·' : text.replaceAll('\n', '↵\n');
}
