import { AppError, type ErrorCode } from '../errors.ts';
import { isRefusal, type TokenSpan } from '../text/chat-template.ts';
import { createStreamDecoder } from '../text/stream-decoder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { callsTool, isTool, unwrittenFields } from './message-fields.ts';
import {
  type EncodedConversation,
  encodeAnswer,
  encodeTurns,
  type PromptSettings,
  type Turn,
} from './prompt-templates.ts';

/** Label of a token that is not learned (PyTorch's `ignore_index`). */
export const maskedLabel = -100;

/** One row of data as the model meets it, before padding. */
export interface Example {
  readonly ids: Int32Array;
  /**
   * Not shifted: the id itself where the token is learned, −100 where it is masked. Of a text with a target, the number of
   * its class behind the token that it is read from, as if it were the token to follow.
   */
  readonly labels: Int32Array;
  /** The numbers that are to be predicted from the token with a label, where that is no class. */
  readonly targets?: readonly number[];
  /** Each sequence, one behind the other, where `ids` are of several that are learned against each other. */
  readonly sequences?: readonly SequenceSize[];
  /** Of two texts in one: from which of `ids` on the token type is 1; their number where none has it. */
  readonly typeStart?: number;
  /** How many of the kept ids stand before the last answer. */
  readonly promptLength: number;
  readonly truncated: boolean;
  /** Tokens that it would have without a limit, where it is truncated. */
  readonly wholeLength?: number;
}

/** How many tokens a sequence has, and how many of them stand before its answer. */
export interface SequenceSize {
  readonly tokens: number;
  readonly promptLength: number;
}

/** The run config's `dataset` and `tokenizer` keys that decide how rows become examples; names as there. */
export interface ExampleSettings extends PromptSettings {
  readonly mask_prompt_labels: boolean;
  /** Of a conversation, the last answer alone. */
  readonly only_last_answer: boolean;
  /** Tokens an example may have. */
  readonly max_length: number;
  /** Older H2O LLM Studio limits for the two parts alone; 0 is none. */
  readonly max_length_prompt?: number | undefined;
  readonly max_length_answer?: number | undefined;
  /** `text`: no prompt, every token of the answer column is learned. */
  readonly problem_type?: string | undefined;
}

/** What is learned at once: a turn, chosen by the column mapping, and those before it. */
export interface ExampleRow extends Turn {
  /** Earlier turns, the oldest first. */
  readonly history?: readonly Turn[];
  /** The row's number in its file, as `Table.rowNumbers`. */
  readonly number?: number;
  /** Why the row's conversation, or what is said of its answer, cannot be read. */
  readonly unreadable?: ConversationProblem;
  /** A message has a weight other than 0 and 1. */
  readonly weighted?: boolean;
  /** Of an answer that is judged by itself: whether it is a good one. */
  readonly isGood?: boolean;
  /** The worse answer of a pair, with its own prompt where it has one. */
  readonly rejected?: ExampleRow;
  /** The second text of a pair; the prompt is the first. */
  readonly textPair?: string;
}

/** Why a cell is nothing to learn from, and the error where all rows are such. */
const conversationErrors = {
  'no-conversation': 'conversations-none',
  'unknown-role': 'conversations-role',
  'no-text': 'conversations-no-text',
  unanswered: 'conversations-unanswered',
  'needs-chat': 'conversations-tools',
  'no-verdict': 'verdicts-unknown',
} as const satisfies Record<string, ErrorCode>;

export type ConversationProblem = keyof typeof conversationErrors;

/** What a row is kept with, and listed for. */
type ExampleNote = 'too-long' | 'text-too-long' | 'question-cut' | 'fields-unread' | 'weight-as-one';

/** Why a row is cut, changed or left out of training. */
export type ExampleProblem =
  | ExampleNote
  | 'no-answer'
  | 'tags-apart'
  | 'spans-cut'
  | 'no-rejected'
  | 'sides-alike'
  | 'sides-cut'
  | 'prompts-differ'
  | 'template-refused'
  | ConversationProblem;

/**
 * One row as token ids and labels. Where it is too long the prompt gives way first, from its left but after the system
 * text, so that what stands nearest the answer stays; an answer longer than the whole limit is cut from its right.
 */
export function buildExample(row: ExampleRow, tokenizer: Tokenizer, settings: ExampleSettings): Example {
  const whole = encodeRow(row, tokenizer, settings);
  const answerLimit = Math.min(settings.max_length, settings.max_length_answer || Infinity);
  const answer = whole.answer.slice(0, answerLimit);
  const promptLimit = Math.min(settings.max_length - answer.length, settings.max_length_prompt || Infinity);
  const cut = Math.max(0, whole.prompt.length - promptLimit);
  const kept = whole.systemLength < promptLimit ? whole.systemLength : 0;
  const prompt = cut === 0 ? whole.prompt : [...whole.prompt.slice(0, kept), ...whole.prompt.slice(cut + kept)];
  const ids = new Int32Array(prompt.length + answer.length);
  ids.set(prompt);
  ids.set(answer, prompt.length);
  const labels = ids.slice();
  if (settings.mask_prompt_labels || settings.only_last_answer) labels.fill(maskedLabel, 0, prompt.length);
  if (!settings.only_last_answer) {
    const placed = ({ start, end }: TokenSpan) =>
      [start, end].map((place) => Math.max(kept, place - cut)) as [number, number];
    for (const [from, to] of whole.earlierAnswers.map(placed)) labels.set(ids.subarray(from, to), from);
    for (const [from, to] of whole.maskedAnswers.map(placed)) labels.fill(maskedLabel, from, to);
  }
  if (!whole.isLastLearned) labels.fill(maskedLabel, prompt.length);
  const wholeLength = whole.prompt.length + whole.answer.length;
  const truncated = ids.length < wholeLength;
  return { ids, labels, promptLength: prompt.length, truncated, ...(truncated ? { wholeLength } : {}) };
}

function encodeRow(row: ExampleRow, tokenizer: Tokenizer, settings: ExampleSettings): EncodedConversation {
  if (settings.problem_type !== 'text') return encodeTurns([...(row.history ?? []), row], tokenizer, settings);
  const answer = encodeAnswer(row.answer, tokenizer, settings);
  return { prompt: [], answer, earlierAnswers: [], maskedAnswers: [], isLastLearned: true, systemLength: 0 };
}

/** The sequences of an example, each as an example of its own. */
export function sequencesOf(example: Example): readonly Example[] {
  const { ids, labels, targets, sequences, truncated } = example;
  if (!sequences) return [example];
  let end = 0;
  return sequences.map(({ tokens, promptLength }, index) => {
    const begin = end;
    end += tokens;
    // What is to be predicted is of all together, and stands beside the first.
    const wanted = targets && index === 0 ? { targets } : {};
    return { ids: ids.subarray(begin, end), labels: labels.subarray(begin, end), ...wanted, promptLength, truncated };
  });
}

/** Tokens of the longest sequence of an example. */
export const longestSequence = ({ ids, sequences }: Example): number =>
  sequences ? Math.max(...sequences.map(({ tokens }) => tokens)) : ids.length;

/** Tokens of the longest sequence of an example, as it was before it was cut. */
export const wholeLengthOf = (example: Example): number => example.wholeLength ?? longestSequence(example);

/** Tokens of an example that are predicted and counted: the first has no token before it to be predicted from. */
export function scoredTokenCount(example: Example): number {
  let count = 0;
  for (let index = 1; index < example.labels.length; index++) if (example.labels[index] !== maskedLabel) count++;
  return count;
}

export interface BuiltExample {
  /** Missing where nothing of the row can be learned. */
  readonly example?: Example;
  readonly problem?: Exclude<ExampleProblem, ExampleNote>;
  readonly truncated?: boolean;
  /** Of a row that is left out because it was cut: the tokens that it would have without a limit. */
  readonly wholeLength?: number;
  /** What else is to be said of an example that is kept. */
  readonly notes?: readonly ExampleNote[];
  readonly error?: AppError;
}

/** One row as an example, or why it is left out. */
export function builtExample(row: ExampleRow, tokenizer: Tokenizer, settings: ExampleSettings): BuiltExample {
  const unwritten = unwrittenFields(row, tokenizer, settings);
  const unreadable = row.unreadable ?? (unwritten.some(isTool) ? 'needs-chat' : undefined);
  if (unreadable) {
    const error = new AppError(conversationErrors[unreadable], { row: row.number ?? 0 });
    return { problem: unreadable, error };
  }
  // An end-of-text id alone would teach the model to say nothing.
  if (row.answer.trim() === '' && !callsTool(row)) return { problem: 'no-answer' };
  return unlessRefused(() => {
    const example = buildExample(row, tokenizer, settings);
    const { truncated, wholeLength } = example;
    if (scoredTokenCount(example) === 0)
      return { problem: 'no-answer', truncated, ...(wholeLength ? { wholeLength } : {}) };
    const notes: ExampleNote[] = [...(unwritten.length > 0 ? ['fields-unread' as const] : [])];
    if (row.weighted) notes.push('weight-as-one');
    if (truncated && isQuestionCut(row, example, tokenizer)) notes.push('question-cut');
    return { example, truncated, ...(notes.length > 0 ? { notes } : {}) };
  });
}

/** What is built, or the row's problem where its chat template refuses it. */
export function unlessRefused(build: () => BuiltExample): BuiltExample {
  try {
    return build();
  } catch (thrown) {
    if (isRefusal(thrown)) return { problem: 'template-refused', error: thrown };
    throw thrown;
  }
}

/** Characters at the end of a question that tell whether anything is left of it. */
const questionEnd = 12;

/** Whether nothing of the last question is left before the answer. What the tokenizer does to a text is done to both. */
function isQuestionCut({ prompt }: ExampleRow, { ids, promptLength }: Example, tokenizer: Tokenizer): boolean {
  const question = prompt.filter((cell) => cell.trim() !== '').at(-1) ?? '';
  if (question === '') return false;
  const bare = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
  const spelt = Array.from(question.trim())
    .slice(-4 * questionEnd)
    .join('');
  const end = Array.from(bare(tokenizer.decode(tokenizer.encode(spelt))))
    .slice(-questionEnd)
    .join('');
  return !bare(tokenizer.decode(ids.subarray(0, promptLength))).includes(end);
}

export interface PreviewToken {
  readonly id: number;
  /** The text that this token completes; '' while a character is still unfinished. Joined they give the whole text. */
  readonly text: string;
  readonly learned: boolean;
  /** It is of the second text of a pair, or behind it. */
  readonly isSecond?: boolean;
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
