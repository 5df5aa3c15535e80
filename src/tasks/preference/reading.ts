/** How a row is read that has a better and a worse answer to one prompt. */
import {
  type BuiltExample,
  builtExample,
  type Example,
  type ExampleRow,
  type ExampleSettings,
  maskedLabel,
  sequencesOf,
  tokenPreview,
  unlessRefused,
} from '../../data/examples.ts';
import { encodeTogether } from '../../data/prompt-templates.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowView } from '../prepared.ts';
import type { RowReading } from '../texts/prepare.ts';

export interface PairSettings extends ExampleSettings {
  /** The prompt of the better answer is learned with it. */
  readonly learnsPrompt: boolean;
  /** The two sides' columns, by which they are shown. */
  readonly answer_column: string;
  readonly rejected_answer_column: string;
  readonly rejected_prompt_column?: string | undefined;
}

type Pair = readonly [chosen: ExampleRow, rejected: ExampleRow];

const isPlain = ({ prompt, history, messages, system }: ExampleRow): boolean =>
  prompt.every((cell) => cell === '') && !history?.length && !messages && !system;

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;

/** Both sides of a row. Without a prompt it is what two texts have in common at their beginning, as TRL takes it. */
function sidesOf(row: ExampleRow): Pair {
  const { rejected: worse, ...chosen } = row;
  const rejected: ExampleRow = { ...worse!, ...(chosen.history && !worse!.history ? { history: chosen.history } : {}) };
  if (!isPlain(chosen) || !isPlain(rejected)) return [chosen, rejected];
  let shared = 0;
  const shorter = Math.min(chosen.answer.length, rejected.answer.length);
  while (shared < shorter && chosen.answer[shared] === rejected.answer[shared]) shared++;
  if (shared === shorter) return [chosen, rejected];
  // Characters are compared whole, as Python does: one of two UTF-16 units is not cut behind its first.
  if (isHighSurrogate(chosen.answer.charCodeAt(shared - 1))) shared--;
  // A space before the first difference belongs to the answers.
  if (chosen.answer[shared - 1] === ' ') shared--;
  const split = (side: ExampleRow): ExampleRow => ({
    ...side,
    prompt: [side.answer.slice(0, shared)],
    answer: side.answer.slice(shared),
  });
  return [split(chosen), split(rejected)];
}

/** What a side's prompt says, to be compared with the other's. */
const promptOf = ({ answer: _, rejected: __, number: ___, messages, ...row }: ExampleRow): string =>
  JSON.stringify([row, messages?.filter(({ role }) => role !== 'assistant')]);

const isAlike = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((value, index) => value === b[index]);

/** Keeps the first tokens of prompt and answer together, as TRL's `keep_start`. */
function sequence(
  prompt: readonly number[],
  answer: readonly number[],
  settings: PairSettings,
  learnsPrompt: boolean,
): Example {
  const asked = settings.max_length_prompt ? prompt.slice(-settings.max_length_prompt) : prompt;
  const answered = answer.slice(0, settings.max_length_answer || undefined);
  const ids = Int32Array.from([...asked, ...answered]).subarray(0, settings.max_length);
  const labels = ids.slice();
  const promptLength = Math.max(1, Math.min(asked.length, ids.length));
  labels.fill(maskedLabel, 0, learnsPrompt ? 1 : promptLength);
  const wholeLength = prompt.length + answer.length;
  return { ids, labels, promptLength, truncated: ids.length < wholeLength, wholeLength };
}

function encoded(sides: Pair, tokenizer: Tokenizer, settings: PairSettings): [Example, Example] {
  const [chosen, rejected] = sides.map((side) => encodeTogether([...(side.history ?? []), side], tokenizer, settings));
  const hasOwn = Boolean(settings.rejected_prompt_column);
  const shared = Math.min(chosen!.prompt.length, rejected!.prompt.length);
  const side = ({ prompt, answer }: { prompt: readonly number[]; answer: readonly number[] }, learnsPrompt: boolean) =>
    hasOwn
      ? sequence(prompt, answer, settings, learnsPrompt)
      : sequence(prompt.slice(0, shared), [...prompt.slice(shared), ...answer], settings, learnsPrompt);
  return [side(chosen!, settings.learnsPrompt), side(rejected!, false)];
}

const hasAnswer = ({ ids, promptLength }: Example): boolean => ids.length > promptLength;

function builtPair(row: ExampleRow, tokenizer: Tokenizer, settings: PairSettings): BuiltExample {
  const sides = sidesOf(row);
  const [chosen, rejected] = sides;
  if (chosen.answer.trim() === '' && !chosen.unreadable) return { problem: 'no-answer' };
  if (rejected.answer.trim() === '' && !rejected.unreadable) return { problem: 'no-rejected' };
  // Everything that makes a row with one answer unfit makes a pair unfit.
  const [first, second] = sides.map((side) => builtExample(side, tokenizer, { ...settings, max_length: 1 << 24 }));
  if (first!.problem || second!.problem) return first!.problem ? first! : second!;
  if (!settings.rejected_prompt_column && promptOf(chosen) !== promptOf(rejected)) return { problem: 'prompts-differ' };
  const [better, worse] = encoded(sides, tokenizer, settings);
  const truncated = better.truncated || worse.truncated;
  const whole = truncated ? { wholeLength: Math.max(better.wholeLength!, worse.wholeLength!) } : {};
  if (!hasAnswer(better) || !hasAnswer(worse)) return { problem: 'sides-cut', truncated, ...whole };
  if (isAlike(better.ids, worse.ids)) return { problem: truncated ? 'sides-cut' : 'sides-alike', truncated, ...whole };
  const example: Example = {
    ids: Int32Array.from([...better.ids, ...worse.ids]),
    labels: Int32Array.from([...better.labels, ...worse.labels]),
    sequences: [better, worse].map(({ ids, promptLength }) => ({ tokens: ids.length, promptLength })),
    promptLength: better.promptLength,
    truncated,
    ...whole,
  };
  const notes = [...new Set([...(first!.notes ?? []), ...(second!.notes ?? [])])];
  return { example, truncated, ...(notes.length > 0 ? { notes } : {}) };
}

export const pairReading = (tokenizer: Tokenizer, settings: PairSettings): RowReading => {
  const build = (row: ExampleRow): BuiltExample => unlessRefused(() => builtPair(row, tokenizer, settings));
  return {
    build,
    view(row): RowView[] {
      const { example } = build(row);
      if (!example) return [];
      const names = [settings.answer_column, settings.rejected_answer_column];
      return sequencesOf(example).map((side, index) => ({
        number: row.number ?? 0,
        tokens: tokenPreview(side, tokenizer),
        truncated: side.truncated,
        leftOut: false,
        label: names[index]!,
      }));
    },
    labels: null,
    sequencesPerRow: 2,
    needsPrompt: false,
  };
};
