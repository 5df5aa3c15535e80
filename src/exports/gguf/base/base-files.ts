/**
 * A GGUF file as the folder that a model is published in: config.json, tokenizer and weights follow from what the file says.
 * The weights are a safetensors file that is nowhere whole: what is read of it is made of the file's blocks when it is asked
 * for. Quantised tensors are F32 there, which alone holds every value of theirs.
 */
import { AppError, because } from '../../../errors.ts';
import { ggufModels, hasWeights } from '../../../files/needed-files.ts';
import { type Bytes, decodeText, type ModelFiles } from '../../../files/source.ts';
import { writerOf } from '../../../models/heads.ts';
import { saidModel } from '../said-model.ts';
import { originOf } from './origin.ts';
import { tokenizerFiles } from './tokenizer-files.ts';
import { virtualWeights } from './virtual-weights.ts';

const weightsFile = 'model.safetensors';

/**
 * Files as they are, or where nothing but a GGUF file holds weights, that file's.
 * @throws AppError as `ggufFiles`; 'weights-several' for several of them
 */
export async function withGguf(files: ModelFiles): Promise<ModelFiles> {
  const paths = (await files.list()).map(({ path }) => path);
  const found = ggufModels(paths);
  if (found.length === 0 || hasWeights(paths)) return files;
  if (found.length > 1) throw new AppError('weights-several', { sets: found.join(', ') });
  return ggufFiles(files, found[0]!);
}

/** @throws AppError 'gguf-invalid', 'gguf-form' for a file that is damaged or not of a form read here, 'gguf-unread' for a model that is not */
export async function ggufFiles(files: ModelFiles, path: string): Promise<ModelFiles> {
  const { file, family, model, config: written } = await saidModel(files, path);
  if (!writerOf(model))
    throw new AppError('gguf-unread', { file: path, reason: because`it says labels of texts, and writes none` });
  const weights = virtualWeights(file, path, family, model);
  const { texts, tokens } = tokenizerFiles(file.metadata, path);
  const config = { ...written, ...tokens, torch_dtype: weights.dtype };
  const virtual = new Map<string, Bytes>(
    Object.entries({ 'config.json': JSON.stringify(config, null, 2), ...texts }).map(([name, content]) => [
      name,
      typeof content === 'string' ? new TextEncoder().encode(content) : content,
    ]),
  );
  const find = (name: string): Bytes => {
    const bytes = virtual.get(name);
    if (!bytes) throw new AppError('file-missing', { file: name });
    return bytes;
  };
  const read: ModelFiles['read'] = async (name, start = 0, end = Number.POSITIVE_INFINITY) =>
    name === weightsFile ? weights.read(start, Math.min(end, weights.size)) : find(name).slice(start, end);
  const sizeOf = (name: string) => (name === weightsFile ? weights.size : find(name).length);
  const names = [...virtual.keys(), weightsFile];
  return {
    gguf: originOf(file.metadata),
    ...(files.commit === undefined ? {} : { commit: files.commit }),
    describe: () => (files.describe() === path ? path.replace(/\.gguf$/i, '') : files.describe()),
    list: async () => names.map((name) => ({ path: name, size: sizeOf(name) })),
    has: async (name) => names.includes(name),
    size: async (name) => sizeOf(name),
    read,
    text: async (name) => decodeText(await read(name)),
  };
}
