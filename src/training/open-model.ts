import { AppError } from '../errors.ts';
import type { Checkpoint } from '../files/checkpoint.ts';
import { openCheckpoint } from '../files/model-weights.ts';
import { floatDtype } from '../files/safetensors-header.ts';
import { type ModelFiles, readJson } from '../files/source.ts';
import type { FloatDType } from '../graph/types.ts';
import type { Model, ParameterInfo } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';

/** A model whose files were found to fit together; its weights are read only when they are asked for. */
export interface OpenModel {
  readonly files: ModelFiles;
  readonly model: Model;
  readonly checkpoint: Checkpoint;
  /** The published data type of each parameter. */
  dtypes(parameter: string): FloatDType;
  /** The name under which the checkpoint holds a parameter. */
  tensorOf(parameter: string): string;
}

/**
 * Reads config.json and the headers of the weights, and holds them against each other.
 * @throws AppError 'config-invalid', 'model-type-unsupported', 'file-missing', 'safetensors-invalid',
 * 'safetensors-truncated', 'torch-invalid', 'tensor-missing', 'tensor-shape', 'dtype-unsupported'
 */
export async function openModel(files: ModelFiles): Promise<OpenModel> {
  const model = modelFromConfig(await readJson(files, 'config.json'));
  const checkpoint = await openCheckpoint(files);
  const tensors = new Map(model.parameters.map((parameter) => [parameter.name, findTensor(checkpoint, parameter)]));
  return {
    files,
    model,
    checkpoint,
    tensorOf: (parameter) => tensors.get(parameter)!,
    dtypes(parameter) {
      const tensor = tensors.get(parameter)!;
      return graphDtypes[floatDtype(tensor, checkpoint.tensors.get(tensor)!.dtype)];
    },
  };
}

const graphDtypes = { F32: 'f32', F16: 'f16', BF16: 'bf16' } as const;

function findTensor({ tensors }: Checkpoint, { name, shape, checkpointNames }: ParameterInfo): string {
  const found = checkpointNames.find((each) => tensors.has(each));
  const info = found === undefined ? undefined : tensors.get(found);
  if (found === undefined || info === undefined) throw new AppError('tensor-missing', { tensor: name });
  if (String(info.shape) !== String(shape)) {
    throw new AppError('tensor-shape', { tensor: found, actual: info.shape.join(', '), expected: shape.join(', ') });
  }
  floatDtype(found, info.dtype);
  return found;
}

/**
 * The tokenizer of a model's files.
 * @throws AppError 'tokenizer-missing', 'tokenizer-invalid', 'config-invalid'
 */
export async function openTokenizer(files: ModelFiles): Promise<Tokenizer> {
  const text = async (path: string) => ((await files.has(path)) ? files.text(path) : undefined);
  const tokenizerJson = await text('tokenizer.json');
  const sentencePiece = tokenizerJson === undefined ? await readSentencePiece(files) : null;
  if (tokenizerJson === undefined && !sentencePiece) throw new AppError('tokenizer-missing');
  const config = (await readJson(files, 'config.json')) as {
    eos_token_id?: unknown;
    vocab_size?: unknown;
  };
  const eos = [config.eos_token_id].flat()[0];
  return createTokenizer({
    tokenizerJson,
    sentencePiece,
    addedTokens: sentencePiece ? await text('added_tokens.json') : undefined,
    tokenizerConfig: await text('tokenizer_config.json'),
    chatTemplate: (await text('chat_template.jinja')) ?? null,
    eosTokenId: typeof eos === 'number' ? eos : null,
    modelVocabularySize: typeof config.vocab_size === 'number' ? config.vocab_size : null,
  });
}

async function readSentencePiece(files: ModelFiles): Promise<Uint8Array | null> {
  for (const path of ['tokenizer.model', 'spiece.model']) if (await files.has(path)) return files.read(path);
  return null;
}
