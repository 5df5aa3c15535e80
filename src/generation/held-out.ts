/** Held-out rows answered by both sides of a model that writes, when its run has ended. */
import type { ExampleRow } from '../data/examples.ts';
import { metricFor } from '../metrics/metrics.ts';
import { commonest, comparedRows, type HeldOut } from '../tasks/held-out.ts';
import { contains, isEqual, type Match, matchFor, plain } from '../tasks/writing/matches.ts';
import type { AskHeldOut, HeldOutContext, HeldOutLimits } from '../training/run/held-out.ts';
import { spread, unlessLost } from '../training/run/held-out.ts';
import { fewestAsked, mostAsked } from '../training/session/held-out-time.ts';
import { createAnswerer, type Prompt, promptsOf, scoreAnswers } from './answers.ts';
import type { Judge } from './judge.ts';

/** An answer may be so many times as long as the longest that is expected. */
const room = 2;

export const askHeldOutWith =
  (judge: Judge | null): AskHeldOut =>
  async (context, limits) => {
    const prompts = promptsToAsk(context);
    if (prompts.length === 0) return null;
    const answers = await answersOf(context, prompts, limits);
    if (answers.tuned.length === 0) return null;
    return heldOutAnswers(prompts.slice(0, answers.tuned.length), answers, judge, limits.signal);
  };

/** Rows with a prompt and an answer, spread over all that were held back. */
function promptsToAsk({ data, tokenizer, config, model }: HeldOutContext): Prompt[] {
  const answered = data.validationRows.filter(({ answer }: ExampleRow) => answer.trim() !== '');
  const rows = spread(answered.length, mostAsked).map((index) => answered[index]!);
  return promptsOf(rows, tokenizer, config, model);
}

interface Said {
  readonly tuned: readonly string[];
  /** Null where the published model finds no room beside the result. */
  readonly base: readonly string[] | null;
}

/** Part by part, both sides of each, so that what there was time for is whole. */
async function answersOf(context: HeldOutContext, prompts: readonly Prompt[], limits: HeldOutLimits): Promise<Said> {
  const { model, tokenizer, config } = context;
  const { signal, hasTime, onDone } = limits;
  const expected = Math.max(...prompts.map(({ expected }) => tokenizer.encode(expected).length));
  const { max_length_inference: limit } = config.prediction;
  const ask = createAnswerer(model, tokenizer, config, { maxNewTokens: Math.min(limit, room * expected + 8) });
  const size = config.prediction.batch_size_inference || config.training.batch_size;
  const tuned: string[] = [];
  let base: string[] | null = [];
  for (let start = 0; start < prompts.length && (start < fewestAsked || hasTime()); start += size) {
    const part = prompts.slice(start, start + size);
    const after = await ask('tuned', part, { signal });
    const before: readonly string[] | null = base && (await ask('base', part, { signal }).catch(unlessLost));
    if (signal.aborted) break;
    tuned.push(...after);
    base = base && before ? [...base, ...before] : null;
    onDone(tuned.length, prompts.length);
  }
  return { tuned, base };
}

/** Answers that are expected to be longer than this are never the same word by word. */
const shortText = 80;

/** What answers come to: by the judge where there is one, by what is the same, or by BLEU where all are long. */
export async function heldOutAnswers(
  prompts: readonly Prompt[],
  { tuned, base }: Said,
  judge: Judge | null,
  signal?: AbortSignal,
): Promise<HeldOut> {
  const [after, before] = [sideOf(prompts, tuned), base && sideOf(prompts, base)];
  const judged = judge && (await judgedSides(prompts, { tuned, base }, judge, signal));
  const rows = prompts.length;
  const more = { more: after.more, baseMore: before?.more ?? {} };
  if (judged) return { metric: 'judge', rows, blind: 0, ...judged, ...more };
  const always = blindAnswers(prompts);
  const compared = comparedRows({ tuned: after.close, base: before?.close ?? null, ...always });
  const blind = always.blind?.filter((score) => score === 1).length ?? 0;
  const isShort = prompts.filter(({ expected }) => expected.length <= shortText).length * 2 >= rows;
  if (isShort || after.right * 4 >= rows || blind === rows) {
    const base = before && before.right / rows;
    return { metric: 'matches', rows, tuned: after.right / rows, base, blind: blind / rows, ...compared, ...more };
  }
  const [now, then] = [after.more.bleu, before?.more.bleu ?? null];
  return { metric: 'bleu', rows, tuned: now, base: then, blind: 0, ...compared, ...more };
}

/** One side: how many answers match, how close each is, 0 to 1, and other scores. */
function sideOf(prompts: readonly Prompt[], answers: readonly string[]) {
  const wanted = prompts.map(({ expected }) => expected);
  const [{ score }, matches] = [metricFor('BLEU', wanted), matchFor(wanted)];
  const bleu = wanted.map((expected, row) => score(answers[row]!, expected));
  const count = (isRight: Match) => prompts.filter(({ expected }, row) => isRight(answers[row]!, expected)).length;
  const close = prompts.map(({ expected }, row) => closeness(answers[row]!, expected, matches, bleu[row]!));
  const more = { equal: count(isEqual), contained: count(contains), bleu: mean(bleu) };
  return { right: count(matches), close, more };
}

/** What contains the answer, where that matches, is nearer to it than what only shares words with it. */
function closeness(answer: string, expected: string, matches: Match, bleu: number): number {
  if (isEqual(answer, expected)) return 1;
  return matches(answer, expected) ? 0.9 : (0.8 * bleu) / 100;
}

/**
 * Always the commonest answer: of worth where rows share answers, as labels that are written do. Where all have the same
 * one, it is right in every row.
 */
function blindAnswers(prompts: readonly Prompt[]): { readonly blind?: readonly number[] } {
  const expected = prompts.map((prompt) => plain(prompt.expected));
  const usual = commonest(expected);
  const blind = expected.map((each) => (each === usual ? 1 : 0));
  return blind.filter((score) => score === 1).length > 1 ? { blind } : {};
}

/** Null where the judge fails. */
async function judgedSides(prompts: readonly Prompt[], { tuned, base }: Said, judge: Judge, signal?: AbortSignal) {
  const judged = async (answers: readonly string[]) => {
    const { scores, summary } = await scoreAnswers('judge', prompts, answers, judge, signal);
    return summary?.value == null ? null : { value: summary.value, rows: scores.map((score) => (score ?? 0) / 10) };
  };
  const after = await judged(tuned);
  const before = base && (await judged(base));
  if (after === null) return null;
  const compared = comparedRows({ tuned: after.rows, base: before?.rows ?? null });
  return { tuned: after.value, base: before?.value ?? null, ...compared };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
