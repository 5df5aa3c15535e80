import { headerLength, parseHeader } from './safetensors-header.ts';
import type { ModelFiles } from './source.ts';
import type { WeightsHeader } from './tensor-info.ts';
import { type Weights, weightsOf } from './weights.ts';

/** Reads the header of one file. @throws AppError `safetensors-invalid`, `safetensors-truncated`, `file-missing`. */
export async function readHeader(files: ModelFiles, path: string): Promise<WeightsHeader> {
  const size = await files.size(path);
  const length = headerLength(await files.read(path, 0, Math.min(9, size)), size, path);
  return parseHeader(await files.read(path, 8, 8 + length), size, path);
}

/** Opens one safetensors file by name. Throws as `readHeader`. */
export async function openSafetensors(files: ModelFiles, path: string): Promise<Weights> {
  return weightsOf(files, await readHeader(files, path));
}
