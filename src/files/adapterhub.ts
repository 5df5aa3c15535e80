/** The folder of an adapter of AdapterHub's `adapters`: `adapter_config.json`, `adapter.safetensors`, `README.md`. */
import { AppError } from '../errors.ts';
import { type AdapterTensor, type CardWords, type PeftAdapter, readConfig } from './peft.ts';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './safetensors-write.ts';
import type { ModelFiles, NamedFile } from './source.ts';
import { openTorch } from './torch.ts';

const weightsName = 'adapter.safetensors';
const olderWeightsName = 'pytorch_adapter.bin';

/** Whether an `adapter_config.json` is AdapterHub's: PEFT's names a `peft_type`. */
export const isAdapterHub = (config: PeftAdapter['config']): boolean =>
  typeof config.config === 'object' && config.config !== null && config.peft_type === undefined;

/**
 * Reads such a folder. Tensors are named as in the file, without the adapter's own name, which each may choose:
 * `model.layers.0.output_adapters.adapters.adapter_up.weight`.
 * @throws AppError `adapter-invalid`, `file-missing`, and those of weights that cannot be read.
 */
export async function readAdapterHub(files: ModelFiles): Promise<PeftAdapter> {
  const config = await readConfig(files);
  const older = !(await files.has(weightsName)) && (await files.has(olderWeightsName));
  const checkpoint = await (older ? openTorch(files, olderWeightsName) : openSafetensors(files, weightsName));
  const tensors = new Map<string, AdapterTensor>();
  const own = ownPart(config);
  for (const [key, { shape }] of checkpoint.tensors) {
    if (!key.includes(own)) throw new AppError('adapter-invalid', { reason: `tensor ${key} is of another adapter` });
    tensors.set(key.replace(own, '.adapters.'), { shape, data: await checkpoint.readFloats(key) });
  }
  return { config, tensors };
}

/** What the names of the tensors of an adapter have in common. */
const ownPart = ({ name }: PeftAdapter['config']): string => `.adapters.${String(name)}.`;

/** The files of an adapter, weights as F32. */
export function adapterHubFiles({ config, tensors }: PeftAdapter, words: CardWords): NamedFile[] {
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const list = [...tensors].map(([name, tensor]) => {
    return { name: name.replace('.adapters.', ownPart(config)), dtype: 'F32' as const, ...tensor };
  });
  return [
    { path: 'adapter_config.json', parts: [encode(configText(config))] },
    { path: weightsName, parts: [writeSafetensors(list, { format: 'pt' })] },
    { path: 'README.md', parts: [encode(modelCard(config, words))] },
  ];
}

/** The library takes a scaling only where it is written with a decimal point. */
function configText(config: PeftAdapter['config']): string {
  return `${JSON.stringify(config, null, 2).replace(/("scaling": \d+)(?=,?\n)/, '$1.0')}\n`;
}

function modelCard(config: PeftAdapter['config'], { title, summary }: CardWords): string {
  const base = String(config.model_name ?? '');
  const from = JSON.stringify(base || 'path/to/the/base/model');
  const load = String(config.model_class || 'AutoModelForCausalLM');
  return `---
base_model: ${JSON.stringify(base)}
library_name: adapters
tags:
- adapter-transformers
- ${String(config.model_type)}
---

# ${title}${base === '' ? '' : ` for ${base}`}

Trained with Atelier: ${summary}.

\`\`\`python
import adapters
from transformers import ${load}, AutoTokenizer

model = ${load}.from_pretrained(${from})
tokenizer = AutoTokenizer.from_pretrained(${from})
adapters.init(model)
model.load_adapter("path/to/this/folder", set_active=True, use_safetensors=True)
\`\`\`
`;
}
