/** What PEFT calls the tensors of an adapter, in its files and in the state dicts of models that have one. */
import { AppError, because, type Reason } from '../errors.ts';
import { unwrappedName } from './tensor-names.ts';

const keyPrefix = 'base_model.model.';
/** Tensors that belong to no module of the base model, with their keys. */
const sharedKeys = new Map([
  ['prompt_embeddings', 'prompt_embeddings'],
  ['vera_A', 'base_model.vera_A'],
  ['vera_B', 'base_model.vera_B'],
]);
const sharedNames = new Map([...sharedKeys].map(([name, key]) => [key, name]));

/** Prompt methods do not wrap the modules of a model, so what is saved beside them lies one level higher. */
const unwrappedPrefix = 'base_model.';
const unwrapped: readonly unknown[] = ['PROMPT_TUNING', 'P_TUNING', 'PREFIX_TUNING'];

/** PEFT's key of a tensor. */
export function tensorKey(name: string, config: Readonly<Record<string, unknown>>): string {
  const isHigher = unwrapped.includes(config.peft_type);
  return sharedKeys.get(name) ?? (isHigher ? unwrappedPrefix : keyPrefix) + name;
}

/** What PEFT's key calls a tensor here: without `base_model.model.`; undefined where PEFT has no such keys. */
export function tensorName(key: string): string | undefined {
  const shared = sharedNames.get(key);
  if (shared !== undefined) return shared;
  const prefix = [keyPrefix, unwrappedPrefix].find((each) => key.startsWith(each));
  if (prefix === undefined) return undefined;
  // A model that was wrapped again has the prefix as often.
  return tensorName(key.slice(prefix.length)) ?? key.slice(prefix.length);
}

/** Where a state dict holds the name that the adapter has in its model, such as `default`; PEFT's files leave it out. */
const ownNames: readonly RegExp[] = [
  /(?<=\.lora_[AB])\.([^.]+)(?=\.(?:weight|bias)$)/,
  /(?<=\.(?:lora_embedding_[AB]|ia3_l|vera_lambda_[bd])|\bvera_[AB])\.([^.]+)$/,
  /(?<=\.lora_magnitude_vector)\.(?:([^.]+)\.)?weight$/,
  // With `bias: all` PEFT takes the name out of `head.modules_to_save.default.bias`, which then ends in the tensor.
  /\.modules_to_save(?:\.([^.]+)(?=\.))?/,
];

/** A tensor that only adapters have. */
const adapterTensor = /\.(lora_[AB](\.[^.]+)?\.weight|lora_embedding_[AB]|ia3_l|vera_lambda_[bd]|adaption_\w+)/;

/**
 * The tensors of an adapter by their names here, from the keys of its file: without what wraps the model, the prefixes and
 * the adapter's own name. A base module's copy (`original_module`) is left out.
 * @throws AppError 'adapter-invalid' for names of another program, and for several adapters in one file
 */
export function adapterNames(keys: readonly string[]): Map<string, string> {
  const plain = keys.map(unwrappedName);
  if (plain.length > 0 && !plain.some((key) => tensorName(key) !== undefined || adapterTensor.test(key)))
    throw invalid(because`its tensors (${keys.slice(0, 3).join(', ')}) are not named as PEFT names them`);
  const own = new Set<string>();
  const found = plain.map((key) =>
    ownNames.reduce(
      (name, pattern) =>
        name.replace(pattern, (_, adapter?: string) => {
          if (adapter !== undefined) own.add(adapter);
          return '';
        }),
      tensorName(key) ?? key,
    ),
  );
  if (own.size > 1)
    throw invalid(because`its file holds several adapters (${[...own].sort().join(', ')}); save one by itself`);
  const names = new Map<string, string>();
  for (const [at, name] of found.entries()) {
    if (name.includes('.original_module.')) continue;
    const before = names.get(name);
    // With `bias: all` PEFT also saves the biases of saved modules under the names they have inside its wrapper.
    if (before !== undefined && keys[at]!.includes('.modules_to_save.')) continue;
    if (before !== undefined && !before.includes('.modules_to_save.'))
      throw invalid(because`${before} and ${keys[at]} are one tensor (${name})`);
    names.set(name, keys[at]!);
  }
  return names;
}

const invalid = (reason: Reason): AppError => new AppError('adapter-invalid', { reason });
