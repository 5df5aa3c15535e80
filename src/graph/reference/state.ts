import { momentBlock, nearestCode, signedMap, unsignedMap } from '../dynamic-map.ts';
import type { NodeOf, OptimizerOp } from '../types.ts';
import type { Reference } from './interpret.ts';

export const accumulate: Reference<'accumulate'> = (_node, [target, value, keep]) => {
  value!.forEach((x, i) => {
    target![i] = x + (keep![0] !== 0 ? target![i]! : 0);
  });
  return [];
};

export const cache_write: Reference<'cache_write'> = (node, [cache, value, positions]) => {
  const width = node.inputs[0]!.shape[1]!;
  positions!.forEach((position, row) => {
    cache!.set(value!.subarray(row * width, (row + 1) * width), position * width);
  });
  return [cache!];
};

export const global_norm: Reference<'global_norm'> = (_node, gradients) => {
  let squares = 0;
  for (const gradient of gradients) for (const x of gradient) squares += x * x;
  return [Float64Array.of(Math.sqrt(squares))];
};

/** What an update does to element i, given its gradient and learning rate. */
type UpdateElement = (i: number, gradient: number, rate: number) => void;

/** Runs an update over all elements: clipped gradients, with the decay that goes into them. */
function update(node: NodeOf<OptimizerOp>, inputs: readonly Float64Array[], decay: number, each: UpdateElement): [] {
  const [parameter, gradient] = inputs as [Float64Array, Float64Array];
  const [hyper, norm] = inputs.slice(-2) as [Float64Array, Float64Array];
  const [baseRate, , , maximumNorm] = hyper as unknown as [number, number, number, number];
  if (!Number.isFinite(norm[0]!)) return [];
  const clip = maximumNorm > 0 ? Math.min(1, maximumNorm / (norm[0]! + 1e-6)) : 1;
  const rate = baseRate * node.attributes.learningRateFactor;
  gradient.forEach((g, i) => {
    each(i, g * clip + decay * parameter[i]!, rate);
  });
  return [];
}

export const adamw: Reference<'adamw'> = (node, inputs) => {
  const [parameter, , moment1, moment2, hyper] = inputs as Float64Array[];
  const { beta1, beta2, epsilon, weightDecay, decay } = node.attributes;
  const [ofParameter, ofGradient] = decay === 'decoupled' ? [weightDecay, 0] : [0, weightDecay];
  return update(node, inputs, ofGradient, (i, g, rate) => {
    moment1![i] = beta1 * moment1![i]! + (1 - beta1) * g;
    moment2![i] = beta2 * moment2![i]! + (1 - beta2) * g * g;
    const direction = moment1![i]! / hyper![1]! / (Math.sqrt(moment2![i]! / hyper![2]!) + epsilon);
    parameter![i] = parameter![i]! * (1 - rate * ofParameter) - rate * direction;
  });
};

/** Moments out of their codes and back; words hold four codes. */
class CodedMoments {
  readonly values: Float64Array;

  constructor(
    private readonly map: Float32Array,
    private readonly words: Float64Array,
    private readonly largest: Float64Array,
    count: number,
  ) {
    const code = (i: number): number => Math.floor(words[i >> 2]! / 256 ** (i & 3)) % 256;
    this.values = Float64Array.from({ length: count }, (_, i) => map[code(i)]! * largest[Math.floor(i / momentBlock)]!);
  }

  store(): void {
    this.words.fill(0);
    for (let block = 0; block < this.largest.length; block++) {
      const begin = block * momentBlock;
      const values = this.values.subarray(begin, begin + momentBlock);
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      this.largest[block] = largest;
      for (let i = 0; i < momentBlock; i++) {
        const value = largest === 0 ? 0 : (values[i] ?? 0) / largest;
        this.words[(begin + i) >> 2]! += nearestCode(this.map, value) * 256 ** (i & 3);
      }
    }
  }
}

export const adamw_8bit: Reference<'adamw_8bit'> = (node, inputs) => {
  const [parameter, gradient, words1, largest1, words2, largest2, hyper, norm] = inputs as Float64Array[];
  const first = new CodedMoments(signedMap, words1!, largest1!, parameter!.length);
  const second = new CodedMoments(unsignedMap, words2!, largest2!, parameter!.length);
  const uncoded = { ...node, op: 'adamw', attributes: { ...node.attributes, decay: 'decoupled' } } as NodeOf<'adamw'>;
  adamw(uncoded, [parameter!, gradient!, first.values, second.values, hyper!, norm!], {
    parameters: new Map(),
    inputs: {},
  });
  if (!Number.isFinite(norm![0]!)) return [];
  first.store();
  second.store();
  return [];
};

export const sgd: Reference<'sgd'> = (node, inputs) => {
  const [parameter, , buffer] = inputs as Float64Array[];
  const { momentum, weightDecay } = node.attributes;
  return update(node, inputs, weightDecay, (i, g, rate) => {
    buffer![i] = momentum * buffer![i]! + g;
    parameter![i]! -= rate * (g + momentum * buffer![i]!);
  });
};

export const rmsprop: Reference<'rmsprop'> = (node, inputs) => {
  const [parameter, , square, buffer] = inputs as Float64Array[];
  const { alpha, momentum, epsilon, weightDecay } = node.attributes;
  return update(node, inputs, weightDecay, (i, g, rate) => {
    square![i] = alpha * square![i]! + (1 - alpha) * g * g;
    buffer![i] = momentum * buffer![i]! + g / (Math.sqrt(square![i]!) + epsilon);
    parameter![i]! -= rate * buffer![i]!;
  });
};

export const adadelta: Reference<'adadelta'> = (node, inputs) => {
  const [parameter, , square, delta] = inputs as Float64Array[];
  const { rho, epsilon, weightDecay } = node.attributes;
  return update(node, inputs, weightDecay, (i, g, rate) => {
    square![i] = rho * square![i]! + (1 - rho) * g * g;
    const change = (Math.sqrt(delta![i]! + epsilon) / Math.sqrt(square![i]! + epsilon)) * g;
    delta![i] = rho * delta![i]! + (1 - rho) * change * change;
    parameter![i]! -= rate * change;
  });
};
