import type { Parts } from '../files/directory.ts';
import { f32ToBytes } from '../files/half.ts';
import { adapterFiles, type LoraAdapter, type SavedTensor } from '../files/peft.ts';
import { floatDtype } from '../files/safetensors-header.ts';
import { streamSafetensors, type TensorToStream } from '../files/safetensors-write.ts';
import type { CausalModel } from '../models/model.ts';
import { loraAName, loraBName } from '../tuning/lora.ts';
import { linearModules } from '../tuning/target-modules.ts';
import type { Tuning } from '../tuning/tuning.ts';
import { readFloats } from './checkpoint.ts';
import type { ModelSession } from './model-session.ts';
import type { RunConfig } from './run-config.ts';

/** A file to write: its parts follow each other, and large ones are made only when their turn comes. */
export interface StreamedFile {
  readonly path: string;
  readonly parts: Parts;
}

/**
 * What a run gives away: a PEFT adapter (`adapter_config.json`, `adapter_model.safetensors`, `README.md`) for LoRA, base
 * parameters that were trained beside it included as saved modules; for full fine-tuning `changedWeights`.
 * @param baseName how others find the base: a Hub id or a path; null where it has no name
 */
export async function resultFiles(
  model: ModelSession,
  config: RunConfig,
  baseName: string | null,
): Promise<readonly StreamedFile[]> {
  return model.tuning?.lora ? exportAdapter(model, config, baseName) : [changedWeights(model)];
}

/** The adapter as it stands in the session. @throws AppError 'device-lost' */
export function readLora(model: ModelSession, config: RunConfig, baseName: string | null): Promise<LoraAdapter> {
  const read = (name: string) => readFloats(model.session, name);
  return collectLora(model.open.model, model.tuning, config, baseName, read);
}

/** The LoRA pairs of a tuning and the base parameters trained whole, with `read` giving the values of each by name. */
export async function collectLora(
  model: CausalModel,
  tuning: Tuning | null,
  config: RunConfig,
  baseName: string | null,
  read: (name: string) => Promise<Float32Array<ArrayBuffer>>,
): Promise<LoraAdapter> {
  const modules = [];
  for (const [path, lora] of tuning?.lora?.modules ?? []) {
    const { rank, alpha, inFeatures, outFeatures } = lora;
    const a = await read(loraAName(path));
    const b = await read(loraBName(path));
    modules.push({ path, rank, alpha, inFeatures, outFeatures, a, b });
  }
  const saved: SavedTensor[] = [];
  for (const { name, shape } of model.parameters) {
    if (tuning?.trained.has(name)) saved.push({ name, shape, data: await read(name) });
  }
  return {
    modules,
    saved,
    baseModel: baseName,
    revision: null,
    taskType: 'CAUSAL_LM',
    dropout: config.tuning.lora_dropout,
    useRslora: config.tuning.use_rslora,
    useDora: false,
    // PEFT says so of adapters on Conv1D and stores A and B as for any other matrix.
    fanInFanOut: model.parameters.some(({ module, transposed }) => transposed && tuning?.lora?.modules.has(module)),
  };
}

async function exportAdapter(model: ModelSession, config: RunConfig, baseName: string | null): Promise<StreamedFile[]> {
  return adapterFiles(await readLora(model, config, baseName), linearModules(model.open.model));
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
