/** The folder of a PEFT adapter: `adapter_config.json`, `adapter_model.safetensors`, `README.md`. */
import { AppError, because, type Reason } from '../errors.ts';
import { adapterNames, tensorKey } from './peft-names.ts';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './safetensors-write.ts';
import type { Bytes, ModelFiles, NamedFile } from './source.ts';
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

/** What the model card says. */
export interface CardWords {
  /** Such as "LoRA" and "rank 8 on 14 modules". */
  readonly title: string;
  readonly summary: string;
}

export interface PeftCardWords extends CardWords {
  /** transformers' class that loads the base. */
  readonly autoClass: string;
  /** The Hub's `pipeline_tag`. */
  readonly pipeline?: string | undefined;
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

/** The three files of an adapter: 2-space indent and sorted keys, weights as F32. */
export function peftFiles({ config, tensors }: PeftAdapter, words: PeftCardWords): NamedFile[] {
  const encode = (text: string): Bytes => new TextEncoder().encode(text);
  const sorted = Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
  const list = [...tensors].map(([name, tensor]) => {
    return { name: tensorKey(name, config), dtype: 'F32' as const, ...tensor };
  });
  return [
    { path: 'adapter_config.json', parts: [encode(`${JSON.stringify(sorted, null, 2)}\n`)] },
    { path: weightsName, parts: [writeSafetensors(list, { format: 'pt' })] },
    { path: 'README.md', parts: [encode(modelCard(config, words))] },
  ];
}

function modelCard(
  config: PeftAdapter['config'],
  { title, summary, autoClass: load, pipeline }: PeftCardWords,
): string {
  const base = String(config.base_model_name_or_path ?? '');
  const from = JSON.stringify(base || 'path/to/the/base/model');
  return `---
base_model: ${JSON.stringify(base)}
library_name: peft
${pipeline ? `pipeline_tag: ${pipeline}\n` : ''}tags:
- ${JSON.stringify(`base_model:adapter:${base}`)}
- ${String(config.peft_type).toLowerCase()}
- transformers
---

# ${title} adapter${base === '' ? '' : ` for ${base}`}

Trained with Atelier: ${summary}.

\`\`\`python
from peft import PeftModel
from transformers import ${load}, AutoTokenizer

base = ${load}.from_pretrained(${from})
tokenizer = AutoTokenizer.from_pretrained(${from})
model = PeftModel.from_pretrained(base, "path/to/this/folder")
\`\`\`
`;
}
