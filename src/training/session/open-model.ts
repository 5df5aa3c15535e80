import { AppError } from '../../errors.ts';
import { decodedWeights } from '../../files/bitsandbytes.ts';
import { joinedWeights } from '../../files/joined-weights.ts';
import { openWeights } from '../../files/model-weights.ts';
import { safetensorsFloat } from '../../files/safetensors-header.ts';
import { type ModelFiles, readJson } from '../../files/source.ts';
import { missingTensor, plainlyNamed } from '../../files/tensor-names.ts';
import type { Weights } from '../../files/weights.ts';
import type { QuantisedDType } from '../../graph/quantisation.ts';
import type { FloatDType } from '../../graph/types.ts';
import { isObject, type JsonObject } from '../../models/config-reader.ts';
import { isOwnHead } from '../../models/heads.ts';
import { constantsOf, type Head, type Model, type ParameterInfo } from '../../models/model.ts';
import { asMeant, buffersOf, reopened } from '../../models/opened-for.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { createTokenizer, type Tokenizer } from '../../text/tokenizer.ts';
import { readTokenizerFiles } from '../../text/tokenizer-files.ts';
import { blocksOf } from './coded-blocks.ts';
import { readSentenceForm } from './sentence-form.ts';
import { asWeightsShow } from './true-config.ts';

/** A model whose files were found to fit together; its weights are read only when they are asked for. */
export interface OpenModel {
  readonly files: ModelFiles;
  readonly model: Model;
  readonly weights: Weights;
  /** The published data type of each parameter; f32 of a fresh one. */
  dtypes(parameter: string): FloatDType;
  /** What a matrix that is published in few bits is kept as; `dtypes` says what its values are read as. */
  readonly codedAs?: ((parameter: string) => QuantisedDType | undefined) | undefined;
  /** The name under which the published weights hold a parameter that is not fresh. */
  tensorOf(parameter: string): string;
  /** Parameters that the published weights lack, such as the head of a new classifier: they start from drawn values. */
  readonly fresh: ReadonlySet<string>;
}

/**
 * Reads config.json and the headers of the weights, and holds them against each other. Without a head the model has
 * the one its config names, or gives vectors of texts where its folder says how. What the weights show otherwise than the config is the weights': see `asWeightsShow`.
 * @throws AppError 'config-invalid', 'model-type-unsupported', 'model-type-refused', 'task-unsupported', 'file-missing', 'safetensors-invalid',
 * 'safetensors-truncated', 'torch-invalid', 'weights-several', 'weights-quantised', 'tensor-missing', 'head-missing',
 * 'decoder-embeds' for one in a folder of sentence-transformers, 'masked-head-missing', 'tensors-named-otherwise', 'checkpoint-holds-adapter', 'tensor-shape', 'dtype-unsupported'
 */
export async function openModel(files: ModelFiles, head?: Head): Promise<OpenModel> {
  const published = await readJson(files, 'config.json');
  const [first] = modelFromConfig(published, head).parameters;
  const weights = plainlyNamed(await decodedWeights(files, await openWeights(files)), first!.publishedNames);
  const model = modelFromConfig(await asWeightsShow(published as JsonObject, weights), head);
  const said = await withSaid(files, model, head === undefined);
  try {
    return checked(files, said, joinedWeights(weights, model.parameters, bareOf(model)));
  } catch (thrown) {
    const lacksHead = thrown instanceof AppError && thrown.code === 'head-missing';
    if (!lacksHead || !(await files.has('modules.json'))) throw thrown;
    throw new AppError('decoder-embeds', { modelType: model.modelType });
  }
}

/** What a file that was saved from a model without its head leaves out of names. */
const bareOf = ({ parameters: [first] }: Model): string => first!.name.slice(0, first!.name.indexOf('.') + 1);

/**
 * A model with what files beside its config.json say: of one for images its input, where its config.json says none; of an
 * encoder how sentence-transformers makes a vector of a text with it. It is opened for that where no head is asked for, and
 * none is named.
 */
async function withSaid(files: ModelFiles, model: Model, isUnasked: boolean): Promise<Model> {
  if (model.kind === 'text') {
    const sentenceForm = model.causal ? undefined : await readSentenceForm(files);
    if (!sentenceForm) return model;
    const said = { ...model, sentenceForm };
    return isUnasked ? asMeant(said) : said;
  }
  if (!model.processorInput) return model;
  const processor = await readJson(files, 'preprocessor_config.json');
  return { ...model, input: model.processorInput(isObject(processor) ? processor : {}) };
}

/** The same files opened with another head. @throws as `openModel` */
export function openWithHead({ files, model, weights }: OpenModel, head: Head): OpenModel {
  return checked(files, reopened(model, head), weights);
}

function checked(files: ModelFiles, model: Model, weights: Weights): OpenModel {
  const tensors = new Map<string, string>();
  const fresh = new Set<string>();
  const find = (wanted: WantedTensor) => findTensor(weights, wanted, model);
  for (const parameter of model.parameters) {
    const found = find(parameter);
    if (found && parameter.transposed && weights.coded?.has(found))
      throw new AppError('weights-quantised', { scheme: 'bitsandbytes', tensor: found });
    if (found === undefined) fresh.add(parameter.name);
    else tensors.set(parameter.name, found);
  }
  for (const constant of constantsOf(model)) tensors.set(constant.name, find(constant)!);
  for (const { name, shape } of buffersOf(model)) tensors.set(name, find({ name, shape, publishedNames: [name] })!);
  return {
    files,
    model,
    weights,
    fresh,
    codedAs(parameter: string) {
      const coded = weights.coded?.get(tensors.get(parameter) ?? '');
      return coded && blocksOf(coded);
    },
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

function absent(weights: Weights, name: string, model: Model): AppError {
  const { parameters, headParameter } = model;
  if (isOwnHead(model, name)) return new AppError('masked-head-missing', { tensor: name });
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
