/** Attention and loss as users of TensorFlow.js write them, for the decoder and alone. */
import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-backend-webgpu';
import { adapterName } from '../contender.ts';
import type { PlainTensor } from '../operations.ts';

export interface Heads {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** The backend as its own registration makes it, on a device that it asks for itself. */
export async function startTfjs(): Promise<{ readonly backend: WebGPUBackend; readonly description: string }> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js found no WebGPU');
  const backend = tf.backend() as WebGPUBackend;
  return { backend, description: `TensorFlow.js ${tf.version_core} (${adapterName(backend.device.adapterInfo)})` };
}

export const toTensor = ({ data, shape }: PlainTensor): tf.Tensor => tf.tensor(data, shape);

/** Added to the scores of the query heads that share keys, which lie one below the other: [1, groups · length, length]. */
export function causalMask({ length, heads, kvHeads }: Heads): tf.Tensor {
  const row = (query: number) => Array.from({ length }, (_, key) => (key <= query ? 0 : -1e9));
  return tf.tensor3d([Array.from({ length: (heads / kvHeads) * length }, (_, i) => row(i % length))]);
}

/** x [batch · length, count · headDim] as [batch, count, length, headDim]. */
export const splitHeads = (x: tf.Tensor, count: number, { batch, length, headDim }: Heads): tf.Tensor =>
  tf.transpose(tf.reshape(x, [batch, length, count, headDim]), [0, 2, 1, 3]);

/** Heads as `splitHeads` gives them → [batch · length, heads · headDim]. Keys are shared, not repeated. */
export function causalAttention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask: tf.Tensor, sizes: Heads): tf.Tensor {
  const { batch, length, heads, kvHeads, headDim } = sizes;
  const grouped = (x: tf.Tensor) => tf.reshape(x, [batch * kvHeads, -1, headDim]);
  const scores = tf.mul(tf.matMul(grouped(q), grouped(k), false, true), headDim ** -0.5);
  const output = tf.matMul(tf.softmax(tf.add(scores, mask)), grouped(v));
  const merged = tf.transpose(tf.reshape(output, [batch, heads, length, headDim]), [0, 2, 1, 3]);
  return tf.reshape(merged, [batch * length, heads * headDim]);
}

/** Mean negative log-likelihood of the rows where `scored` is 1. */
export const tokenLoss = (hidden: tf.Tensor, head: tf.Tensor, oneHotLabels: tf.Tensor, scored?: tf.Tensor): tf.Scalar =>
  tf.losses.softmaxCrossEntropy(oneHotLabels, tf.matMul(hidden, head, false, true), scored);
