import { AppError } from '../errors.ts';
import { createStreamDecoder } from '../text/stream-decoder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { encodeAnswer, encodePair, type PromptSettings } from './prompt-templates.ts';

/** Label of a token that is not learned (PyTorch's `ignore_index`). */
export const maskedLabel = -100;

/** One row of data as the model meets it, before padding. */
export interface Example {
  readonly ids: Int32Array;
  /** `[ids.length]`, not shifted: the id itself where the token is learned, −100 where it is masked. */
  readonly labels: Int32Array;
  /** How many of the kept ids belong to the prompt. */
  readonly promptLength: number;
  readonly truncated: boolean;
}

/** The run config's `dataset` and `tokenizer` keys that decide how rows become examples; names as there. */
export interface ExampleSettings extends PromptSettings {
  readonly mask_prompt_labels: boolean;
  /** Tokens an example may have. */
  readonly max_length: number;
  /** Older H2O LLM Studio limits for the two parts alone; 0 is none. */
  readonly max_length_prompt?: number | undefined;
  readonly max_length_answer?: number | undefined;
  /** `text`: no prompt, every token of the answer column is learned. */
  readonly problem_type?: string | undefined;
}

/** Cells of one row, chosen by the column mapping. */
export interface ExampleRow {
  readonly prompt: readonly string[];
  readonly answer: string;
}

export interface ExampleSet {
  readonly examples: readonly Example[];
  /** Index of each example's row among the rows given. */
  readonly rows: readonly number[];
  /** Rows left out because no token of theirs would be learned: they would only take a place in a batch. */
  readonly skipped: readonly number[];
  readonly truncatedCount: number;
}

/**
 * One row as token ids and labels. Where it is too long the prompt gives way first, from its left, so that what stands
 * nearest the answer stays; an answer longer than the whole limit is cut from its right.
 */
export function buildExample(row: ExampleRow, tokenizer: Tokenizer, settings: ExampleSettings): Example {
  const whole =
    settings.problem_type === 'text'
      ? { prompt: [], answer: encodeAnswer(row.answer, tokenizer, settings) }
      : encodePair(row.prompt, row.answer, tokenizer, settings);
  const answerLimit = Math.min(settings.max_length, settings.max_length_answer || Infinity);
  const answer = whole.answer.slice(0, answerLimit);
  const promptLimit = Math.min(settings.max_length - answer.length, settings.max_length_prompt || Infinity);
  const prompt = whole.prompt.slice(Math.max(0, whole.prompt.length - promptLimit));
  const ids = Int32Array.from([...prompt, ...answer]);
  const labels = ids.slice();
  if (settings.mask_prompt_labels) labels.fill(maskedLabel, 0, prompt.length);
  return {
    ids,
    labels,
    promptLength: prompt.length,
    truncated: ids.length < whole.prompt.length + whole.answer.length,
  };
}

/** Tokens of an example that are predicted and counted: the first has no token before it to be predicted from. */
export function scoredTokenCount(example: Example): number {
  let count = 0;
  for (let index = 1; index < example.labels.length; index++) if (example.labels[index] !== maskedLabel) count++;
  return count;
}

/**
 * All rows as examples, in their order.
 *
 * @throws AppError 'labels-all-masked' where there are rows and nothing in any of them would be learned.
 */
export function buildExamples(
  rows: readonly ExampleRow[],
  tokenizer: Tokenizer,
  settings: ExampleSettings,
): ExampleSet {
  const examples: Example[] = [];
  const kept: number[] = [];
  const skipped: number[] = [];
  let truncatedCount = 0;
  rows.forEach((row, index) => {
    const example = buildExample(row, tokenizer, settings);
    if (example.truncated) truncatedCount++;
    if (scoredTokenCount(example) === 0) {
      skipped.push(index);
      return;
    }
    examples.push(example);
    kept.push(index);
  });
  if (rows.length > 0 && examples.length === 0) throw new AppError('labels-all-masked');
  return { examples, rows: kept, skipped, truncatedCount };
}

export interface PreviewToken {
  readonly id: number;
  /** The text that this token completes; '' while a character is still unfinished. Joined they give the whole text. */
  readonly text: string;
  readonly learned: boolean;
}

/** The example as the token view shows it: what the model sees, and which tokens it learns. */
export function tokenPreview(example: Example, tokenizer: Tokenizer): PreviewToken[] {
  const stream = createStreamDecoder(tokenizer);
  const last = example.ids.length - 1;
  return Array.from(example.ids, (id, index) => ({
    id,
    text: stream.push(id) + (index === last ? stream.end() : ''),
    learned: index > 0 && example.labels[index] !== maskedLabel,
  }));
}
