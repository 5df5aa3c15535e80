/** A benchmark, asked of one side of a model. */
import { capacityFor } from '../generation/answers.ts';
import { createGenerator, endTokenIds } from '../generation/decode.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { Side } from '../training/programs/programs.ts';
import type { ModelSession } from '../training/session/model-session.ts';
import { encodeContinued, logLikelihoods, type Progress, roomOf, textEncoder } from './likelihoods.ts';
import { type AnswerQuestion, type ChoiceQuestion, isChoiceQuestion, type Question, questionsOf } from './questions.ts';
import { type Row, readRows } from './rows.ts';
import { answerScores, choiceScores, chosen, type Score } from './scores.ts';
import type { BenchmarkTask, Filter } from './task.ts';

export interface Benchmark {
  readonly task: BenchmarkTask;
  readonly questions: readonly Question[];
}

/**
 * A task with the rows of the files that it names.
 * @param limit so many questions at most
 * @throws AppError 'benchmark-invalid', and what `rowsOf` does
 */
export async function openBenchmark(
  task: BenchmarkTask,
  rowsOf: (file: string) => Promise<readonly Row[]>,
  limit?: number,
): Promise<Benchmark> {
  const inFiles = async (files: readonly string[]) => (await Promise.all(files.map(rowsOf))).flat();
  const { dataFiles, examples } = task;
  const own = examples?.rows && readRows(JSON.stringify(examples.rows), task.file);
  const pool = own ?? (examples ? await inFiles(examples.dataFiles) : []);
  return { task, questions: questionsOf(task, (await inFiles(dataFiles)).slice(0, limit), pool) };
}

/** A question as one side answered it. Plain JSON, as all of a result. */
export interface Answered {
  readonly context: string;
  readonly expected: readonly string[];
  /** The likeliest choice, or what was written. */
  readonly answer: string;
  /** Of choices: the log-probability of each, in nats. */
  readonly likelihoods?: readonly number[];
}

export interface SideResult {
  readonly scores: readonly Score[];
  readonly answers: readonly Answered[];
  /** Questions of which the beginning was cut away, since the model reads no more. */
  readonly cut: number;
}

export interface BenchmarkOptions extends Progress {
  /** Texts that are read side by side. */
  readonly batchSize: number;
}

export interface AskedModel {
  readonly session: ModelSession;
  readonly tokenizer: Tokenizer;
}

/**
 * Asks one side all questions. `onDone` counts them. Null where it was aborted.
 * @throws AppError 'task-unsupported' for a model that does not write; 'prompt-too-long' for a choice that is
 */
export async function askBenchmark(
  model: AskedModel,
  { task, questions }: Benchmark,
  side: Side,
  options: BenchmarkOptions,
): Promise<SideResult | null> {
  const ofChoices = questions.filter(isChoiceQuestion);
  return ofChoices.length > 0
    ? askChoices(model, task, ofChoices, side, options)
    : askAnswers(model, task, questions as readonly AnswerQuestion[], side, options);
}

async function askChoices(
  { session, tokenizer }: AskedModel,
  task: BenchmarkTask,
  questions: readonly ChoiceQuestion[],
  side: Side,
  { batchSize, signal, onDone }: BenchmarkOptions,
): Promise<SideResult | null> {
  const sequences = questions.flatMap(({ context, choices }) =>
    choices.map((choice) => encodeContinued(tokenizer, context, `${task.targetDelimiter}${choice}`)),
  );
  const share = questions.length / sequences.length;
  const found = await logLikelihoods(session, sequences, side, batchSize, {
    signal,
    onDone: (done) => onDone?.(Math.floor(done * share)),
  });
  if (!found) return null;
  const left = [...found.values];
  const likelihoods = questions.map(({ choices }) => left.splice(0, choices.length));
  return {
    scores: choiceScores(task.scores, questions, likelihoods),
    answers: questions.map((question, row) => ({
      context: question.context,
      expected: question.right.map((place) => question.choices[place]!),
      answer: question.choices[chosen(task.scores[0]!.name, question, likelihoods[row]!)]!,
      likelihoods: likelihoods[row]!,
    })),
    cut: found.cut,
  };
}

async function askAnswers(
  { session, tokenizer }: AskedModel,
  task: BenchmarkTask,
  questions: readonly AnswerQuestion[],
  side: Side,
  { batchSize, signal, onDone }: BenchmarkOptions,
): Promise<SideResult | null> {
  const { encode } = textEncoder(tokenizer);
  const { maxNewTokens, until } = task;
  const room = Math.max(1, roomOf(session, side) - maxNewTokens);
  const encoded = questions.map(({ context }) => encode(context));
  const prompts = encoded.map((ids) => ids.slice(-room));
  const virtual = (side === 'tuned' && session.tuning?.adapter?.virtualTokens?.count) || 0;
  const generator = createGenerator(session, {
    side,
    capacity: capacityFor(Math.max(...prompts.map(({ length }) => length)) + maxNewTokens + virtual),
    batchSize: Math.min(batchSize, prompts.length),
    endIds: await endTokenIds(session.open.files, tokenizer),
  });
  const ends = until.filter((text) => text !== '');
  const settings = { ...greedy, maxNewTokens, stopSequences: ends.map((text) => tokenizer.encode(text)) };
  const made = await generator.generateAll(prompts, settings, {
    ...(signal ? { signal } : {}),
    ...(onDone ? { onDone } : {}),
  });
  if (signal?.aborted) return null;
  const answers = made.map(({ ids }) => {
    const written = tokenizer.decode(ids, { skipSpecialTokens: true });
    // A text may end amid a token, which no sequence of tokens meets.
    const whole = ends.reduce((text, end) => text.split(end)[0]!, written);
    return task.filters.reduce((text, filter) => filtered[filter](text), whole);
  });
  return {
    scores: answerScores(task.scores, questions, answers),
    answers: questions.map(({ context, targets: expected }, row) => ({ context, expected, answer: answers[row]! })),
    cut: encoded.filter(({ length }) => length > room).length,
  };
}

/** Always the likeliest token, and nothing that holds the model back from ending at once. */
const greedy = {
  ...{ doSample: false, temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, minNewTokens: 0, seed: 0 },
};

const filtered: Readonly<Record<Filter, (text: string) => string>> = {
  take_first: (text) => text,
  remove_whitespace: (text) => text.trim(),
  lowercase: (text) => text.toLowerCase(),
  uppercase: (text) => text.toUpperCase(),
};
