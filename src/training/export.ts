import type { Parts } from '../files/directory.ts';
import { f32ToBytes } from '../files/half.ts';
import { type AdapterTensor, type PeftAdapter, peftFiles } from '../files/peft.ts';
import { floatDtype } from '../files/safetensors-header.ts';
import { streamSafetensors, type TensorToStream } from '../files/safetensors-write.ts';
import type { Adapter } from '../tuning/method.ts';
import { readFloats } from './checkpoint.ts';
import type { ModelSession } from './model-session.ts';

/** A file to write: its parts follow each other, and large ones are made only when their turn comes. */
export interface StreamedFile {
  readonly path: string;
  readonly parts: Parts;
}

/**
 * What a run gives away: a PEFT adapter (`adapter_config.json`, `adapter_model.safetensors`, `README.md`), base
 * parameters that were trained beside it included as saved modules; without an adapter `changedWeights`.
 * @param baseName how others find the base: a Hub id or a path; null where it has no name
 * @throws AppError 'device-lost'
 */
export async function resultFiles(model: ModelSession, baseName: string | null): Promise<readonly StreamedFile[]> {
  const adapter = model.tuning?.adapter;
  return adapter === undefined
    ? [changedWeights(model)]
    : peftFiles(await collectAdapter(model, adapter, baseName), adapter);
}

/** The adapter as it stands in the session. */
async function collectAdapter(
  { session, open, tuning }: ModelSession,
  adapter: Adapter,
  baseName: string | null,
): Promise<PeftAdapter> {
  const tensors = new Map<string, AdapterTensor>();
  for (const { name, shape } of adapter.parameters) tensors.set(name, { shape, data: await readFloats(session, name) });
  const savedModules = new Set<string>();
  const { bias = 'none' } = adapter.peftConfig;
  for (const { name, shape, module, role } of open.model.parameters) {
    if (!tuning?.trained.has(name)) continue;
    // PEFT moves what an adapted module had of its own (a trained bias) into its `base_layer`.
    const adapted = adapter.modules.has(module);
    const key = adapted ? `${module}.base_layer.${name.slice(module.length + 1)}` : name;
    tensors.set(key, { shape, data: await readFloats(session, name) });
    if (!adapted && !(role === 'bias' && bias === 'all')) savedModules.add(module);
  }
  const config = {
    auto_mapping: null,
    base_model_name_or_path: baseName,
    inference_mode: true,
    modules_to_save: savedModules.size > 0 ? [...savedModules].sort() : null,
    revision: null,
    task_type: 'CAUSAL_LM',
    ...adapter.peftConfig,
  };
  return { config, tensors };
}

/** Only the trained parameters, in the base's data types, under the base's tensor names. */
export function changedWeights(model: ModelSession): StreamedFile {
  const tensors = weightTensors(model, (name) => model.tuning?.trained.has(name) ?? false);
  return { path: 'model.safetensors', parts: streamSafetensors(tensors, { format: 'pt' }) };
}

/** Files of the base that a whole model needs beside its weights, where it has them. */
const companions = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];

/** A whole model that transformers loads: every weight, changed ones rounded to the base's data types, and its files. */
export async function wholeModel(model: ModelSession): Promise<StreamedFile[]> {
  const { files } = model.open;
  const copied: StreamedFile[] = [];
  for (const path of companions) if (await files.has(path)) copied.push({ path, parts: [await files.read(path)] });
  const weights = streamSafetensors(
    weightTensors(model, () => true),
    { format: 'pt' },
  );
  return [...copied, { path: 'model.safetensors', parts: weights }];
}

function weightTensors(model: ModelSession, wanted: (parameter: string) => boolean): TensorToStream[] {
  const { open, session, tuning } = model;
  return open.model.parameters
    .filter(({ name }) => wanted(name))
    .map(({ name, shape }) => {
      const tensor = open.tensorOf(name);
      const dtype = floatDtype(tensor, open.checkpoint.tensors.get(tensor)!.dtype);
      const trained = async () => f32ToBytes(await readFloats(session, name), dtype);
      return {
        name: tensor,
        dtype,
        shape,
        data: tuning?.trained.has(name) ? trained : () => open.checkpoint.readTensor(tensor),
      };
    });
}
