/** What is found of rows of text: the run's own outcome, looked at before the run. */
import type { ExampleRow } from '../../data/examples.ts';
import type { RowFinding } from '../findings.ts';
import { maximumLength } from '../lengths.ts';
import type { RowOutcome } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import { validationFindings } from '../validation-findings.ts';
import { contentOf, isReadable } from './rows.ts';

/** Share of the rows that may be cut at max_length without a word. */
const mostCut = 0.05;

/** Lengths that are proposed are multiples of it, as those of batches. */
const lengthStep = 8;

export interface FindingSettings {
  readonly config: TaskSettings;
  /** The longest sequence that the model has room for. */
  readonly positions: number;
  /** Something must stand before what is learned. */
  readonly needsPrompt: boolean;
}

type Outcome = Omit<RowOutcome, 'findings'>;

export const rowFindings = (outcome: Outcome, settings: FindingSettings): RowFinding[] => [
  ...(settings.needsPrompt ? promptFindings(outcome) : []),
  ...cutFindings(outcome, settings),
  ...validationFindings(outcome.counts, settings.config),
  ...leakFindings(outcome, settings),
];

/** Rows without any prompt: nothing says what the answers are to. */
function promptFindings({ trainRows }: Outcome): RowFinding[] {
  const readable = trainRows.filter(isReadable);
  const hasPrompt = ({ prompt, history = [] }: ExampleRow) =>
    history.length > 0 || prompt.some((cell) => cell.trim() !== '');
  return readable.length === 0 || readable.some(hasPrompt)
    ? []
    : [{ code: 'prompt-missing', params: { rows: readable.length }, blocks: true }];
}

/** Rows that max_length cuts, or the end of what the model reads: there only lost questions hold a run back. */
function cutFindings({ trainExamples, trainRows }: Outcome, { config, positions }: FindingSettings): RowFinding[] {
  const { problems, examples, longestLeftOut } = trainExamples;
  const cut = problems['too-long'].length + problems['text-too-long'].length;
  const questions = problems['question-cut'].length;
  const of = trainRows.length;
  if (questions === 0 && cut <= mostCut * of) return [];
  const { max_length_prompt, max_length_answer, allow_truncation } = config.tokenizer;
  const limit = maximumLength(config, positions);
  let longest = longestLeftOut;
  for (const { wholeLength = 0 } of examples) longest = Math.max(longest, wholeLength);
  const params = { rows: questions || cut, of, limit, longest };
  if (longest <= limit && max_length_prompt + max_length_answer > 0)
    return [{ code: 'rows-cut-in-part', params, blocks: false }];
  if (limit >= positions && questions === 0) return [{ code: 'rows-cut-at-reach', params, blocks: false }];
  if (limit >= positions) {
    const goOn = allow_truncation ? {} : { remedy: { tokenizer: { allow_truncation: true } } };
    return [{ code: 'questions-cut-at-reach', params, blocks: !allow_truncation, ...goOn }];
  }
  const needed = Math.min(positions, Math.ceil(longest / lengthStep) * lengthStep);
  return [
    {
      code: questions > 0 ? 'questions-cut' : 'rows-cut',
      params: { ...params, needed },
      blocks: !allow_truncation,
      remedy: { tokenizer: { max_length: needed } },
    },
  ];
}

const textOf = ({ prompt, answer }: ExampleRow): string => prompt.at(-1) ?? answer;

/** Rows to learn from that stand again among those to validate with: their score says nothing of unseen ones. */
function leakFindings(
  { trainRows, heldRows }: Outcome,
  { config: { dataset, training } }: FindingSettings,
): RowFinding[] {
  if (dataset.validation_strategy === 'none' || training.train_validation_data) return [];
  const readable = heldRows.filter(isReadable);
  // Few rows have a text in common with one that is held back: only their whole content is written out.
  const texts = new Set(readable.map(textOf));
  const held = new Set(readable.map(contentOf));
  const rows = trainRows.filter((row) => texts.has(textOf(row)) && held.has(contentOf(row))).length;
  const remedy = { dataset: { drop_duplicates: true } };
  return rows === 0 ? [] : [{ code: 'validation-leaks', params: { rows }, blocks: false, remedy }];
}
