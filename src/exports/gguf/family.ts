/** What a family of models is in llama.cpp: its architecture, the names of its tensors, and how they lie there. */
import { AppError, type Reason } from '../../errors.ts';
import type { GgufValue } from '../../files/gguf-types.ts';
import type { JsonObject } from '../../models/config-reader.ts';
import type { ParameterInfo, TextModel } from '../../models/model.ts';
import { plainName } from '../../models/wrapper.ts';
import type { Arrangement } from './arrangements.ts';
import type { MetadataReader } from './metadata-reader.ts';

/** Keys without the architecture before them. */
export type Entries = readonly (readonly [key: string, value: GgufValue])[];

/** What is written of each value of a parameter, and the way back. */
export interface ValueChange {
  readonly written: (value: number) => number;
  readonly read: (value: number) => number;
}

/** Norms that count their weights from 1 are written as what they multiply by. */
export const countedFrom1: ValueChange = { written: (value) => value + 1, read: (value) => value - 1 };

/** A tensor that llama.cpp reads and the model computes from its config. */
export interface ComputedTensor {
  readonly name: string;
  /** f32, of one axis. */
  readonly values: Float32Array;
}

export interface GgufFamily {
  /** `general.architecture`. */
  readonly architecture: string;
  /** Modules as GGUF calls them: inside a layer by the path after its number, others by their whole path. */
  readonly modules: Readonly<Record<string, string>>;
  /** Parameters inside a layer that are no weight or bias of a module there, by the path after its number. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Modules inside a layer whose rows are written as tensors of their own, in equal shares. */
  readonly cut?: Readonly<Record<string, readonly string[]>>;
  /** llama.cpp looks for a head of its own: a tied one is written again. */
  readonly writesTiedHead?: true;
  /** llama.cpp has no place for a head of its own. */
  readonly headIsTied?: true;
  /** Absent: values are written as they are. */
  readonly change?: (parameter: Pick<ParameterInfo, 'name' | 'role'>) => ValueChange | undefined;
  /** Rows of a table that llama.cpp leaves out, at its start. */
  readonly rowsBefore?: (parameter: Pick<ParameterInfo, 'name'>, model: TextModel) => number;
  /** How the rows or columns of a matrix, or the values of a vector, are moved; absent: they stay. */
  readonly arrangement?: (parameter: Pick<ParameterInfo, 'name'>, model: TextModel) => Arrangement | undefined;
  /** @throws AppError 'gguf-unfit' where llama.cpp would compute something else */
  entries(config: JsonObject): Entries;
  readonly computed?: (config: JsonObject) => readonly ComputedTensor[];
  /** The config.json that a file's metadata means; what all families have alike is added to it. */
  config(from: MetadataReader): JsonObject;
}

export const unfit = (reason: Reason): AppError => new AppError('gguf-unfit', { reason });

export function requireFit(fits: boolean, reason: Reason): void {
  if (!fits) throw unfit(reason);
}

/** The shape of a parameter there: the taps of a channel lie in its row. */
export function writtenShape({ shape, transposed, role }: ParameterInfo): readonly number[] {
  if (role === 'convolution') return shape.filter((_, axis) => axis !== 1);
  return transposed ? shape.toReversed() : shape;
}

/** What GGUF calls a parameter or a module's part; undefined where it has no name for it, or cuts it. */
export function ggufName({ modules, parameters }: GgufFamily, name: string): string | undefined {
  const { layer, place, inside, end } = placeOf(name);
  const whole = parameters?.[place];
  if (whole !== undefined) return `blk.${layer}.${whole}`;
  const module = modules[inside];
  if (module === undefined) return undefined;
  return layer === undefined ? `${module}.${end}` : `blk.${layer}.${module}.${end}`;
}

/** The same of each part of a parameter that is cut; none where it has no name for it. */
export function ggufNames(family: GgufFamily, name: string): readonly string[] {
  const whole = ggufName(family, name);
  if (whole !== undefined) return [whole];
  const { layer, inside, end } = placeOf(name);
  return (family.cut?.[inside] ?? []).map((part) => `blk.${layer}.${part}.${end}`);
}

/** `place`: the path after the number of a layer, or the whole of it, made of a module and what it ends with. */
function placeOf(name: string): { layer: string | undefined; place: string; inside: string; end: string } {
  const plain = plainName(name);
  const [, layer, place = plain] = /^.*?\.(\d+)\.(.*)$/.exec(plain) ?? [];
  const [, inside = '', end] = /^(?:(.*)\.)?([^.]+)$/.exec(place)!;
  return { layer, place, inside, end: end! };
}
