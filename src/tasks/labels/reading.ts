/** How a row is read of which the label is learned. */
import { type ExampleRow, tokenPreview } from '../../data/examples.ts';
import { builtLabelled, encodedRow, type LabelledSettings, labelledExample } from '../../data/labelled-examples.ts';
import { isLabelProblem, type Labels } from '../../data/labels.ts';
import { AppError, because } from '../../errors.ts';
import type { ClassifierHead, Model, TextModel } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { maximumLength } from '../lengths.ts';
import type { RowView } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import type { RowReading } from '../texts/prepare.ts';

/** @throws RangeError for a classifier that does not tell what a text is */
function labelsOf({ problem, ...rest }: ClassifierHead): Labels {
  if (!isLabelProblem(problem)) throw new RangeError(`a classifier of texts has the problem ${problem}`);
  return { ...rest, problem };
}

/**
 * The settings that decide how a row with a label becomes an example of a classifier.
 * @param labels by default those that the classifier was made for
 */
export function labelledSettings(
  config: Pick<TaskSettings, 'dataset' | 'tokenizer'>,
  positions: number,
  { classifier }: Model,
  labels: Labels = labelsOf(classifier!),
): LabelledSettings {
  const { prompt_column_separator } = config.dataset;
  const max_length = maximumLength(config, positions);
  return { labels, pooled: classifier!.pooled!, prompt_column_separator, max_length };
}

/** @throws AppError 'text-pair-unread' for a decoder, whose tokenizer does not part two texts */
export function requireBothWays({ causal, modelType }: TextModel): void {
  if (causal) throw new AppError('text-pair-unread', { modelType });
}

/**
 * @param maxLength tokens that a pair may have
 * @throws AppError 'text-pair-unread'; 'tokenizer-invalid' where the tokenizer does not say how two texts stand in one;
 * 'run-config-invalid' where no token of either would be left
 */
export function requirePairs(model: TextModel, tokenizer: Tokenizer, maxLength: number): void {
  requireBothWays(model);
  const around = tokenizer.encodePair('', '', maxLength).ids.length;
  if (maxLength > around) return;
  const reason = because`${around} special tokens stand around two texts, and it allows ${maxLength} in all`;
  throw new AppError('run-config-invalid', { key: 'tokenizer.max_length', reason });
}

export function labelsReading(tokenizer: Tokenizer, settings: LabelledSettings): RowReading {
  return {
    build: (row) => builtLabelled(row, tokenizer, settings),
    view: (row) => labelView(row, tokenizer, settings),
    labels: settings.labels,
    needsPrompt: true,
  };
}

/** A text as the classifier meets it, beside its label. */
function labelView(row: ExampleRow, tokenizer: Tokenizer, settings: LabelledSettings): RowView[] {
  const example = labelledExample(row, tokenizer, settings);
  if (example === null) return [];
  const { secondStart = example.ids.length } = encodedRow(row, tokenizer, settings);
  const tokens = tokenPreview(example, tokenizer).map((token, place) => ({
    ...{ ...token, learned: false },
    ...(place < secondStart ? {} : { isSecond: true }),
  }));
  return [{ number: row.number ?? 0, tokens, truncated: example.truncated, leftOut: false, label: row.answer }];
}
