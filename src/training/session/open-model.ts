import { AppError } from '../../errors.ts';
import { openWeights } from '../../files/model-weights.ts';
import { safetensorsFloat } from '../../files/safetensors-header.ts';
import { type ModelFiles, readJson } from '../../files/source.ts';
import { missingTensor, plainlyNamed } from '../../files/tensor-names.ts';
import type { Weights } from '../../files/weights.ts';
import type { FloatDType } from '../../graph/types.ts';
import type { JsonObject } from '../../models/config-reader.ts';
import type { Head, Model, ParameterInfo } from '../../models/model.ts';
import { buffersOf } from '../../models/opened-for.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { createTokenizer, type Tokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { asWeightsShow } from './true-config.ts';

/** A model whose files were found to fit together; its weights are read only when they are asked for. */
export interface OpenModel {
  readonly files: ModelFiles;
  readonly model: Model;
  readonly weights: Weights;
  /** The published data type of each parameter; f32 of a fresh one. */
  dtypes(parameter: string): FloatDType;
  /** The name under which the published weights hold a parameter that is not fresh. */
  tensorOf(parameter: string): string;
  /** Parameters that the published weights lack, such as the head of a new classifier: they start from drawn values. */
  readonly fresh: ReadonlySet<string>;
}

/**
 * Reads config.json and the headers of the weights, and holds them against each other. Without a head the model has
 * the one its config names. What the weights show otherwise than the config is the weights': see `asWeightsShow`.
 * @throws AppError 'config-invalid', 'model-type-unsupported', 'task-unsupported', 'file-missing', 'safetensors-invalid',
 * 'safetensors-truncated', 'torch-invalid', 'weights-several', 'weights-quantised', 'tensor-missing', 'head-missing',
 * 'tensors-named-otherwise', 'checkpoint-holds-adapter', 'tensor-shape', 'dtype-unsupported'
 */
export async function openModel(files: ModelFiles, head?: Head): Promise<OpenModel> {
  const published = await readJson(files, 'config.json');
  const [first] = modelFromConfig(published, head).parameters;
  const weights = plainlyNamed(await openWeights(files), first!.publishedNames);
  return checked(files, modelFromConfig(await asWeightsShow(published as JsonObject, weights), head), weights);
}

/** The same files opened with another head. @throws as `openModel` */
export function openWithHead({ files, model, weights }: OpenModel, head: Head): OpenModel {
  return checked(files, modelFromConfig(model.config, head), weights);
}

function checked(files: ModelFiles, model: Model, weights: Weights): OpenModel {
  const tensors = new Map<string, string>();
  const fresh = new Set<string>();
  const find = (wanted: WantedTensor) => findTensor(weights, wanted, model);
  for (const parameter of model.parameters) {
    const found = find(parameter);
    if (found === undefined) fresh.add(parameter.name);
    else tensors.set(parameter.name, found);
  }
  for (const { name, shape } of buffersOf(model)) tensors.set(name, find({ name, shape, publishedNames: [name] })!);
  return {
    files,
    model,
    weights,
    fresh,
    tensorOf: (parameter) => tensors.get(parameter)!,
    dtypes(parameter) {
      const tensor = tensors.get(parameter);
      return tensor === undefined ? 'f32' : graphDTypes[safetensorsFloat(tensor, weights.tensors.get(tensor)!.dtype)];
    },
  };
}

const graphDTypes = { F32: 'f32', F16: 'f16', BF16: 'bf16' } as const;

type WantedTensor = Pick<ParameterInfo, 'name' | 'shape' | 'publishedNames' | 'fresh'>;

/** The tensor that holds a parameter; undefined where it is to be fresh: there is none, or one of another shape. */
function findTensor(weights: Weights, wanted: WantedTensor, model: Model): string | undefined {
  const { name, shape, publishedNames, fresh } = wanted;
  const found = publishedNames.find((each) => weights.tensors.has(each));
  const info = found === undefined ? undefined : weights.tensors.get(found);
  const fits = String(info?.shape) === String(shape);
  if (fresh !== undefined && !fits) return undefined;
  if (found === undefined || info === undefined) throw absent(weights, name, model);
  if (!fits) {
    throw new AppError('tensor-shape', { tensor: found, actual: info.shape.join(', '), expected: shape.join(', ') });
  }
  safetensorsFloat(found, info.dtype);
  return found;
}

function absent(weights: Weights, name: string, { parameters, headParameter }: Model): AppError {
  const error = missingTensor(weights, name, new Set(parameters.flatMap(({ publishedNames }) => publishedNames)));
  const embedding = parameters.find(({ role }) => role === 'embedding');
  if (error.code !== 'tensor-missing' || name !== headParameter || !embedding) return error;
  return new AppError('head-missing', { tensor: name, embedding: embedding.name });
}

/**
 * The tokenizer of a model's files.
 * @throws AppError 'tokenizer-missing', 'tokenizer-convert', 'tokenizer-invalid', 'config-invalid'
 */
export const openTokenizer = async (files: ModelFiles): Promise<Tokenizer> =>
  createTokenizer(await readTokenizerFiles(files));

/** What a tokenizer is made from: plain data, so that other threads can make one too. @throws as `openTokenizer` */
export async function readTokenizerFiles(files: ModelFiles): Promise<TokenizerFiles> {
  const text = async (path: string) => ((await files.has(path)) ? files.text(path) : undefined);
  const tokenizerJson = await text('tokenizer.json');
  const sentencePiece = tokenizerJson === undefined ? await readSentencePiece(files) : null;
  const isOlder = tokenizerJson === undefined && !sentencePiece;
  const [vocabularyJson, vocabularyText] = isOlder ? [await text('vocab.json'), await text('vocab.txt')] : [];
  if (isOlder && vocabularyJson === undefined && vocabularyText === undefined) throw new AppError('tokenizer-missing');
  const config = (await readJson(files, 'config.json')) as {
    eos_token_id?: unknown;
    vocab_size?: unknown;
    model_type?: unknown;
  };
  const generation = (await files.has('generation_config.json')) ? await readJson(files, 'generation_config.json') : {};
  // The ids of generation may be several, of which the first ends a text; the others end turns.
  const eos = [config.eos_token_id ?? (generation as { eos_token_id?: unknown } | null)?.eos_token_id].flat()[0];
  return {
    tokenizerJson,
    sentencePiece,
    vocabularyJson,
    vocabularyText: vocabularyText ?? null,
    merges: (isOlder ? await text('merges.txt') : null) ?? null,
    addedTokens: tokenizerJson === undefined ? await text('added_tokens.json') : undefined,
    tokenizerConfig: await text('tokenizer_config.json'),
    specialTokensMap: await text('special_tokens_map.json'),
    chatTemplate: (await text('chat_template.jinja')) ?? null,
    eosTokenId: typeof eos === 'number' ? eos : null,
    modelVocabularySize: typeof config.vocab_size === 'number' ? config.vocab_size : null,
    modelType: typeof config.model_type === 'string' ? config.model_type : null,
  };
}

async function readSentencePiece(files: ModelFiles): Promise<Uint8Array | null> {
  for (const path of ['tokenizer.model', 'spiece.model']) if (await files.has(path)) return files.read(path);
  return null;
}
