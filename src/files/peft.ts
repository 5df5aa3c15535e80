/** The folder of a PEFT adapter: `adapter_config.json`, `adapter_model.safetensors`. */
import { AppError, because, type Reason } from '../errors.ts';
import type { Parts } from './directory.ts';
import { adapterNames, tensorKey } from './peft-names.ts';
import { openSafetensors } from './safetensors.ts';
import { streamSafetensors } from './safetensors-write.ts';
import type { ModelFiles } from './source.ts';
import { openTorch } from './torch.ts';

export interface AdapterTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** An adapter of any method, as it lies in its folder. */
export interface PeftAdapter {
  readonly config: Readonly<Record<string, unknown>>;
  /** By PEFT's key without `base_model.model.`, such as `model.layers.0.self_attn.q_proj.lora_A.weight`. */
  readonly tensors: ReadonlyMap<string, AdapterTensor>;
}

/** The file beside an adapter of ours that names its classes, as transformers' config.json does. */
export const labelsName = 'labels.json';

const weightsName = 'adapter_model.safetensors';
/** What PEFT wrote before it wrote safetensors. */
const olderWeightsName = 'adapter_model.bin';

const invalid = (reason: Reason, cause?: unknown): AppError =>
  new AppError('adapter-invalid', { reason }, cause === undefined ? undefined : { cause });

/**
 * Reads an adapter's folder (tensors of F32, F16 or BF16, widened to f32).
 * @throws AppError `adapter-invalid`, `file-missing`, and those of weights that cannot be read.
 */
export async function readPeft(files: ModelFiles): Promise<PeftAdapter> {
  const config = await readConfig(files);
  const older = !(await files.has(weightsName)) && (await files.has(olderWeightsName));
  const weights = await (older ? openTorch(files, olderWeightsName) : openSafetensors(files, weightsName));
  const tensors = new Map<string, AdapterTensor>();
  for (const [name, key] of adapterNames([...weights.tensors.keys()])) {
    const { shape } = weights.tensors.get(key)!;
    tensors.set(name, { shape, data: await weights.readFloats(key) });
  }
  return { config, tensors };
}

/** `adapter_config.json`, of PEFT or AdapterHub. @throws AppError `adapter-invalid`, `file-missing` */
export async function readConfig(files: ModelFiles): Promise<PeftAdapter['config']> {
  const text = await files.text('adapter_config.json');
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw invalid(because`adapter_config.json is not JSON`, cause);
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw invalid(because`adapter_config.json is no object`);
  return config as Record<string, unknown>;
}

/** A tensor to be saved: at hand, or fetched when its turn comes. */
export interface TensorToSave {
  readonly shape: readonly number[];
  readonly data: AdapterTensor['data'] | (() => Promise<AdapterTensor['data']>);
}

/** The two files of an adapter: 2-space indent and sorted keys, weights as F32. */
export function peftFiles(
  config: PeftAdapter['config'],
  tensors: ReadonlyMap<string, TensorToSave>,
): { readonly path: string; readonly parts: Parts }[] {
  const sorted = Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
  const list = [...tensors].map(([name, tensor]) => {
    return { name: tensorKey(name, config), dtype: 'F32' as const, ...tensor };
  });
  return [
    { path: 'adapter_config.json', parts: [new TextEncoder().encode(`${JSON.stringify(sorted, null, 2)}\n`)] },
    { path: weightsName, parts: streamSafetensors(list, { format: 'pt' }) },
  ];
}
