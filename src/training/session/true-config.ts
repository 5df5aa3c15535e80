/** Where the weights of a model are otherwise than its config.json says. */

import { AppError } from '../../errors.ts';
import { bytesToF32 } from '../../files/half.ts';
import { quantisationOf } from '../../files/quantised-weights.ts';
import { safetensorsFloat } from '../../files/safetensors-header.ts';
import type { TensorInfo } from '../../files/tensor-info.ts';
import type { Weights } from '../../files/weights.ts';
import type { JsonObject } from '../../models/config-reader.ts';
import { writerOf } from '../../models/opened-for.ts';

/**
 * The config that the weights show: without a `quantization_config` that was left behind by float weights, and with a
 * head of its own where the file has one that differs from the token embedding (transformers ties only equal tables).
 * @throws AppError 'weights-quantised', and those of reading
 */
export async function asWeightsShow(config: JsonObject, weights: Weights): Promise<JsonObject> {
  const quantised = quantisationOf(config, weights);
  if (quantised) throw new AppError('weights-quantised', quantised);
  const { quantization_config: _, compression_config: __, ...rest } = config;
  return (await hasOtherHead(rest, weights)) ? { ...rest, tie_word_embeddings: false } : rest;
}

/** Whether a model that is to be tied comes with two tables that differ. */
async function hasOtherHead(config: JsonObject, weights: Weights): Promise<boolean> {
  const writer = writerOf(config);
  const tied = writer?.parameters.find(({ name, role }) => name === writer.headParameter && role === 'embedding');
  const [table, other] = (tied?.publishedNames ?? []).filter((name) => weights.tensors.has(name));
  if (table === undefined || other === undefined) return false;
  return !(await sameValues(weights, table, other));
}

const pieceValues = 1 << 20;

/** Whether two tensors hold the same numbers, read piece by piece up to the first difference. */
async function sameValues(weights: Weights, a: string, b: string): Promise<boolean> {
  const [first, second] = [weights.tensors.get(a)!, weights.tensors.get(b)!];
  if (String(first.shape) !== String(second.shape)) return false;
  // A PyTorch file holds tied tables once.
  const place = ({ file, begin, dtype, strides }: TensorInfo) => String([file, begin, dtype, strides]);
  if (place(first) === place(second)) return true;
  const [left, right] = [pieces(weights, a), pieces(weights, b)];
  for await (const values of left) {
    const { value: others } = await right.next();
    if (!others || !values.every((value, index) => value === others[index])) return false;
  }
  return true;
}

async function* pieces(weights: Weights, name: string): AsyncGenerator<Float32Array> {
  const dtype = safetensorsFloat(name, weights.tensors.get(name)!.dtype);
  const bytes = pieceValues * (dtype === 'F32' ? 4 : 2);
  for await (const piece of weights.streamTensor(name, bytes)) yield bytesToF32(piece, dtype);
}
