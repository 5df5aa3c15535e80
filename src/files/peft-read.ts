import { AppError } from '../errors.ts';
import { keyPrefix, type LoraAdapter, type LoraModule, type SavedTensor } from './peft.ts';
import { type LoraConfig, parseLoraConfig } from './peft-config.ts';
import { type Checkpoint, openSafetensors } from './safetensors.ts';
import type { ModelFiles } from './source.ts';

/** A module of the base model that can carry LoRA. */
export interface BaseModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

const weightsName = 'adapter_model.safetensors';
const loraKey = /^(.*)\.(lora_A\.weight|lora_B\.weight|lora_embedding_A|lora_embedding_B|lora_magnitude_vector)$/;

const invalid = (reason: string) => new AppError('adapter-invalid', { reason });

/**
 * Reads a PEFT LoRA adapter (`adapter_config.json`, `adapter_model.safetensors`; any of F32, F16, BF16, widened to f32).
 * PEFT only warns about tensors that are missing; here that is an error.
 * @param base the base model's adaptable modules by path; with it, modules that the base lacks or has in another size, and
 * targeted modules without tensors, are refused as well.
 * @throws AppError `adapter-invalid`, `file-missing`, and those of a safetensors file that cannot be read.
 */
export async function readAdapter(files: ModelFiles, base?: ReadonlyMap<string, BaseModule>): Promise<LoraAdapter> {
  const config = parseLoraConfig(await files.text('adapter_config.json'));
  if (!(await files.has(weightsName)) && (await files.has('adapter_model.bin'))) {
    throw invalid('its weights are a PyTorch file (adapter_model.bin); save it again as safetensors');
  }
  const checkpoint = await openSafetensors(files, weightsName);
  const pairs = new Map<string, Map<string, string>>();
  const saved: SavedTensor[] = [];
  for (const [key, { shape }] of checkpoint.tensors) {
    if (!key.startsWith(keyPrefix)) throw invalid(`tensor ${key} is not named as PEFT names them`);
    const name = key.slice(keyPrefix.length);
    const match = loraKey.exec(name);
    if (match) {
      const [, path, part] = match as unknown as [string, string, string];
      pairs.set(path, (pairs.get(path) ?? new Map<string, string>()).set(part.replace('.weight', ''), key));
    } else if (name.includes('.lora_')) {
      throw invalid(`tensor ${key} is of an unknown kind`);
    } else {
      saved.push({ name: name.replace('.base_layer.', '.'), shape, data: await checkpoint.readFloats(key) });
    }
  }
  if (pairs.size === 0) throw invalid(`${weightsName} holds no LoRA tensor`);
  const modules: LoraModule[] = [];
  for (const [path, keys] of pairs) modules.push(await readModule(checkpoint, config, path, keys));
  if (base) checkAgainstBase(modules, config, base);
  const { baseModel, revision, taskType, dropout, useRslora, useDora, fanInFanOut } = config;
  return { modules, saved, baseModel, revision, taskType, dropout, useRslora, useDora, fanInFanOut };
}

async function readModule(
  checkpoint: Checkpoint,
  config: LoraConfig,
  path: string,
  keys: ReadonlyMap<string, string>,
): Promise<LoraModule> {
  const embedding = keys.has('lora_embedding_A') || keys.has('lora_embedding_B');
  const load = async (part: string, dimensions: number) => {
    const key = keys.get(part);
    if (key === undefined) throw invalid(`${path} lacks ${part}`);
    const { shape } = checkpoint.tensors.get(key)!;
    if (shape.length !== dimensions) throw invalid(`${key} has shape [${shape}]`);
    return { shape, data: await checkpoint.readFloats(key) };
  };
  if (!config.targets(path)) throw invalid(`${path} has tensors but is not among target_modules`);
  const a = await load(embedding ? 'lora_embedding_A' : 'lora_A', 2);
  const b = await load(embedding ? 'lora_embedding_B' : 'lora_B', 2);
  const [rank, inFeatures] = a.shape as [number, number];
  const [outFeatures, rankOfB] = b.shape as [number, number];
  const expected = config.rankOf(path);
  if (rank !== expected || rankOfB !== expected) {
    throw invalid(`${path} has ranks ${rank} (A) and ${rankOfB} (B), but the config says ${expected}`);
  }
  const module: LoraModule = {
    path,
    rank,
    alpha: config.alphaOf(path),
    inFeatures,
    outFeatures,
    a: a.data,
    b: b.data,
    ...(embedding ? { embedding } : {}),
  };
  if (!config.useDora) {
    if (keys.has('lora_magnitude_vector')) throw invalid(`${path} has a magnitude vector, but use_dora is off`);
    return module;
  }
  const magnitude = await load('lora_magnitude_vector', 1);
  if (magnitude.shape[0] !== outFeatures && !(embedding && magnitude.shape[0] === inFeatures)) {
    throw invalid(`the magnitude vector of ${path} has length ${magnitude.shape[0]}`);
  }
  return { ...module, magnitude: magnitude.data };
}

function checkAgainstBase(modules: readonly LoraModule[], config: LoraConfig, base: ReadonlyMap<string, BaseModule>) {
  for (const { path, inFeatures, outFeatures } of modules) {
    const found = base.get(path);
    if (!found) throw invalid(`the model has no module ${path}`);
    if (found.inFeatures !== inFeatures || found.outFeatures !== outFeatures) {
      throw invalid(
        `${path} is made for ${inFeatures} → ${outFeatures} features, and the model has ${found.inFeatures} → ${found.outFeatures}`,
      );
    }
  }
  const present = new Set(modules.map((module) => module.path));
  const lacking = [...base.keys()].find((path) => config.targets(path) && !present.has(path));
  if (lacking !== undefined) throw invalid(`it targets ${lacking} and has no tensors for it`);
}
