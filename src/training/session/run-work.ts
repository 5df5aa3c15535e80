import type { CostSheet } from '../../plan/cost-sheet.ts';
import { type Work, workOf } from '../../plan/rates.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { taskOf } from '../../tasks/registry.ts';
import type { RunConfig } from '../config/run-config.ts';
import { totalSteps } from '../programs/schedule.ts';
import { mostAsked } from './held-out-time.ts';
import type { RunPlan } from './plan-run.ts';

/** What a run learns from, as far as its time depends on it. */
export interface TimedRows {
  readonly data: PreparedData;
  /** Rows of the whole table, and of the validation rows, for each that `data` holds. Default: 1. */
  readonly scale?: number;
  readonly validationScale?: number;
}

/** How often a run does what. Lengths are padded, as a share of the length that its plan is for. */
export interface RunWork {
  readonly steps: number;
  /** On average of a step; the last of an epoch may have fewer. */
  readonly microStepsPerStep: number;
  readonly meanLength: number;
  /** Different lengths of training batches: each has a program of its own. */
  readonly lengths: number;
  /** Null where nothing is evaluated. */
  readonly evaluation: EvaluationWork | null;
  /** Evaluations of general texts; null where there are none. */
  readonly general: { readonly times: number; readonly batches: number } | null;
  /** Every row once, where what the model said before training is read. */
  readonly reference: ReadingWork | null;
  /** Rows that both sides answer when the run has ended; null where none are. */
  readonly heldOut: AnswerWork | null;
}

interface ReadingWork {
  readonly batches: number;
  readonly meanLength: number;
  readonly lengths: number;
}

interface EvaluationWork extends ReadingWork {
  readonly times: number;
  /** Null where no prompt is answered. */
  readonly answers: AnswerWork | null;
}

interface AnswerWork {
  readonly prompts: number;
  /** Prompts side by side. */
  readonly batch: number;
  /** Tokens of an answer, as the data has them. */
  readonly tokens: number;
}

/** Batches that are looked at for their lengths. */
const lookedAt = 256;

export function runWork(plan: RunPlan, config: RunConfig, rows: TimedRows): RunWork {
  const { train, validation } = rows.data;
  const { training } = config;
  const stepsPerEpoch = stepsPerEpochOf(rows.data, config, rows.scale ?? 1);
  const steps = totalSteps(training, stepsPerEpoch);
  const lengths = lengthsOf(train, plan.length);
  const evaluationSteps = Math.max(1, Math.round(training.evaluation_epochs * stepsPerEpoch));
  const evaluations = Math.ceil(steps / evaluationSteps);
  const times = evaluations + Number(training.evaluate_before_training);
  return {
    steps,
    microStepsPerStep: train.batchesPerEpoch / Math.max(1, train.stepsPerEpoch),
    ...lengths,
    evaluation: validation && {
      times,
      batches: validation.batchesPerEpoch * (rows.validationScale ?? 1),
      ...lengthsOf(validation, plan.length),
      answers: answersOf(config, rows),
    },
    general: plan.general && { times: 1 + evaluations, batches: plan.general.batches },
    reference: plan.reference && referenceWork(plan, rows),
    heldOut: heldOutOf(config, rows),
  };
}

function referenceWork(plan: RunPlan, { data, scale = 1, validationScale = 1 }: TimedRows): ReadingWork {
  const learned = data.everyRow?.() ?? data.train;
  const held = data.validation?.batchesPerEpoch ?? 0;
  const batches = learned.batchesPerEpoch * scale + held * validationScale;
  return { batches, ...lengthsOf(learned, plan.length) };
}

/** Steps an epoch of a table of which `scale` times as many rows are learned from as `data` holds. */
export function stepsPerEpochOf({ train }: PreparedData, { training }: RunConfig, scale: number): number {
  if (scale === 1) return train.stepsPerEpoch;
  const batches = (train.rowsPerEpoch * scale) / training.batch_size;
  return Math.ceil((training.drop_last_batch ? Math.floor(batches) : Math.ceil(batches)) / training.grad_accumulation);
}

/**
 * One run of a program on batches of `share` of the length it was planned for: what grows with the tokens is less, and
 * weights, gradients and dispatches are the same. Attention, which grows with the square, is taken to grow as the rest.
 */
export function atLength(sheet: CostSheet, share: number): Work {
  const { flops, bytes, ...same } = workOf(sheet);
  const { weight, trained, gradient } = sheet.peakByKind;
  const fixed = Math.min(bytes, weight + trained + 2 * gradient);
  return { ...same, flops: flops * share, bytes: fixed + (bytes - fixed) * share };
}

/**
 * Answering all prompts once: each is read, then all that stand side by side are given token by token. A token takes the
 * dispatches of an evaluation of `evaluatedTokens` tokens and its share of the arithmetic, and reads the weights.
 */
export function answerWork(answers: AnswerWork, evaluation: CostSheet, evaluatedTokens: number): Work {
  const { prompts, batch, tokens } = answers;
  const { dispatches, flops, bytes } = workOf(evaluation);
  const weights = Math.min(bytes, evaluation.peakByKind.weight);
  const passes = prompts + Math.ceil(prompts / batch) * tokens;
  const share = (prompts * (promptTokens + tokens)) / evaluatedTokens;
  return {
    runs: passes,
    dispatches: passes * dispatches,
    flops: flops * share,
    bytes: passes * weights + (bytes - weights) * share,
  };
}

/** Of a prompt, where only answers are counted: it goes through in one pass and matters little beside the answer. */
const promptTokens = 32;

function answersOf(config: RunConfig, rows: TimedRows): AnswerWork | null {
  const { logging, prediction } = config;
  const { validationRows } = rows.data;
  if (!isWriting(config, rows)) return null;
  const held = validationRows.length;
  const validated =
    prediction.metric === 'Perplexity' ? Math.min(held, logging.number_of_texts) : held * (rows.validationScale ?? 1);
  const prompts = validated + logging.sample_prompts.filter((text) => text.trim() !== '').length;
  return prompts === 0 ? null : answerWorkOf(prompts, config, rows);
}

function heldOutOf(config: RunConfig, rows: TimedRows): AnswerWork | null {
  const { validationRows } = rows.data;
  if (!isWriting(config, rows) || taskOf(config).objective.measuredHeldOut || validationRows.length === 0) return null;
  return answerWorkOf(Math.min(mostAsked, validationRows.length), config, rows);
}

const isWriting = (config: RunConfig, { data }: TimedRows): boolean =>
  !taskOf(config).answers && data.validation !== null;

function answerWorkOf(prompts: number, { prediction, training }: RunConfig, { data }: TimedRows): AnswerWork {
  const validation = data.validation!;
  const scored = Array.from({ length: Math.min(lookedAt, validation.batchesPerEpoch) }, (_, index) =>
    validation.scoredAt(0, index),
  );
  const perRow = scored.reduce((sum, count) => sum + count, 0) / Math.max(1, data.validationRows.length);
  return {
    prompts,
    batch: Math.min(prediction.batch_size_inference || training.batch_size, prompts),
    tokens: Math.min(prediction.max_length_inference, Math.max(1, perRow)),
  };
}

function lengthsOf(batches: PreparedData['train'], planned: number) {
  const count = Math.min(lookedAt, batches.batchesPerEpoch);
  const all = Array.from({ length: count }, (_, index) => batches.lengthAt(0, index));
  const sum = all.reduce((total, length) => total + length, 0);
  return { meanLength: count === 0 ? 1 : sum / count / planned, lengths: new Set(all).size };
}
