/** Values that lie in a GGUF file otherwise than in transformers. */
import type { GgufFile } from '../../files/gguf-read.ts';
import type { ParameterInfo, TextModel } from '../../models/model.ts';
import { restored, transposed } from './arrangements.ts';
import { type GgufFamily, ggufName, ggufNames } from './family.ts';

/** Whole blocks of every type. */
const step = 256;

/** Whether values lie in another order, or are others; one that is cut lies in its order, in several places. */
export const isMoved = (family: GgufFamily, model: TextModel, info: ParameterInfo): boolean =>
  Boolean(info.transposed || family.arrangement?.(info, model) || family.change?.(info));

/** The values of a parameter as transformers has them. */
export async function parameterFloats(
  file: GgufFile,
  family: GgufFamily,
  model: TextModel,
  info: ParameterInfo,
): Promise<Float32Array<ArrayBuffer>> {
  const name = ggufName(family, info.name);
  if (name === undefined) return lyingFloats(file, family, info, 0, countOf(info.shape));
  const written = await file.readFloats(name);
  const change = family.change?.(info);
  const values = change ? written.map(change.read) : written;
  if (info.transposed) return transposed(values, info.shape[1]!, info.shape[0]!);
  const arrangement = family.arrangement?.(info, model);
  return arrangement ? restored(values, arrangement) : values;
}

/** Those from one up to another of a parameter that is not moved. */
export async function lyingFloats(
  file: GgufFile,
  family: GgufFamily,
  { name, shape }: ParameterInfo,
  from: number,
  to: number,
): Promise<Float32Array<ArrayBuffer>> {
  const names = ggufNames(family, name);
  const count = countOf(shape) / names.length;
  // Of each matrix of a stack so many values lie in a row in one part, and as many in the next.
  const run = names.length === 1 ? count : (shape.at(-2)! / names.length) * shape.at(-1)!;
  const values = new Float32Array(to - from);
  for (let at = from; at < to; ) {
    const index = Math.floor(at / run);
    const until = Math.min(to, (index + 1) * run);
    const before = Math.floor(index / names.length) * run - index * run;
    const begin = Math.floor((at + before) / step) * step;
    const end = Math.min(Math.ceil((until + before) / step) * step, count);
    const read = await file.readFloats(names[index % names.length]!, begin, end);
    values.set(read.subarray(at + before - begin, until + before - begin), at - from);
    at = until;
  }
  return values;
}

export const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
