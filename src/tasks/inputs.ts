/** Inputs of a run's programs: each is declared together with what fills it from a batch. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';

/** The inputs that a program reads, by name, with how many numbers each takes. */
export type InputSizes = ReadonlyMap<string, number>;

export type InputValues = Float32Array | Int32Array;

/** An input of a program, and what it holds for a batch that was made ready as `B`. */
export interface BatchInput<B> {
  readonly name: string;
  readonly dtype: 'f32' | 'i32';
  fill(batch: B): InputValues;
}

export const declareInput = <B>(
  builder: GraphBuilder,
  { name, dtype }: BatchInput<B>,
  ...shape: readonly number[]
): Value => builder.input(name, { shape, dtype });

/** What a program reads of these inputs. */
export const filledInputs = <B>(
  inputs: readonly BatchInput<B>[],
  batch: B,
  wanted: Pick<InputSizes, 'has'>,
): Record<string, InputValues> =>
  Object.fromEntries(inputs.flatMap(({ name, fill }) => (wanted.has(name) ? [[name, fill(batch)] as const] : [])));
