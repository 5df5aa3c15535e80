import * as v from 'valibot';
import { because, type Reason } from '../../errors.ts';
import type { BestSoFar } from './best.ts';
import type { Position } from './loop-context.ts';

/**
 * What a run needs beside its tensors to go on bit for bit. Order of rows, dropout and learning rate are pure functions
 * of the seed and the step, so there is no generator to save.
 */
export interface TrainingState extends Position {
  readonly seed: number;
  /** Of the training rows: `PreparedData.fingerprint`. */
  readonly fingerprint: string;
  /** The head that is kept in 8 bits beside int4. Runs of older versions kept it as published, and say nothing. */
  readonly headInEightBits?: string;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const bestSchema: v.GenericSchema<unknown, BestSoFar> = v.object({
  step: count,
  // JSON has null for a loss that was no number.
  loss: v.pipe(
    v.nullable(v.pipe(v.number(), v.finite())),
    v.transform((loss) => loss ?? Number.NaN),
  ),
  since: count,
});

const stateSchema: v.GenericSchema<unknown, TrainingState> = v.object({
  step: count,
  seed: v.pipe(v.number(), v.safeInteger()),
  fingerprint: v.string(),
  tokens: count,
  best: v.nullable(bestSchema),
  headInEightBits: v.exactOptional(v.string()),
});

/** Undefined of what is no state of a training. */
export function trainingState(state: unknown): TrainingState | undefined {
  const { success, output } = v.safeParse(stateSchema, state);
  return success ? output : undefined;
}

/** Why no run goes on from such a state in the checkpoint of a step; null where it does. */
export function faultInState(state: unknown, step: number): Reason | null {
  const { success, output, issues } = v.safeParse(stateSchema, state);
  if (!success) return because`the checkpoint of step ${step} has no sound ${v.getDotPath(issues[0]) ?? 'state'}`;
  if (output.step !== step) return because`the checkpoint of step ${step} says that it is of step ${output.step}`;
  if (output.best && output.best.step > step)
    return because`the checkpoint of step ${step} has no sound ${'best.step'}`;
  return null;
}
