/**
 * jax-js as its documentation advises: one `jit` of loss, gradients and AdamW on its webgpu device. Every function owns
 * its arguments: `.ref` keeps an array for another use. Attention is written out because `nn.dotProductAttention` needs
 * iterator helpers (Node 22), repeats the keys and takes more dispatches.
 */
import { defaultDevice, getWebGPUDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { adamConstants } from '../../src/training/programs/optimizers.ts';
import { adapterName, type Contender } from '../contender.ts';
import type { PlainTensor } from '../operations.ts';
import type { Workload } from '../workloads.ts';
import { type PlainDecoder, plainDecoder } from './decoder.ts';

// jax-js takes trees that are type aliases, not interfaces.
type Weights = { [name: string]: np.Array };
type Batch = { ids: np.Array; labels: np.Array; scored: np.Array; cosines: np.Array; sines: np.Array };
type Moments = { first: Weights; second: Weights };

export async function jaxContender(workload: Workload): Promise<Contender> {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js found no WebGPU');
  defaultDevice('webgpu');
  const plain = await plainDecoder(workload);
  const constants = adamConstants(workload.config.training);
  const lossAndGradients = valueAndGrad((trained: Weights, frozen: Weights, batch: Batch) =>
    new JaxDecoder(plain, { ...trained, ...frozen }, batch).loss(),
  );
  const update = jit((trained: Weights, moments: Moments, frozen: Weights, batch: Batch, hyper: np.Array) => {
    const [loss, gradients] = lossAndGradients(tree.ref(trained), frozen, batch);
    return { loss, ...adamw(trained, moments, gradients as Weights, hyper, constants) };
  });

  const frozen = weights(plain.frozen);
  const batch: Batch = {
    ids: np.array(plain.ids),
    labels: np.array(plain.labels),
    scored: np.array(plain.scored),
    cosines: toArray(plain.cosines),
    sines: toArray(plain.sines),
  };
  let trained = weights(plain.trained);
  const zeros = () => tree.map((x: np.Array) => np.zerosLike(x.ref), trained) as Weights;
  let moments: Moments = { first: zeros(), second: zeros() };
  let steps = 0;

  const step = async (): Promise<number> => {
    steps++;
    const { beta1, beta2 } = constants;
    const hyper = np.array([workload.config.training.learning_rate, 1 - beta1 ** steps, 1 - beta2 ** steps]);
    const result = update(trained, moments, tree.ref(frozen), tree.ref(batch), hyper);
    ({ trained, moments } = result);
    return (await result.loss.data())[0]!;
  };
  return {
    description: `jax-js (${adapterName(getWebGPUDevice().adapterInfo)})`,
    repeats: 1,
    async first() {
      const [loss, found] = jit(lossAndGradients)(tree.ref(trained), tree.ref(frozen), tree.ref(batch));
      loss.dispose();
      const gradients = new Map<string, Float32Array>();
      for (const [name, gradient] of Object.entries(found as Weights))
        gradients.set(name, (await gradient.data()) as Float32Array);
      return { loss: await step(), tensors: gradients };
    },
    step,
  };
}

/** hyper: learning rate, 1 − β1^t, 1 − β2^t. */
function adamw(
  trained: Weights,
  moments: Moments,
  gradients: Weights,
  hyper: np.Array,
  { beta1, beta2, epsilon }: ReturnType<typeof adamConstants>,
) {
  const [rate, correction1, correction2] = np.split(hyper, 3) as [np.Array, np.Array, np.Array];
  const updated: { trained: Weights; moments: Moments } = { trained: {}, moments: { first: {}, second: {} } };
  for (const [name, weight] of Object.entries(trained)) {
    const gradient = gradients[name]!;
    const first = moments.first[name]!.mul(beta1).add(gradient.ref.mul(1 - beta1));
    const second = moments.second[name]!.mul(beta2).add(np.square(gradient).mul(1 - beta2));
    const denominator = np.sqrt(second.ref.div(correction2.ref)).add(epsilon);
    updated.trained[name] = weight.sub(rate.ref.mul(first.ref.div(correction1.ref)).div(denominator));
    updated.moments.first[name] = first;
    updated.moments.second[name] = second;
  }
  tree.dispose([rate, correction1, correction2]);
  return updated;
}

/** One trace of the model; owns the arrays it is given. */
class JaxDecoder {
  constructor(
    private readonly plain: PlainDecoder,
    private readonly weights: Weights,
    private readonly batch: Batch,
  ) {}

  /** Mean negative log-likelihood of the scored tokens. */
  loss(): np.Array {
    const { config, scored } = this.plain;
    const tokens = scored.reduce((sum, each) => sum + each, 0);
    let hidden = np.take(this.weight('model.embed_tokens.weight'), this.batch.ids.ref, 0);
    for (let layer = 0; layer < config.layers; layer++) hidden = this.layer(`model.layers.${layer}`, hidden);
    const head = this.weight(config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight');
    const logits = np.matmul(this.rmsNorm('model.norm', hidden), head.transpose());
    const chosen = nn.logSoftmax(logits).mul(nn.oneHot(this.batch.labels.ref, config.vocabularySize)).sum(1);
    const loss = chosen
      .mul(this.batch.scored.ref)
      .sum()
      .mul(-1 / tokens);
    tree.dispose(this.weights);
    tree.dispose(this.batch);
    return loss;
  }

  /** x [rows, hidden], as everything between the layers. */
  private layer(path: string, x: np.Array): np.Array {
    const attended = x.ref.add(this.attention(`${path}.self_attn`, this.rmsNorm(`${path}.input_layernorm`, x)));
    const normed = this.rmsNorm(`${path}.post_attention_layernorm`, attended.ref);
    return attended.add(this.mlp(`${path}.mlp`, normed));
  }

  private attention(path: string, x: np.Array): np.Array {
    const { config, batchSize, length } = this.plain;
    const { heads, kvHeads, headDim } = config;
    const groups = heads / kvHeads;
    const split = (y: np.Array, count: number) =>
      y.reshape([batchSize, length, count, headDim]).transpose([0, 2, 1, 3]);
    // Query heads that share keys lie one below the other, so that keys need not be repeated.
    const grouped = (y: np.Array, rows: number) => y.reshape([batchSize * kvHeads, rows, headDim]);
    const q = grouped(this.rope(split(this.linear(`${path}.q_proj`, x.ref), heads)), groups * length);
    const k = grouped(this.rope(split(this.linear(`${path}.k_proj`, x.ref), kvHeads)), length);
    const v = grouped(split(this.linear(`${path}.v_proj`, x), kvHeads), length);
    const scores = np.matmul(q, k.transpose([0, 2, 1])).mul(headDim ** -0.5);
    const causal = np.tile(np.tri(length, length, 0, { dtype: np.bool }), [groups, 1]);
    const output = np.matmul(nn.softmax(np.where(causal, scores, -1e9)), v);
    const merged = output.reshape([batchSize, heads, length, headDim]).transpose([0, 2, 1, 3]);
    return this.linear(`${path}.o_proj`, merged.reshape([batchSize * length, heads * headDim]));
  }

  private mlp(path: string, x: np.Array): np.Array {
    const gate = nn.silu(this.linear(`${path}.gate_proj`, x.ref));
    return this.linear(`${path}.down_proj`, gate.mul(this.linear(`${path}.up_proj`, x)));
  }

  private linear(module: string, x: np.Array): np.Array {
    const product = (y: np.Array, name: string) => np.matmul(y, this.weight(`${module}.${name}`).transpose());
    const scale = this.plain.loraScales.get(module);
    if (scale === undefined) return product(x, 'weight');
    const update = product(product(x.ref, 'lora_A.weight'), 'lora_B.weight');
    return product(x, 'weight').add(update.mul(scale));
  }

  private rmsNorm(module: string, x: np.Array): np.Array {
    const variance = np.mean(np.square(x.ref), -1, { keepdims: true });
    const normed = x.div(np.sqrt(variance.add(this.plain.config.normEpsilon)));
    return normed.mul(this.weight(`${module}.weight`));
  }

  /** x [batch, heads, length, headDim]; element i turns with element i + headDim / 2. */
  private rope(x: np.Array): np.Array {
    const [first, second] = np.split(x, 2, -1) as [np.Array, np.Array];
    const { cosines, sines } = this.batch;
    const turned = [
      first.ref.mul(cosines.ref).sub(second.ref.mul(sines.ref)),
      second.mul(cosines.ref).add(first.mul(sines.ref)),
    ];
    return np.concatenate(turned, -1);
  }

  private weight(name: string): np.Array {
    const weight = this.weights[name];
    if (weight === undefined) throw new Error(`the decoder has no ${name}`);
    return weight.ref;
  }
}

const toArray = ({ data, shape }: PlainTensor): np.Array => np.array(data as Float32Array<ArrayBuffer>, { shape });

const weights = (tensors: ReadonlyMap<string, PlainTensor>): Weights =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [name, toArray(tensor)]));
