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

interface MergedModel extends OpenModel {
  /** What rounding left of each weight, as a share (root mean square); absent: that of the base's types. */
  readonly rounding?: number;
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

/**
 * The relative error of a merged model's logits against those of the published base with the adapter beside it,
 * √(Σ(merged − tuned)² / Σ tuned²), and what the rounding to its data type makes of it at the most. The two are loaded one
 * after the other, so that there is never more than one on the device.
 */
export async function mergeError(check: MergeCheck): Promise<{ error: number; limit: number }> {
  const { executor, open, tuning, values, merged, sequences } = check;
  const { rounding } = merged;
  const expected = await logitsOf({ executor, open, tuning, values }, sequences);
  const actual = await logitsOf({ executor, open: merged, tuning: null }, sequences);
  let [difference, size] = [0, 0];
  for (const [sequence, logits] of expected.entries())
    for (const [index, value] of logits.entries()) {
      difference += (actual[sequence]![index]! - value) ** 2;
      size += value ** 2;
    }
  const types = open.model.parameters.map(({ name }) => limits[open.dtypes(name)]);
  const limit = rounding === undefined ? Math.max(...types) : limitOf(rounding, open.model.layers.length);
  return { error: Math.sqrt(difference / size), limit };
}

async function logitsOf(options: ModelSessionOptions, sequences: MergeCheck['sequences']): Promise<Float32Array[]> {
  const model = createModelSession(options);
  try {
    const logits: Float32Array[] = [];
    for (const ids of sequences) logits.push((await modelLogits(model, ids)).slice());
    return logits;
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
