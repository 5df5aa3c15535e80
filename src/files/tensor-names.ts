/**
 * Names of tensors without what programs put around the model. PyTorch's wrappers leave their attribute in each name,
 * and a model inside of another has its path before each.
 */
import { AppError } from '../errors.ts';
import type { Weights } from './weights.ts';

/** Attributes of DistributedDataParallel, torch.compile, FSDP, activation checkpointing and DeepSpeed. */
const wrappers: ReadonlySet<string> = new Set([
  'module',
  '_orig_mod',
  '_fsdp_wrapped_module',
  '_checkpoint_wrapped_module',
  '_forward_module',
]);

/** Such as `model.norm.weight` of `module._orig_mod.model.norm.weight`. */
export const unwrappedName = (name: string): string =>
  name
    .split('.')
    .filter((part) => !wrappers.has(part))
    .join('.');

/**
 * The weights under the names of the model: without wrappers and, where none of `wanted` is there, without the path
 * that stands before one of them.
 * @param wanted names that files may have for the model's first parameter
 * @throws AppError `tensors-named-otherwise` where two models lie side by side
 */
export function plainlyNamed(weights: Weights, wanted: readonly string[]): Weights {
  const unwrapped = renamed(weights, unwrappedName);
  if (wanted.some((name) => unwrapped.tensors.has(name))) return unwrapped;
  const names = [...unwrapped.tensors.keys()];
  const found = names.flatMap((name) =>
    wanted.filter((each) => name.endsWith(`.${each}`)).map((each) => name.slice(0, -each.length)),
  );
  // The end of a name that is wanted whole and in part is found twice: the shorter path is right.
  const prefixes = [...new Set(found)].filter((each) => !found.some((more) => more !== each && each.startsWith(more)));
  const [prefix] = prefixes;
  if (prefix === undefined) return unwrapped;
  if (prefixes.length > 1)
    throw new AppError('tensors-named-otherwise', {
      tensor: wanted[0]!,
      found: prefixes.map((each) => `${each}…`).join(', '),
    });
  return renamed(unwrapped, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
}

function renamed(weights: Weights, plain: (name: string) => string): Weights {
  const given = new Map<string, string>();
  for (const name of weights.tensors.keys()) {
    const before = given.get(plain(name));
    if (before !== undefined)
      throw new AppError('tensors-named-otherwise', { tensor: plain(name), found: `${before}, ${name}` });
    given.set(plain(name), name);
  }
  const of = (name: string): string => given.get(name) ?? name;
  return {
    ...weights,
    tensors: new Map([...given].map(([name, from]) => [name, weights.tensors.get(from)!])),
    readTensor: (name) => weights.readTensor(of(name)),
    streamTensor: (name, chunkBytes) => weights.streamTensor(of(name), chunkBytes),
    readFloats: (name) => weights.readFloats(of(name)),
    ...(weights.coded && { coded: new Map([...weights.coded].map(([name, tensor]) => [plain(name), tensor])) }),
  };
}

/** Parts of names that only PEFT's adapters bring. */
const adapterPart = /\.(lora_|base_layer\.|modules_to_save\.|original_module\.|ia3_l|vera_lambda)/;

/**
 * Why a tensor is not there: the model still carries an adapter, or nothing has its names, or this one is missing.
 * @param known names of all tensors of the model
 */
export function missingTensor({ tensors }: Weights, tensor: string, known: ReadonlySet<string>): AppError {
  const names = [...tensors.keys()];
  const adapted = names.find((name) => adapterPart.test(name));
  if (adapted !== undefined) return new AppError('checkpoint-holds-adapter', { found: adapted });
  if (names.some((name) => known.has(name))) return new AppError('tensor-missing', { tensor });
  return new AppError('tensors-named-otherwise', { tensor, found: names.slice(0, 3).join(', ') });
}
