/**
 * Which parameters a rule picks: pure functions over the parameters in the order of `named_parameters()` (tied heads
 * once). All give names in that order. Where the articles these rules come from have a defect, both forms are here.
 */
import type { ParameterInfo } from '../models/model.ts';
import type { Expression } from './expression.ts';

type Parameters = readonly ParameterInfo[];

const sizeOf = ({ shape }: ParameterInfo): number => shape.reduce((product, size) => product * size, 1);
const totalOf = (parameters: Parameters): number => parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
const namesWhere = (parameters: Parameters, keep: (parameter: ParameterInfo) => boolean): string[] =>
  parameters.filter(keep).map(({ name }) => name);

export const allParameters = (parameters: Parameters): string[] => namesWhere(parameters, () => true);

/** The table that token ids are looked up in: the first of the model's embeddings. */
export const inputEmbedding = (parameters: Parameters): string[] =>
  namesWhere(parameters, ({ role }) => role === 'embedding').slice(0, 1);

/** Names that contain `text`. "mlp" picks nothing in BERT: warn where the result is empty. */
export const namesContaining = (parameters: Parameters, text: string): string[] =>
  namesWhere(parameters, ({ name }) => name.includes(text));

/** All names but those that contain `text`. */
export const namesNotContaining = (parameters: Parameters, text: string): string[] =>
  namesWhere(parameters, ({ name }) => !name.includes(text));

/** Names in which the expression is found. */
export const namesMatching = (parameters: Parameters, expression: Expression): string[] =>
  namesWhere(parameters, ({ name }) => expression.test(name));

/**
 * Tensors from the input on, up to `percent` % of all values, stopping at the first that would pass it. That may be
 * none: in many models the token embedding, which comes first, is larger than 10% alone.
 */
export function nearestInput(parameters: Parameters, percent: number): string[] {
  const budget = (percent / 100) * totalOf(parameters);
  const names: string[] = [];
  let taken = 0;
  for (const parameter of parameters) {
    taken += sizeOf(parameter);
    if (taken > budget) break;
    names.push(parameter.name);
  }
  return names;
}

/** As `nearestInput`, from the last tensor back. */
export function nearestOutput(parameters: Parameters, percent: number): string[] {
  return nearestInput(parameters.toReversed(), percent).toReversed();
}

/**
 * Tensors at random, up to `percent` % of all values. `permutation` lists indices in the order in which they are tried.
 * `as-in-the-article`: the size is added before the test and then counted again in it, and the first failure ends it.
 * `corrected`: a tensor that does not fit is skipped and the next is tried.
 */
export function randomShare(
  parameters: Parameters,
  percent: number,
  permutation: readonly number[],
  mode: 'corrected' | 'as-in-the-article' = 'corrected',
): string[] {
  const budget = (percent / 100) * totalOf(parameters);
  const chosen = mode === 'corrected' ? whatFits : untilTwiceCounted;
  const indices = new Set(chosen(permutation, (index) => sizeOf(parameters[index]!), budget));
  return parameters.filter((_, index) => indices.has(index)).map(({ name }) => name);
}

function whatFits(order: readonly number[], size: (index: number) => number, budget: number): number[] {
  let taken = 0;
  return order.filter((index) => {
    const fits = taken + size(index) <= budget;
    if (fits) taken += size(index);
    return fits;
  });
}

function untilTwiceCounted(order: readonly number[], size: (index: number) => number, budget: number): number[] {
  const chosen: number[] = [];
  let taken = 0;
  for (const index of order) {
    taken += size(index);
    if (taken + size(index) > budget) break;
    chosen.push(index);
  }
  return chosen;
}

/** How the first layers are recognised by name: by their whole index, or as two of the articles do. */
export type LayerMatch = 'whole-index' | 'index-prefix' | 'dotted-embeddings';

/**
 * The embeddings (of a ResNet the stem) and layers 0 … count − 1, to be frozen.
 * `whole-index` compares the index. `index-prefix` (third article) tests `"layer.1" in name`, which also takes layers
 * 10 to 19. `dotted-embeddings` (second article) asks for `.embeddings` and so misses a bare model whose names start
 * with `embeddings.`.
 */
export function embeddingsAndFirstLayers(
  parameters: Parameters,
  count: number,
  match: LayerMatch = 'whole-index',
): string[] {
  return namesWhere(parameters, (parameter) => {
    const embedding = match === 'dotted-embeddings' ? isDottedEmbedding(parameter.name) : isEmbedding(parameter);
    return embedding || isInFirstLayers(parameter, count, match);
  });
}

/** The convolution and norm before the first stage of a ResNet, ConvNeXt or EfficientNet: what embeddings are to a model of words. */
export const isStem = ({ name }: ParameterInfo): boolean => /^(conv1|conv_stem|bn1|stem)\./.test(name);

const isEmbedding = (parameter: ParameterInfo): boolean =>
  parameter.role === 'embedding' ||
  isStem(parameter) ||
  /(^|\.)(embeddings|embed_tokens|embed_positions|wte|wpe)\./.test(parameter.name);

const isDottedEmbedding = (name: string): boolean => name.includes('.embeddings') || name.includes('.embed_tokens');

/** More than any model has. */
const mostLayers = 10_000;

function isInFirstLayers({ name, layer }: ParameterInfo, count: number, match: LayerMatch): boolean {
  if (layer === undefined) return false;
  if (match !== 'index-prefix') return layer < count;
  // The word before the index, such as `layer` in BERT and `layers` in Llama.
  const word = /([^.]+)\.\d+\./.exec(name)?.[1];
  return Array.from({ length: Math.min(count, mostLayers) }, (_, index) => `${word}.${index}`).some((text) =>
    name.includes(text),
  );
}

/** What is left to train when the embeddings and the first `count` layers are frozen. */
export function exceptEmbeddingsAndFirstLayers(parameters: Parameters, count: number, match?: LayerMatch): string[] {
  const frozen = new Set(embeddingsAndFirstLayers(parameters, count, match));
  return namesWhere(parameters, ({ name }) => !frozen.has(name));
}

/** The last `count` layers; neither the final norm nor the head. */
export function lastLayers(parameters: Parameters, count: number): string[] {
  const layers = parameters.reduce((most, { layer }) => Math.max(most, layer === undefined ? 0 : layer + 1), 0);
  return namesWhere(parameters, ({ layer }) => layer !== undefined && layer >= layers - count);
}

/** Every bias (BitFit, arXiv 2106.10199). */
export const biasesOnly = (parameters: Parameters): string[] =>
  namesWhere(parameters, ({ name, role }) => role === 'bias' || name.endsWith('.bias'));

/** Every parameter of a normalisation layer, the final norm included. */
export const normsOnly = (parameters: Parameters): string[] => namesWhere(parameters, ({ role }) => role === 'norm');
