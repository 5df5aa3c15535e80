/**
 * The folder of an adapter of AdapterHub's `adapters`: `adapter_config.json`, `adapter.safetensors`, and of a classifier
 * `head_config.json`, `model_head.safetensors`.
 */
import { AppError, because } from '../errors.ts';
import { type AdapterTensor, type PeftAdapter, readConfig } from './peft.ts';
import { openSafetensors } from './safetensors.ts';
import { writeSafetensors } from './safetensors-write.ts';
import type { ModelFiles, NamedFile } from './source.ts';
import { openTorch } from './torch.ts';

const weightsName = 'adapter.safetensors';
const olderWeightsName = 'pytorch_adapter.bin';
const headName = 'model_head.safetensors';
const olderHeadName = 'pytorch_model_head.bin';

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
  const tensors = new Map<string, AdapterTensor>();
  const own = ownPart(config);
  for (const [key, tensor] of await readTensors(files, weightsName, olderWeightsName)) {
    if (!key.includes(own))
      throw new AppError('adapter-invalid', { reason: because`tensor ${key} is of another adapter` });
    tensors.set(key.replace(own, '.adapters.'), tensor);
  }
  if ((await files.has(headName)) || (await files.has(olderHeadName)))
    // The library saves a language model's head too, which it does not train.
    for (const [name, tensor] of await readTensors(files, headName, olderHeadName))
      if (!name.startsWith('lm_head.')) tensors.set(name, tensor);
  return { config, tensors };
}

async function readTensors(files: ModelFiles, name: string, olderName: string): Promise<[string, AdapterTensor][]> {
  const older = !(await files.has(name)) && (await files.has(olderName));
  const { tensors, readFloats } = await (older ? openTorch(files, olderName) : openSafetensors(files, name));
  const read = [...tensors].map(async ([key, { shape }]): Promise<[string, AdapterTensor]> => {
    return [key, { shape, data: await readFloats(key) }];
  });
  return Promise.all(read);
}

/** What the names of the tensors of an adapter have in common. */
function ownPart({ name }: PeftAdapter['config']): string {
  if (typeof name !== 'string') throw new AppError('adapter-invalid', { reason: because`its config has no name` });
  return `.adapters.${name}.`;
}

/** What the library says of a classifier's head. */
export interface HeadFacts {
  readonly label2id: Readonly<Record<string, number>>;
  readonly num_labels: number;
}

/** The files of an adapter, weights as F32. `head` is given for a classifier, whose tensors have no `.adapters.`. */
export function adapterHubFiles({ config, tensors }: PeftAdapter, head?: HeadFacts): NamedFile[] {
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const weights = (path: string, ofHead: boolean): NamedFile => {
    const chosen = [...tensors].filter(([name]) => name.includes('.adapters.') !== ofHead);
    const list = chosen.map(([name, tensor]) => {
      return { name: name.replace('.adapters.', ownPart(config)), dtype: 'F32' as const, ...tensor };
    });
    return { path, parts: [writeSafetensors(list, { format: 'pt' })] };
  };
  const json = (path: string, value: object): NamedFile => ({ path, parts: [encode(configText(value))] });
  const ofHead = { ...config, ...head, config: null, name: null };
  return [
    json('adapter_config.json', config),
    weights(weightsName, false),
    ...(head ? [json('head_config.json', ofHead), weights(headName, true)] : []),
  ];
}

/** The library takes a scaling only where it is written with a decimal point. */
function configText(config: object): string {
  return `${JSON.stringify(config, null, 2).replace(/("scaling": \d+)(?=,?\n)/, '$1.0')}\n`;
}
