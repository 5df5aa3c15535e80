import type { ModelFiles } from '../files/source.ts';
import type { Executor } from '../plan/executor.ts';
import type { AdapterValues } from '../training/session/adapter-tuning.ts';
import { createModelSession, type ModelSessionOptions } from '../training/session/model-session.ts';
import { type OpenModel, openModel } from '../training/session/open-model.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { modelLogits } from './logits.ts';

export interface MergeCheck {
  readonly executor: Executor;
  readonly open: OpenModel;
  readonly tuning: Tuning;
  readonly values: AdapterValues;
  /** Files of the merged model. */
  readonly merged: ModelFiles;
  /** A sequence to compare on. */
  readonly ids: readonly number[];
}

/** How far the logits of a merged model may be off, by the data type its weights were rounded to. */
const limits = { f32: 1e-3, f16: 1e-2, bf16: 3e-2 } as const;

/**
 * The relative error of a merged model's logits against those of the published base with the adapter beside it,
 * √(Σ(merged − tuned)² / Σ tuned²), and what the rounding to its data type makes of it at the most. The two are loaded one
 * after the other, so that there is never more than one on the device.
 */
export async function mergeError(check: MergeCheck): Promise<{ error: number; limit: number }> {
  const { executor, open, tuning, values, merged } = check;
  const expected = await logitsOf({ executor, open, tuning, values }, check.ids);
  const actual = await logitsOf({ executor, open: await openModel(merged), tuning: null }, check.ids);
  let [difference, size] = [0, 0];
  for (const [index, value] of expected.entries()) {
    difference += (actual[index]! - value) ** 2;
    size += value ** 2;
  }
  const types = open.model.parameters.map(({ name }) => limits[open.dtypes(name)]);
  return { error: Math.sqrt(difference / size), limit: Math.max(...types) };
}

async function logitsOf(options: ModelSessionOptions, ids: readonly number[]): Promise<Float32Array> {
  const model = createModelSession(options);
  try {
    return (await modelLogits(model, ids)).slice();
  } finally {
    model.dispose();
  }
}
