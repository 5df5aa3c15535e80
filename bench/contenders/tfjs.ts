/**
 * TensorFlow.js as its users write a decoder: eager operations, `variableGrads` and `tf.train.adam`, on the device that
 * its own registration asks for and with its own choice of matmul.
 */
import * as tf from '@tensorflow/tfjs';
import { adamConstants } from '../../src/training/programs/optimizers.ts';
import type { Contender } from '../contender.ts';
import type { Workload } from '../workloads.ts';
import { type PlainDecoder, plainDecoder } from './decoder.ts';
import { causalAttention, causalMask, type Heads, splitHeads, startTfjs, tokenLoss, toTensor } from './tfjs-layers.ts';

export async function tfjsContender(workload: Workload): Promise<Contender> {
  const { description } = await startTfjs();
  const plain = await plainDecoder(workload);
  const decoder = new TfjsDecoder(plain);
  const { beta1, beta2, epsilon } = adamConstants(workload.config.training);
  const optimizer = tf.train.adam(workload.config.training.learning_rate, beta1, beta2, epsilon);
  return {
    description,
    repeats: 1,
    async first() {
      const { value, grads } = tf.variableGrads(() => decoder.loss(), decoder.variables);
      const named = Object.entries(grads).map(([name, tensor]) => ({ name, tensor }));
      optimizer.applyGradients(named);
      const gradients = new Map<string, Float32Array>();
      for (const { name, tensor } of named) gradients.set(name, (await tensor.data()) as Float32Array);
      const [loss] = await value.data();
      tf.dispose([value, grads]);
      return { loss: loss!, tensors: gradients };
    },
    async step() {
      const value = optimizer.minimize(() => decoder.loss(), true, decoder.variables)!;
      const [loss] = await value.data();
      value.dispose();
      return loss!;
    },
  };
}

class TfjsDecoder {
  readonly variables: tf.Variable[];
  private readonly weights = new Map<string, tf.Tensor>();
  private readonly ids: tf.Tensor1D;
  private readonly oneHotLabels: tf.Tensor;
  private readonly scored: tf.Tensor;
  private readonly cosines: tf.Tensor;
  private readonly sines: tf.Tensor;
  private readonly mask: tf.Tensor;
  private readonly sizes: Heads;

  constructor(private readonly plain: PlainDecoder) {
    for (const [name, value] of plain.frozen) this.weights.set(name, toTensor(value));
    this.variables = [...plain.trained].map(([name, value]) => {
      const variable = tf.variable(toTensor(value), true, name);
      this.weights.set(name, variable);
      return variable;
    });
    const { config, batchSize: batch, length } = plain;
    this.sizes = { ...config, batch, length };
    this.ids = tf.tensor1d(plain.ids, 'int32');
    this.oneHotLabels = tf.oneHot(tf.tensor1d(plain.labels, 'int32'), config.vocabularySize);
    this.scored = tf.tensor1d(plain.scored);
    this.cosines = toTensor(plain.cosines);
    this.sines = toTensor(plain.sines);
    this.mask = causalMask(this.sizes);
  }

  loss(): tf.Scalar {
    const { config } = this.plain;
    let hidden = tf.gather(this.weight('model.embed_tokens.weight'), this.ids);
    for (let layer = 0; layer < config.layers; layer++) hidden = this.layer(`model.layers.${layer}`, hidden);
    const head = this.weight(config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight');
    return tokenLoss(this.rmsNorm('model.norm', hidden), head, this.oneHotLabels, this.scored);
  }

  /** x [rows, hidden], as everything between the layers. */
  private layer(path: string, x: tf.Tensor): tf.Tensor {
    const attended = tf.add(x, this.attention(`${path}.self_attn`, this.rmsNorm(`${path}.input_layernorm`, x)));
    return tf.add(attended, this.mlp(`${path}.mlp`, this.rmsNorm(`${path}.post_attention_layernorm`, attended)));
  }

  private attention(path: string, x: tf.Tensor): tf.Tensor {
    const split = (name: string, count: number) => splitHeads(this.linear(`${path}.${name}`, x), count, this.sizes);
    const { heads, kvHeads } = this.sizes;
    const q = this.rope(split('q_proj', heads));
    const k = this.rope(split('k_proj', kvHeads));
    const output = causalAttention(q, k, split('v_proj', kvHeads), this.mask, this.sizes);
    return this.linear(`${path}.o_proj`, output);
  }

  private mlp(path: string, x: tf.Tensor): tf.Tensor {
    const gate = this.linear(`${path}.gate_proj`, x);
    const up = this.linear(`${path}.up_proj`, x);
    return this.linear(`${path}.down_proj`, tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));
  }

  private linear(module: string, x: tf.Tensor): tf.Tensor {
    const base = tf.matMul(x, this.weight(`${module}.weight`), false, true);
    const scale = this.plain.loraScales.get(module);
    if (scale === undefined) return base;
    const narrow = tf.matMul(x, this.weight(`${module}.lora_A.weight`), false, true);
    return tf.add(base, tf.mul(tf.matMul(narrow, this.weight(`${module}.lora_B.weight`), false, true), scale));
  }

  private rmsNorm(module: string, x: tf.Tensor): tf.Tensor {
    const variance = tf.mean(tf.square(x), -1, true);
    const normed = tf.mul(x, tf.rsqrt(tf.add(variance, this.plain.config.normEpsilon)));
    return tf.mul(normed, this.weight(`${module}.weight`));
  }

  /** x [batch, heads, length, headDim]; element i turns with element i + headDim / 2. */
  private rope(x: tf.Tensor): tf.Tensor {
    const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
    const turned = [
      tf.sub(tf.mul(first, this.cosines), tf.mul(second, this.sines)),
      tf.add(tf.mul(second, this.cosines), tf.mul(first, this.sines)),
    ];
    return tf.concat(turned, -1);
  }

  private weight(name: string): tf.Tensor {
    const weight = this.weights.get(name);
    if (weight === undefined) throw new Error(`the decoder has no ${name}`);
    return weight;
  }
}
