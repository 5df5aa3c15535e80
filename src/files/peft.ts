import { type TensorToWrite, writeSafetensors } from './safetensors-write.ts';
import type { Bytes, NamedFile } from './source.ts';

/** The LoRA pair of one module, as PEFT keeps it: ΔW = scale · B · A, never transposed for fan_in_fan_out. */
export interface LoraModule {
  /** Module path in the transformers task class, such as `model.layers.0.self_attn.q_proj`. */
  readonly path: string;
  readonly rank: number;
  readonly alpha: number;
  /** For an embedding: the number of rows (vocabulary). */
  readonly inFeatures: number;
  /** For an embedding: the width of a row. */
  readonly outFeatures: number;
  /** [rank, inFeatures], row-major. */
  readonly a: Float32Array<ArrayBuffer>;
  /** [outFeatures, rank], row-major. */
  readonly b: Float32Array<ArrayBuffer>;
  /** DoRA's magnitudes [outFeatures] (of an embedding: one a row or one a column, as PEFT's version has it). */
  readonly magnitude?: Float32Array<ArrayBuffer>;
  /** An embedding's pair has other tensor names. */
  readonly embedding?: boolean;
}

/**
 * A base parameter that was trained whole beside the adapter (PEFT: `modules_to_save`, or `base_layer` of an adapted
 * module). Give all parameters of its module: PEFT saves modules, not parameters.
 */
export interface SavedTensor {
  /** Parameter name, such as `lm_head.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export interface LoraAdapter {
  readonly modules: readonly LoraModule[];
  readonly saved: readonly SavedTensor[];
  /** Hub id or folder of the base; null where it has no name that others could load. */
  readonly baseModel: string | null;
  readonly revision: string | null;
  readonly taskType: string;
  readonly dropout: number;
  /** Scale α/√r in place of α/r. */
  readonly useRslora: boolean;
  readonly useDora: boolean;
  /** True where the base keeps its weights as [in, out] (GPT-2's Conv1D). */
  readonly fanInFanOut: boolean;
}

export const keyPrefix = 'base_model.model.';

/**
 * The three files of a PEFT LoRA adapter, weights as F32.
 * @param allModules paths of every module of the base that could carry LoRA; with it, `target_modules` names a kind
 * ("q_proj") where all of that kind are adapted, otherwise each module by its whole path.
 * @throws RangeError when a tensor does not have its module's size, or nothing is adapted.
 */
export function adapterFiles(adapter: LoraAdapter, allModules: readonly string[] = []): NamedFile[] {
  const encode = (text: string): Bytes => new TextEncoder().encode(text);
  return [
    { path: 'adapter_config.json', parts: [encode(adapterConfig(adapter, allModules))] },
    { path: 'adapter_model.safetensors', parts: [writeSafetensors(adapterTensors(adapter), { format: 'pt' })] },
    { path: 'README.md', parts: [encode(modelCard(adapter))] },
  ];
}

function adapterTensors({ modules, saved }: LoraAdapter): TensorToWrite[] {
  const tensors: TensorToWrite[] = [];
  const add = (name: string, shape: readonly number[], data: Float32Array<ArrayBuffer>) =>
    tensors.push({ name: keyPrefix + name, dtype: 'F32', shape, data });
  for (const { path, rank, inFeatures, outFeatures, a, b, magnitude, embedding } of modules) {
    add(embedding ? `${path}.lora_embedding_A` : `${path}.lora_A.weight`, [rank, inFeatures], a);
    add(embedding ? `${path}.lora_embedding_B` : `${path}.lora_B.weight`, [outFeatures, rank], b);
    if (magnitude) add(`${path}.lora_magnitude_vector`, [magnitude.length], magnitude);
  }
  const adapted = new Set(modules.map((module) => module.path));
  for (const { name, shape, data } of saved) {
    // PEFT moves what an adapted module had of its own (a trained bias) into its `base_layer`.
    const [path, leaf] = splitName(name);
    add(adapted.has(path) ? `${path}.base_layer.${leaf}` : name, shape, data);
  }
  return tensors;
}

const splitName = (name: string): [path: string, leaf: string] => {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
};

/**
 * `adapter_config.json` with the keys that every PEFT since 0.10 knows: a key that the reader's version does not know
 * makes it warn, and PEFT fills in the ones that came later.
 */
function adapterConfig(adapter: LoraAdapter, allModules: readonly string[]): string {
  const { modules } = adapter;
  if (modules.length === 0) throw new RangeError('an adapter needs at least one adapted module');
  const rank = mostCommon(modules.map((module) => module.rank));
  const alpha = mostCommon(modules.map((module) => module.alpha));
  const adapted = new Set(modules.map((module) => module.path));
  const savedModules = [...new Set(adapter.saved.map(({ name }) => splitName(name)[0]))]
    .filter((path) => !adapted.has(path))
    .sort();
  const patternOf = (key: 'rank' | 'alpha', usual: number) =>
    Object.fromEntries(modules.filter((module) => module[key] !== usual).map((module) => [module.path, module[key]]));
  const config: Record<string, unknown> = {
    alpha_pattern: patternOf('alpha', alpha),
    auto_mapping: null,
    base_model_name_or_path: adapter.baseModel,
    bias: 'none',
    fan_in_fan_out: adapter.fanInFanOut,
    inference_mode: true,
    init_lora_weights: true,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: alpha,
    lora_dropout: adapter.dropout,
    megatron_config: null,
    megatron_core: 'megatron.core',
    modules_to_save: savedModules.length > 0 ? savedModules : null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: patternOf('rank', rank),
    revision: adapter.revision,
    target_modules: targetModules(
      modules.map((module) => module.path),
      allModules,
    ),
    task_type: adapter.taskType,
    use_dora: adapter.useDora,
    use_rslora: adapter.useRslora,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Last path components where they name exactly the adapted modules, else whole paths (PEFT: `endswith('.' + name)`). */
function targetModules(adapted: readonly string[], all: readonly string[]): string[] {
  const chosen = new Set(adapted);
  const leafOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);
  const partial = new Set(all.filter((path) => !chosen.has(path)).map(leafOf));
  const known = new Set(all);
  return [
    ...new Set(adapted.map((path) => (!known.has(path) || partial.has(leafOf(path)) ? path : leafOf(path)))),
  ].sort();
}

function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

function modelCard({ baseModel, modules, taskType, useDora }: LoraAdapter): string {
  const base = baseModel ?? '';
  const load = taskType === 'SEQ_CLS' ? 'AutoModelForSequenceClassification' : 'AutoModelForCausalLM';
  const ranks = [...new Set(modules.map((module) => module.rank))].sort((x, y) => x - y).join(', ');
  return `---
base_model: ${JSON.stringify(base)}
library_name: peft
${taskType === 'CAUSAL_LM' ? 'pipeline_tag: text-generation\n' : ''}tags:
- ${JSON.stringify(`base_model:adapter:${base}`)}
- lora
- transformers
---

# ${useDora ? 'DoRA' : 'LoRA'} adapter${base === '' ? '' : ` for ${base}`}

Trained with Atelier: rank ${ranks} on ${modules.length} modules.

\`\`\`python
from peft import PeftModel
from transformers import ${load}, AutoTokenizer

base = ${load}.from_pretrained(${JSON.stringify(base || 'path/to/the/base/model')})
tokenizer = AutoTokenizer.from_pretrained(${JSON.stringify(base || 'path/to/the/base/model')})
model = PeftModel.from_pretrained(base, "path/to/this/folder")
\`\`\`
`;
}
