import { AppError, type Reason } from '../errors.ts';
import { type Model, outputsOf } from '../models/model.ts';
import { percentText } from '../percent.ts';
import type { Executor } from '../plan/executor.ts';
import type { AdapterValues } from '../training/session/adapter-tuning.ts';
import { createModelSession, type ModelSessionOptions } from '../training/session/model-session.ts';
import type { OpenModel } from '../training/session/open-model.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { modelLogits } from './logits.ts';

export interface MergeCheck {
  readonly executor: Executor;
  readonly open: OpenModel;
  readonly tuning: Tuning;
  readonly values: AdapterValues;
  /** The merged model, opened from what was written. */
  readonly merged: MergedModel;
  /** Sequences to compare on. */
  readonly sequences: readonly (readonly number[])[];
}

/** What to take where the merged model will not do. */
interface OtherForm {
  readonly instead: Reason;
}

interface MergedModel extends OpenModel {
  /** What rounding left of each weight, as a share (root mean square); absent: that of the base's types. */
  readonly rounding?: number;
  /** How far its logits may be off in place of what rounding would make of them. */
  readonly limit?: number;
}

/** How far the logits of a merged model may be off, by the data type its weights were rounded to. */
const limits = { f32: 1e-3, f16: 1e-2, bf16: 3e-2 } as const;

/**
 * What the rounding of every weight by a share r may make of the logits. Each of the n matrices that a text goes through
 * one after another, two a layer besides embedding and head, turns its share into one of the values that it gives, and
 * shares that have nothing to do with each other add up as √n · r. Norms and scores may raise what goes through them; that
 * they do so by no more than 4 is what the models in the tests show with room to spare.
 */
const limitOf = (rounding: number, layers: number): number => 4 * rounding * Math.sqrt(2 * layers + 2);

/** How a merged model's logits stand to those of base and adapter; all but `limit` as shares of the size of the latter. */
export interface MergeFigures {
  /** √(Σ(merged − tuned)² / Σ tuned²); of a mixture of experts see `offOf`. */
  readonly error: number;
  /** What the rounding to its data type makes of `error` at the most. */
  readonly limit: number;
  /** √(Σ(tuned − base)² / Σ tuned²): what training changed. */
  readonly change: number;
  /** How much of that change the merged model has, 1 for all of it; null where rounding hides it. */
  readonly held: number | null;
}

/** A change below this share of the logits is not told from how f32 adds up. */
const leastChange = 1e-5;

/**
 * Rounding moves logits in all directions, hardly along the one in which training moved them: a change of this share of
 * what rounding does is still seen in what the merged model holds of it.
 */
const leastSeen = 0.5;

/**
 * Rounding sends a token of a mixture to another expert where two are about as good, and its logits are then off as a
 * whole. While all of them together are off by less than this, the half of the tokens that is off least is what counts: of
 * a file that says something else that half is off, too, or all are by more.
 */
const scattered = 0.1;

/** How far a token's logits are off, and how large they are: sums of squares. */
interface TokenSums {
  readonly error: number;
  readonly size: number;
}

/** As a share of the size of all. */
export function offOf(tokens: readonly TokenSums[], isMixture: boolean): number {
  const share = (of: readonly TokenSums[]) => {
    const sum = (key: keyof TokenSums) => of.reduce((total, each) => total + each[key], 0);
    return Math.sqrt(sum('error') / sum('size'));
  };
  const all = share(tokens);
  if (!isMixture || !(all < scattered)) return all;
  const sorted = tokens.toSorted((a, b) => a.error / a.size - b.error / b.size);
  return share(sorted.slice(0, Math.ceil(tokens.length / 2)));
}

/**
 * Compares what was written with the published base and the adapter beside it. `held` is the part of merged − base that
 * lies along tuned − base: 0 for a file equal to the base, 2 for one with the adapter folded in twice. The three models are
 * loaded one after the other, so that there is never more than one on the device.
 */
export async function mergeFigures(check: MergeCheck): Promise<MergeFigures> {
  const { executor, open, tuning, values, merged } = check;
  const sequences = check.sequences.map((ids) => withoutPadding(ids, open.model));
  const [tuned, base]: Float32Array[][] = [[], []];
  for await (const logits of logitsOf({ executor, open, tuning, values }, sequences)) tuned!.push(logits.slice());
  for await (const logits of logitsOf({ executor, open, tuning: null }, sequences)) base!.push(logits.slice());
  const width = outputsOf(open.model);
  const tokens: TokenSums[] = [];
  let [error, change, along, size, count, sequence] = [0, 0, 0, 0, 0, 0];
  for await (const written of logitsOf({ executor, open: merged, tuning: null }, sequences)) {
    const [withTuning, without] = [tuned![sequence]!, base![sequence]!];
    sequence++;
    let before = { error, size };
    for (const [index, value] of withTuning.entries()) {
      const learned = value - without[index]!;
      const held = written[index]! - without[index]!;
      error += (held - learned) ** 2;
      change += learned ** 2;
      along += learned * held;
      size += value ** 2;
      if ((index + 1) % width !== 0) continue;
      tokens.push({ error: error - before.error, size: size - before.size });
      before = { error, size };
    }
    count += withTuning.length;
  }
  const isMixture = open.model.parameters.some(({ role }) => role === 'router');
  const [off, learned] = [offOf(tokens, isMixture), Math.sqrt(change / size)];
  return { error: off, limit: limitFor(check), change: learned, held: heldOf({ error, change, along, size, count }) };
}

/** As a text is: padding amid one moves the positions behind it in models that count without it, and in them alone. */
function withoutPadding(ids: readonly number[], model: Model): readonly number[] {
  const padding = model.kind === 'text' ? model.paddingId : undefined;
  return ids.map((id) => (id === padding ? id + (id === 0 ? 1 : -1) : id));
}

interface Sums {
  /** Of the squares of merged − tuned, tuned − base and tuned, and of the product of tuned − base and merged − base. */
  readonly error: number;
  readonly change: number;
  readonly size: number;
  readonly along: number;
  /** Logits that were added up. */
  readonly count: number;
}

/** Of few logits, as a classifier has, rounding may lie along the change by chance: of so many deviations hardly ever. */
const deviations = 8;

/** How much of the change is held; null where it is not seen under what is not along it. */
export function heldOf({ error, change, along, size, count }: Sums): number | null {
  const held = along / change;
  const aside = error - change * (held - 1) ** 2;
  const least = Math.max(leastSeen, deviations / Math.sqrt(count));
  return change > size * leastChange ** 2 && change >= aside * least ** 2 ? held : null;
}

function limitFor({ open, merged: { limit, rounding } }: MergeCheck): number {
  if (limit !== undefined) return limit;
  if (rounding !== undefined) return limitOf(rounding, open.model.layers.length);
  return Math.max(...open.model.parameters.map(({ name }) => limits[open.dtypes(name)]));
}

/**
 * The figures of a merged model that answers as base and adapter do.
 * @throws AppError 'merge-differs'; 'merge-forgets' for one that holds less than half of what training changed, or more
 * than half as much again
 */
export async function requireMerged(check: MergeCheck & OtherForm): Promise<MergeFigures> {
  const figures = await mergeFigures(check);
  const { error, limit, held } = figures;
  if (!(error <= limit))
    throw new AppError('merge-differs', {
      error: percentText(error),
      limit: percentText(limit),
      instead: check.instead,
    });
  if (held !== null && !(Math.abs(held - 1) <= 0.5))
    throw new AppError('merge-forgets', { held: percentText(held), instead: check.instead });
  return figures;
}

/** Of one sequence after another: of all together they are many times the size of a vocabulary. */
async function* logitsOf(options: ModelSessionOptions, sequences: MergeCheck['sequences']) {
  const model = createModelSession(options);
  try {
    for (const ids of sequences) yield await modelLogits(model, ids);
  } finally {
    model.dispose();
  }
}

/** How many prompts a merged model is compared on, and how many tokens each has. */
const [comparedPrompts, comparedTokens] = [10, 16];

/** The prompts that a merged model is compared on: tokens from all over the vocabulary. */
export const comparedSequences = (vocabularySize: number): number[][] =>
  Array.from({ length: comparedPrompts }, (_, prompt) =>
    Array.from({ length: comparedTokens }, (_, index) => (index * 7919 + prompt * 104_729 + 11) % vocabularySize),
  );
