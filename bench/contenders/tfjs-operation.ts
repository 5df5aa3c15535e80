/** One operation as users of TensorFlow.js do it. */
import * as tf from '@tensorflow/tfjs';
import type { Contender } from '../contender.ts';
import { type Operation, operationInputs, operationLabels } from '../operations.ts';
import { repeatedContender } from './repeated.ts';
import { causalAttention, causalMask, splitHeads, startTfjs, tokenLoss, toTensor } from './tfjs-layers.ts';

type Tensors = Record<string, tf.Tensor>;

export async function tfjsOperation(operation: Operation): Promise<Contender> {
  const { backend, description } = await startTfjs();
  const inputs = Object.fromEntries(
    Object.entries(operationInputs(operation)).map(([name, value]) => [name, toTensor(value)]),
  );
  const compute = build(operation, inputs);
  let last: Tensors = {};
  return repeatedContender({
    description,
    run() {
      tf.dispose(last);
      last = tf.tidy(compute);
    },
    finished() {
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      return backend.queue.onSubmittedWorkDone();
    },
    async results() {
      const read = async (tensor: tf.Tensor) => (await tensor.data()) as Float32Array;
      return new Map(
        await Promise.all(Object.entries(last).map(async ([name, each]) => [name, await read(each)] as const)),
      );
    },
  });
}

function build(operation: Operation, inputs: Tensors): () => Tensors {
  switch (operation.kind) {
    case 'matmul': {
      const { transposeA, transposeB } = operation;
      return () => ({ c: tf.matMul(inputs.a!, inputs.b!, transposeA, transposeB) });
    }
    case 'attention': {
      const mask = causalMask(operation);
      const { heads, kvHeads } = operation;
      const gradients = tf.grads((q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) => {
        const [query, key, value] = [
          splitHeads(q, heads, operation),
          splitHeads(k, kvHeads, operation),
          splitHeads(v, kvHeads, operation),
        ];
        return causalAttention(query, key, value, mask, operation);
      });
      return () => {
        const [dq, dk, dv] = gradients([inputs.q!, inputs.k!, inputs.v!], inputs.dOutput);
        return { dq: dq!, dk: dk!, dv: dv! };
      };
    }
    case 'cross-entropy': {
      const { rows, vocabulary } = operation;
      const labels = tf.oneHot(tf.tensor1d(operationLabels(rows, vocabulary), 'int32'), vocabulary);
      const gradients = tf.valueAndGrads((hidden: tf.Tensor, head: tf.Tensor) => tokenLoss(hidden, head, labels));
      return () => {
        const { value, grads } = gradients([inputs.hidden!, inputs.head!]);
        return { loss: value, dHidden: grads[0]!, dHead: grads[1]! };
      };
    }
  }
}
