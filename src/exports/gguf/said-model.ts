/** The model that a GGUF file says it is of. */
import { AppError, because } from '../../errors.ts';
import { type GgufFile, openGguf } from '../../files/gguf-read.ts';
import type { ModelFiles } from '../../files/source.ts';
import type { JsonObject } from '../../models/config-reader.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { familyOfArchitecture, type GgufModel, ggufModel } from './families.ts';
import { isPooledByHead } from './labels.ts';
import { metadataReader } from './metadata-reader.ts';
import { requireNothingUnread } from './unread-keys.ts';

/** @throws AppError 'gguf-invalid' for a file that is damaged, 'gguf-unread' for one that says no model of ours */
export async function saidModel(
  files: ModelFiles,
  path: string,
): Promise<GgufModel & { readonly file: GgufFile; readonly config: JsonObject }> {
  const file = await openGguf(files, path);
  const architecture = String(file.metadata.get('general.architecture')?.value);
  const reader = (small = new Map<string, Float32Array>()) => metadataReader(file, path, architecture, small);
  const family = familyOfArchitecture(architecture, isPooledByHead(reader()));
  if (!family) throw new AppError('gguf-unread', { file: path, reason: because`its architecture is ${architecture}` });
  const small = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) if (/^rope_/.test(name)) small.set(name, await file.readFloats(name));
  const from = reader(small);
  const config = family.config(from);
  const { model } = ggufModel(modelFromConfig(config));
  requireNothingUnread(file.metadata, architecture, from, model.causal);
  return { file, family, config, model };
}
