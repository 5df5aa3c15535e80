import { buildExample, type ExampleRow } from '../data/examples.ts';
import { toAppError } from '../errors.ts';
import { isMetric, metricFor } from '../metrics/metrics.ts';
import { exampleSettings } from '../tasks/writing/reading.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type { Answering, AnsweringContext, MakeAnswering } from '../training/run/answering.ts';
import type { BaseAnswer } from '../training/run/base-answers.ts';
import type { AnswerScore, Answers, SampleAnswer } from '../training/run/events.ts';
import type { ModelSession } from '../training/session/model-session.ts';
import { createGenerator, endTokenIds, type Side } from './decode.ts';
import type { Judge } from './judge.ts';
import type { GenerationSettings } from './request.ts';
import { generationSettings } from './settings.ts';
import { writerOf } from './writer.ts';

/** A prompt to answer, and what the data says to it. */
export interface Prompt {
  readonly text: string;
  readonly expected: string;
  /** Of a pair: the worse answer. */
  readonly rejected?: string;
  readonly ids: readonly number[];
}

/**
 * The rows that have a prompt, as the model met them in training: cut from the left where they are too long. An answer that
 * is marked as a bad one is nothing to be expected.
 */
export function promptsOf(
  rows: readonly ExampleRow[],
  tokenizer: Tokenizer,
  config: RunConfig,
  model: Pick<ModelSession, 'open'>,
): Prompt[] {
  const settings = exampleSettings(config, writerOf(model).tablePositions);
  return rows.filter(isExpected).flatMap((row) => {
    const { ids, promptLength } = buildExample(row, tokenizer, settings);
    const text = row.prompt.filter((cell) => cell !== '').join('\n\n');
    const pair = row.rejected ? { rejected: row.rejected.answer } : {};
    return promptLength === 0 ? [] : [{ text, expected: row.answer, ...pair, ids: [...ids.subarray(0, promptLength)] }];
  });
}

const isExpected = ({ isGood }: ExampleRow): boolean => isGood !== false;

export interface AnswerOptions {
  readonly signal?: AbortSignal;
  readonly onDone?: (done: number) => void;
}

/**
 * Answers prompts with one side of a model, `batch_size_inference` side by side, under the run's prediction settings
 * with some of them changed.
 */
export function createAnswerer(
  model: ModelSession,
  tokenizer: Tokenizer,
  config: RunConfig,
  changes: Partial<GenerationSettings> = {},
): (side: Side, prompts: readonly Prompt[], options?: AnswerOptions) => Promise<string[]> {
  const settings = { ...generationSettings(config.prediction, config.environment.seed, tokenizer), ...changes };
  return async (side, prompts, options) => {
    if (prompts.length === 0) return [];
    const longest = Math.max(...prompts.map(({ ids }) => ids.length));
    const generator = createGenerator(model, {
      side,
      capacity: capacityFor(longest + settings.maxNewTokens + (model.tuning?.adapter?.virtualTokens?.count ?? 0)),
      batchSize: Math.min(config.prediction.batch_size_inference || config.training.batch_size, prompts.length),
      endIds: await endTokenIds(model.open.files, tokenizer),
    });
    const fitting = prompts.map(({ ids }) => ids.slice(-(generator.capacity - 1)));
    const answers = await generator.generateAll(fitting, settings, options);
    return answers.map(({ ids }) => tokenizer.decode(ids, { skipSpecialTokens: true }));
  };
}

/** Places in whole hundreds-and-some, so that prompts of like length share programs. */
export const capacityFor = (tokens: number): number => Math.ceil(tokens / 128) * 128;

export interface Scored {
  /** Of each answer; null where it has none. */
  readonly scores: readonly (number | null)[];
  readonly summary: AnswerScore | null;
}

/** Scores answers by the run's metric. A judge that fails costs the scores, never the run. */
export async function scoreAnswers(
  metric: RunConfig['prediction']['metric'],
  prompts: readonly Prompt[],
  answers: readonly string[],
  judge: Judge | null,
  signal?: AbortSignal,
): Promise<Scored> {
  const unscored = prompts.map(() => null);
  if (isMetric(metric)) {
    const wanted = prompts.map(({ expected }) => expected);
    const { score, note } = metricFor(metric, wanted);
    const scores = wanted.map((expected, index) => score(answers[index]!, expected));
    return { scores, summary: { metric, value: mean(scores), note } };
  }
  if (metric !== 'judge' || judge === null) return { scores: unscored, summary: null };
  try {
    const scores: number[] = [];
    for (const [index, { text: prompt, expected }] of prompts.entries())
      scores.push(await judge({ prompt, expected, answer: answers[index]! }, signal));
    return { scores, summary: { metric, value: mean(scores), note: '' } };
  } catch (thrown) {
    return { scores: unscored, summary: { metric, value: null, note: toAppError(thrown).message } };
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Answers the run's sample prompts at each evaluation, and all validation rows where the metric scores answers. The base
 * is asked at the first evaluation; where training changes its own weights, before the first step.
 */
export const makeAnsweringWith =
  (judge: Judge | null): MakeAnswering =>
  (context) => {
    const { data, config, tokenizer, model } = context;
    const rowsOf = (rows: readonly ExampleRow[]) => promptsOf(rows, tokenizer, config, model);
    const { number_of_texts: shown, sample_prompts: own } = config.logging;
    const scores = config.prediction.metric !== 'Perplexity';
    const validation = rowsOf(scores ? data.validationRows : data.validationRows.filter(isExpected).slice(0, shown));
    const samples = [
      ...rowsOf(own.filter((text) => text.trim() !== '').map((text) => ({ prompt: [text], answer: '' }))),
      ...validation.slice(0, shown),
    ];
    return samples.length + (scores ? validation.length : 0) === 0
      ? null
      : new SampleAnswering(context, { samples, scored: scores ? validation : [] }, judge);
  };

interface Wanted {
  readonly samples: readonly Prompt[];
  readonly scored: readonly Prompt[];
}

class SampleAnswering implements Answering {
  private readonly ask: ReturnType<typeof createAnswerer>;
  private base: readonly (string | null)[] | null = null;

  constructor(
    private readonly context: AnsweringContext,
    private readonly wanted: Wanted,
    private readonly judge: Judge | null,
  ) {
    const { model, tokenizer, config, earlier } = context;
    this.ask = createAnswerer(model, tokenizer, config);
    if (earlier.length > 0) this.base = wanted.samples.map(({ text }) => baseOf(earlier, text));
  }

  async begin(fresh: boolean): Promise<void> {
    if (this.base || !this.changesBase) return;
    // Nothing is trained yet, so what will be the tuned model still is the base.
    const startsAsBase = fresh && this.context.config.tuning.init_from === '';
    const { samples } = this.wanted;
    this.base = startsAsBase ? await this.ask('tuned', samples) : samples.map(() => null);
    await this.context.keep(samples.map(({ text: prompt }, index) => ({ prompt, base: this.base![index]! })));
  }

  async answer(): Promise<Answers> {
    const { samples, scored } = this.wanted;
    this.base ??= await this.ask('base', samples);
    const prompts = [...new Set([...samples, ...scored])];
    const texts = await this.ask('tuned', prompts);
    const answerOf = new Map(prompts.map((prompt, index) => [prompt, texts[index]!]));
    const { metric } = this.context.config.prediction;
    const { scores, summary } = await scoreAnswers(
      metric,
      scored,
      scored.map((each) => answerOf.get(each)!),
      this.judge,
    );
    return {
      samples: samples.map((prompt, index): SampleAnswer => {
        const place = scored.indexOf(prompt);
        const { text, ids: _, ...said } = prompt;
        const score = place < 0 ? null : scores[place]!;
        return { prompt: text, ...said, base: this.base![index]!, tuned: answerOf.get(prompt)!, score };
      }),
      score: summary,
    };
  }

  private get changesBase(): boolean {
    return (this.context.model.tuning?.trained.size ?? 0) > 0;
  }
}

const baseOf = (earlier: readonly BaseAnswer[], text: string): string | null =>
  earlier.find(({ prompt }) => prompt === text)?.base ?? null;
