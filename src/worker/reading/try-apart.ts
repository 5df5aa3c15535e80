import type { ModelFiles } from '../../files/source.ts';
import { readApart } from './read-apart.ts';

const isWeights = (path: string): boolean => /\.(safetensors|bin|pt|gguf)$/i.test(path);

/**
 * Tries whether a model, an adapter or a run can be read in time. What is wrong with it otherwise, whoever reads it says.
 * @throws AppError 'reading-too-long'
 */
export async function tryApart(
  work: 'model' | 'adapter' | 'run',
  blobs: ReadonlyMap<string, Blob>,
  file: string,
): Promise<void> {
  // Of weights a model's reader looks at the heads.
  const read = [...blobs].filter(([path]) => work !== 'model' || !isWeights(path));
  await readApart(work, { blobs }, { file, bytes: read.reduce((sum, [, { size }]) => sum + size, 0) });
}

/** The same of files that are no blobs, but for their weights. */
export async function tryTextsApart(files: ModelFiles, paths: readonly string[]): Promise<void> {
  const texts = paths.filter((path) => !isWeights(path));
  const blobs = texts.map(async (path) => [path, new Blob([await files.read(path)])] as const);
  await tryApart('model', new Map(await Promise.all(blobs)), files.describe());
}
