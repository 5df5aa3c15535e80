import { AppError, because, type Reason } from '../../errors.ts';
import type { GgufFile } from '../../files/gguf-read.ts';
import type { GgufValue } from '../../files/gguf-types.ts';

/** The keys of a GGUF file of one architecture, by what stands after its name. */
export interface MetadataReader {
  /** Every key that was asked for so far. */
  readonly asked: ReadonlySet<string>;
  /** An error that names the file: it is damaged, */
  invalid(reason: Reason): AppError;
  /** or it says a model that is not carried out here. */
  unread(reason: Reason): AppError;
  /** @throws AppError 'gguf-invalid' where it is missing */
  number(key: string): number;
  optional(key: string): number | undefined;
  /** A number of each layer, also where the file says one for all; true is 1. @throws AppError 'gguf-invalid' */
  byLayer(key: string): readonly number[];
  text(key: string): string | undefined;
  /** None where the file says none. */
  texts(key: string): readonly string[];
  flag(key: string): boolean | undefined;
  /** Whether there is a tensor of the name. */
  has(tensor: string): boolean;
  /** Rows of a matrix. */
  rows(tensor: string): number;
  /** Values of a small tensor that the head of the file was read with. */
  values(tensor: string): readonly number[] | undefined;
}

/** @param small the tensors that a config may need, already read */
export function metadataReader(
  file: GgufFile,
  path: string,
  architecture: string,
  small: ReadonlyMap<string, Float32Array>,
): MetadataReader {
  const asked = new Set<string>();
  const value = <T extends GgufValue['value']>(key: string): T | undefined => {
    asked.add(key);
    return file.metadata.get(`${architecture}.${key}`)?.value as T | undefined;
  };
  const invalid = (reason: Reason) => new AppError('gguf-invalid', { file: path, reason });
  const missing = (key: string) => invalid(because`it has no ${key}`);
  /** Some architectures have one for each layer, which is none that is known here. */
  const numberOf = (key: string): number | undefined => {
    const found: GgufValue['value'] | undefined = value(key);
    if (found === undefined || typeof found === 'number') return found;
    throw invalid(because`its ${architecture}.${key} is no number`);
  };
  const rows = (tensor: string): number => {
    const info = file.tensors.get(tensor);
    if (!info) throw missing(tensor);
    return info.shape[0]!;
  };
  return {
    asked,
    number(key) {
      const found = numberOf(key);
      if (found === undefined) throw missing(`${architecture}.${key}`);
      return found;
    },
    invalid,
    unread: (reason) => new AppError('gguf-unread', { file: path, reason }),
    optional: numberOf,
    byLayer(key) {
      const [found, layers] = [value(key), numberOf('block_count')];
      if (typeof found === 'number' && layers !== undefined) return new Array<number>(layers).fill(found);
      if (Array.isArray(found) && found.length === layers && /^(number|boolean)$/.test(typeof found[0]))
        return found.map(Number);
      throw invalid(because`its ${architecture}.${key} is no number for each layer`);
    },
    text: value,
    texts: (key) => value<readonly string[]>(key) ?? [],
    flag: value,
    has: (tensor) => file.tensors.has(tensor),
    rows,
    values: (tensor) => {
      const found = small.get(tensor);
      return found && [...found];
    },
  };
}
