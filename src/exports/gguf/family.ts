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
  /**
   * Parameters inside a layer that are no weight or bias of a module there, by the path after its number: the name of their
   * tensor, or of several, as which the rows of each matrix are written in equal shares.
   */
  readonly parameters?: Readonly<Record<string, readonly string[]>>;
  /** Modules inside a layer whose rows are written as tensors of their own, in equal shares. */
  readonly cut?: Readonly<Record<string, readonly string[]>>;
  /** llama.cpp looks for a head of its own: a tied one is written again. */
  readonly writesTiedHead?: true;
  /** llama.cpp has no place for a head of its own. */
  readonly headIsTied?: true;
  /** Modules by their whole path to which llama.cpp adds no LoRA. */
  readonly withoutLora?: readonly string[];
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

/** The shape of a parameter there, or of each of its parts: the taps of a channel lie in its row. */
export function writtenShape({ shape, transposed, role }: ParameterInfo, parts = 1): readonly number[] {
  if (role === 'convolution') return shape.filter((_, axis) => axis !== 1);
  if (parts > 1) return shape.with(-2, shape.at(-2)! / parts);
  return transposed ? shape.toReversed() : shape;
}

/** What GGUF calls a parameter or a module's part, of one that is cut each part; none where it has no name for it. */
export function ggufNames({ modules, cut, parameters }: GgufFamily, name: string): readonly string[] {
  const { layer, place, inside, end } = placeOf(name);
  const module = modules[inside];
  if (layer === undefined) return module === undefined ? [] : [`${module}.${end}`];
  const parts = module === undefined ? cut?.[inside] : [module];
  const names = parameters?.[place] ?? parts?.map((part) => `${part}.${end}`) ?? [];
  return names.map((each) => `blk.${layer}.${each}`);
}

/** The same of one that is not cut; undefined where it has no name for it. */
export function ggufName(family: GgufFamily, name: string): string | undefined {
  const [whole, ...others] = ggufNames(family, name);
  return others.length === 0 ? whole : undefined;
}

/** `place`: the path after the number of a layer, or the whole of it, made of a module and what it ends with. */
function placeOf(name: string): { layer: string | undefined; place: string; inside: string; end: string } {
  const plain = plainName(name);
  const [, layer, place = plain] = /^.*?\.(\d+)\.(.*)$/.exec(plain) ?? [];
  const [, inside = '', end] = /^(?:(.*)\.)?([^.]+)$/.exec(place)!;
  return { layer, place, inside, end: end! };
}
