/** For tests: the weights and adapters of training/session/golden/reading, made by interop/golden_reading.py. */
import { readdirSync, readFileSync } from 'node:fs';
import { blobFiles } from '../files/blob-files.ts';
import { openSafetensors } from '../files/safetensors.ts';
import { writeSafetensors } from '../files/safetensors-write.ts';
import type { ModelFiles } from '../files/source.ts';
import { modelLogits } from '../generation/logits.ts';
import { createModelSession, type ModelSessionOptions } from '../training/session/model-session.ts';
import { referenceExecutor } from './reference-executor.ts';

const golden = new URL('../training/session/golden/reading/', import.meta.url);
const expected = JSON.parse(readFileSync(new URL('expected.json', golden), 'utf8')) as {
  ids: number[];
  logits: Record<string, number[]>;
};

/** What the logits of every model are of. */
export const { ids } = expected;

export type Files = Record<string, Uint8Array<ArrayBuffer> | string>;
const read = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(path, golden)));
export const folder = (name: string): Files =>
  Object.fromEntries(readdirSync(new URL(`${name}/`, golden)).map((file) => [file, read(`${name}/${file}`)]));
export const filesOf = (files: Files): ModelFiles =>
  blobFiles(new Map(Object.entries(files).map(([path, bytes]) => [path, new Blob([bytes])])));
export const configOf = (files: Files) => JSON.parse(new TextDecoder().decode(files['config.json'] as Uint8Array));

export const logitsOf = (options: Omit<ModelSessionOptions, 'executor'>): Promise<Float32Array> =>
  modelLogits(createModelSession({ executor: referenceExecutor(), ...options }), ids);

/** The largest difference over the largest logit of PyTorch, which computes in f32. */
export function error(actual: Float32Array, name: string): number {
  const wanted = expected.logits[name]!;
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, index) => Math.abs(value - actual[index]!))) / largest;
}

/** The same model with its tensors under other names, and with others beside them. */
export const renamed = (model: Files, rename: (name: string) => string, others?: string[]) =>
  withNames(model, 'model.safetensors', rename, others);
/** The same of an adapter. */
export const rekeyed = (adapter: Files, rename: (key: string) => string, others?: string[]) =>
  withNames(adapter, 'adapter_model.safetensors', rename, others);

async function withNames(
  files: Files,
  path: string,
  rename: (name: string) => string,
  others: string[] = [],
): Promise<Files> {
  const weights = await openSafetensors(filesOf(files), path);
  const tensors = await Promise.all(
    [...weights.tensors].map(async ([name, { shape }]) => {
      return { name: rename(name), dtype: 'F32' as const, shape, data: await weights.readFloats(name) };
    }),
  );
  const more = others.map((name) => ({ name, dtype: 'F32' as const, shape: [1], data: new Float32Array(1) }));
  return { ...files, [path]: writeSafetensors([...tensors, ...more]) };
}
