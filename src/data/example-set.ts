/** What became of rows, all together. */
import { AppError } from '../errors.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { KeptExamples, packBuilt, type RowList } from './built-rows.ts';
import {
  type BuiltExample,
  builtExample,
  type Example,
  type ExampleProblem,
  type ExampleRow,
  type ExampleSettings,
} from './examples.ts';

/** No rows under each problem. */
export const noProblems = (): Record<ExampleProblem, number[]> => ({
  ...{
    'too-long': [],
    'text-too-long': [],
    'question-cut': [],
    'no-answer': [],
    'tags-apart': [],
    'spans-cut': [],
    'no-rejected': [],
    'sides-alike': [],
    'sides-cut': [],
    'prompts-differ': [],
    'no-conversation': [],
    'unknown-role': [],
    'no-text': [],
    unanswered: [],
    'no-verdict': [],
  },
  ...{ 'needs-chat': [], 'fields-unread': [], 'weight-as-one': [], 'template-refused': [] },
});

export interface ExampleSet {
  readonly examples: RowList<Example>;
  /** Index of each example's row among the rows given. */
  readonly rows: readonly number[];
  /** Tokens of the longest row that was left out because it was cut, without a limit; 0 where there is none. */
  readonly longestLeftOut: number;
  /** Rows by problem, as indices among those given. All but those with notes are left out. */
  readonly problems: Readonly<Record<ExampleProblem, readonly number[]>>;
}

/**
 * All rows as examples, in their order.
 *
 * @throws AppError 'labels-all-masked' and 'answers-empty' where there are rows and nothing in any of them would be learned
 * (cut off, or empty from the start); where most rows are refused, the first refusal: 'conversations-…', or what the chat
 * template says.
 */
export function buildExamples(
  rows: readonly ExampleRow[],
  tokenizer: Tokenizer,
  settings: ExampleSettings,
): ExampleSet {
  const built = packBuilt(rows, (row) => builtExample(row, tokenizer, settings));
  const set = gathered(built);
  requireExamples(built, set);
  return set;
}

/** What became of all rows, in their order. It may be that none is left. */
export function gathered(built: RowList<BuiltExample>): ExampleSet {
  const rows: number[] = [];
  const problems = noProblems();
  let [index, longestLeftOut] = [0, 0];
  for (const { example, problem, truncated, wholeLength = 0, notes = [] } of built) {
    longestLeftOut = Math.max(longestLeftOut, wholeLength);
    if (truncated) problems['too-long'].push(index);
    for (const note of notes) problems[note].push(index);
    if (problem) problems[problem].push(index);
    if (example) rows.push(index);
    index++;
  }
  return { examples: new KeptExamples(built, rows), rows, longestLeftOut, problems };
}

/** @throws AppError as `buildExamples`: what most rows have in common, where none of them is left */
export function requireExamples(built: RowList<BuiltExample>, { examples }: ExampleSet): void {
  if (built.length === 0 || examples.length > 0) return;
  const errors = Array.from(built).flatMap(({ error }) => error ?? []);
  if (2 * errors.length >= built.length) throw errors[0]!;
  throw new AppError(Array.from(built).some(({ truncated }) => truncated) ? 'labels-all-masked' : 'answers-empty');
}
