import { describe, expect, test } from 'vitest';
import { attentionRanges, idOrder } from '../../data/attention-ranges.ts';
import { generateProgram } from '../../generation/programs.ts';
import type { Graph } from '../../graph/types.ts';
import forward from '../../models/golden/forward.json';
import qwen from '../../models/golden/qwen2.5-0.5b.json';
import { rangeInputs, requireTextModel, type TextModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { runReference } from '../../testing/golden-case.ts';
import { leastTime } from '../../testing/least-time.ts';
import { initialValues } from '../../tuning/initial.ts';
import { resolveTuning, type TuningSettings } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import { defaultRunConfig } from '../config/run-config.ts';
import { inputSizes, onlyWanted } from './feeds.ts';
import { answerProgram, evaluateProgram, microStepProgram, updateProgram } from './programs.ts';

const f32 = () => 'f32' as const;
const bf16 = () => 'bf16' as const;
const tinyModel = (name: string): TextModel =>
  requireTextModel(modelFromConfig(forward.find((each) => each.case === name)!.config));
const qwen3 = tinyModel('qwen3');
const shape = { batchSize: 2, length: 6 };

/** Weights of a model and a tuning, none of them zero, uniform in ±0.6; norms around 1. */
function someParameters(model: TextModel, tuning: Tuning): Map<string, Float64Array> {
  const uniform = (name: string, size: readonly number[]): Float64Array =>
    Float64Array.from(initialValues({ name, shape: size, init: { kind: 'uniform', bound: 0.6 } }, 5));
  const parameters = new Map<string, Float64Array>();
  for (const { name, shape: size } of [...model.parameters, ...tuning.adapterParameters]) {
    const values = uniform(name, size);
    parameters.set(name, name.includes('norm') ? values.map((x) => 1 + x / 3) : values);
  }
  for (const { name, data } of model.tables()) parameters.set(name, Float64Array.from(data));
  return parameters;
}

/** A batch with padding and masked labels, for whatever a program of `shape` reads. */
function feedsFor(model: TextModel, graph: Graph): Record<string, ArrayLike<number>> {
  const ids = Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 0, 0);
  const labels = [1, -100, 1, 5, 9, -100, 6, 5, 3, -100, -100, -100];
  const all: Record<string, ArrayLike<number>> = { ids, labels, idOrder: idOrder(ids), lossScale: [1 / 7], keep: [0] };
  for (const { keyRange, queryRange, window } of rangeInputs(model)) {
    const ranges = attentionRanges({ sequences: shape.batchSize, queries: shape.length, window });
    Object.assign(all, {
      [keyRange]: ranges.keyRange,
      [queryRange]: ranges.queryRange,
      positions: ranges.positions,
      seed: [11, 12],
    });
  }
  return onlyWanted(all, inputSizes(graph));
}

/** The derivative of the micro-step's loss by one element, by central differences in float64. */
function numericGradient(
  model: TextModel,
  graph: Graph,
  parameters: Map<string, Float64Array>,
  name: string,
  element: number,
): number {
  const feeds = feedsFor(model, graph);
  const values = parameters.get(name)!;
  const at = values[element]!;
  const lossAt = (value: number): number => {
    values[element] = value;
    runReference(graph, parameters, feeds);
    return parameters.get('loss')![0]!;
  };
  const step = 1e-5;
  const gradient = (lossAt(at + step) - lossAt(at - step)) / (2 * step);
  values[element] = at;
  return gradient;
}

/** Elements of all forward values that the backward part reads. */
function keptElements({ nodes }: Graph): number {
  const loss = nodes.findIndex(({ op }) => op === 'cross_entropy');
  const forwardNodes = new Set(nodes.slice(0, loss));
  const read = new Set<string>();
  let elements = 0;
  for (const { inputs } of nodes.slice(loss + 1))
    for (const { node, index, shape: size } of inputs) {
      const key = `${node.id} ${index}`;
      if (!forwardNodes.has(node) || node.inputs.length === 0 || read.has(key)) continue;
      read.add(key);
      elements += size.reduce((product, axis) => product * axis, 1);
    }
  return elements;
}

const lora = (extra: Partial<TuningSettings> = {}): TuningSettings => ({
  method: 'lora',
  lora_r: 3,
  lora_alpha: 4,
  lora_target_modules: 'all-linear',
  ...extra,
});

describe.each<[string, string, TuningSettings, readonly string[]]>([
  [
    'LoRA with dropout',
    'qwen3',
    lora({ lora_dropout: 0.3 }),
    [
      'model.layers.0.self_attn.q_proj.lora_A.weight',
      'model.layers.0.self_attn.k_proj.lora_B.weight',
      'model.layers.1.mlp.down_proj.lora_A.weight',
      'model.layers.1.mlp.gate_proj.lora_B.weight',
    ],
  ],
  [
    'LoRA beside trained embedding and norms',
    'qwen3',
    lora({ train_parameters: ['model.embed_tokens.weight', { norms_only: true }] }),
    [
      'model.embed_tokens.weight',
      'model.layers.0.self_attn.q_norm.weight',
      'model.layers.0.input_layernorm.weight',
      'model.norm.weight',
      'model.layers.1.self_attn.v_proj.lora_B.weight',
    ],
  ],
  [
    'everything, with a tied head and biases',
    'llama, every bias, tied head, GELU, linear scaling',
    { method: 'full' },
    ['model.embed_tokens.weight', 'model.layers.0.self_attn.k_proj.bias', 'model.layers.1.mlp.up_proj.weight'],
  ],
  [
    'LoRA under two kinds of attention windows',
    'qwen2, upper layer slides',
    lora(),
    ['model.layers.0.self_attn.k_proj.lora_A.weight', 'model.layers.1.self_attn.v_proj.lora_B.weight'],
  ],
])('%s', (_what, modelName, settings, checked) => {
  const model = tinyModel(modelName);
  const tuning = resolveTuning(model, settings);
  const graph = microStepProgram(model, tuning, f32, shape);
  const parameters = someParameters(model, tuning);

  test('gradients of the whole model agree with central differences', () => {
    for (const name of checked) {
      runReference(graph, parameters, feedsFor(model, graph));
      const gradient = parameters.get(`gradient/${name}`)!.slice();
      const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeGreaterThan(1e-6);
      for (const element of [0, Math.floor(gradient.length / 2), gradient.length - 1]) {
        const numeric = numericGradient(model, graph, parameters, name, element);
        // The differences are right to about 1e-10: the step's square, and rounding over the step.
        expect(Math.abs(gradient[element]! - numeric) / largest).toBeLessThan(1e-7);
      }
    }
  });
});

test('gradients and loss add up over a window and start anew with the next', () => {
  const tuning = resolveTuning(qwen3, lora());
  const graph = microStepProgram(qwen3, tuning, f32, shape);
  const parameters = someParameters(qwen3, tuning);
  const name = 'gradient/model.layers.0.mlp.up_proj.lora_A.weight';
  const step = (keep: number): { loss: number; gradient: number } => {
    runReference(graph, parameters, { ...feedsFor(qwen3, graph), keep: [keep] });
    return { loss: parameters.get('loss')![0]!, gradient: parameters.get(name)![0]! };
  };
  const first = step(0);
  const second = step(1);
  expect(second.loss).toBeCloseTo(2 * first.loss, 12);
  expect(second.gradient).toBeCloseTo(2 * first.gradient, 12);
  expect(step(0)).toEqual(first);
});

test('evaluation leaves dropout out and a fresh adapter changes nothing', () => {
  const tuning = resolveTuning(qwen3, lora({ lora_dropout: 0.5 }));
  const parameters = someParameters(qwen3, tuning);
  const evaluate = (of: Tuning | null): number => {
    const graph = evaluateProgram(qwen3, of, f32, shape);
    return runReference(graph, parameters, feedsFor(qwen3, graph)).loss![0]!;
  };
  expect(inputSizes(evaluateProgram(qwen3, tuning, f32, shape)).has('seed')).toBe(false);
  expect(evaluate(tuning)).not.toBeCloseTo(evaluate(null), 6);
  for (const parameter of tuning.adapterParameters)
    parameters.set(parameter.name, Float64Array.from(initialValues(parameter, 1)));
  expect(evaluate(tuning)).toBe(evaluate(null));
});

test('computing activations again keeps less and changes no bit, dropout included', () => {
  const tuning = resolveTuning(qwen3, lora({ lora_dropout: 0.3 }));
  const results = (['nothing', 'activations', 'blocks'] as const).map((recomputed) => {
    const graph = microStepProgram(qwen3, tuning, f32, shape, recomputed);
    const parameters = someParameters(qwen3, tuning);
    runReference(graph, parameters, feedsFor(qwen3, graph));
    const gradients = tuning.adapterParameters.map(({ name }) => parameters.get(`gradient/${name}`)!);
    return { graph, gradients };
  });
  for (const { gradients } of results) expect(gradients).toEqual(results[0]!.gradients);
  const [nothing, activations, blocks] = results.map(({ graph }) => keptElements(graph));
  expect(activations).toBeLessThan(nothing!);
  expect(blocks).toBeLessThan(activations! / 3);
});

test('an update writes every trained parameter, by its own learning rate and decay', () => {
  const tuning = resolveTuning(qwen3, { method: 'full', layer_wise_lr_decay: 0.5 });
  const constants = { beta1: 0.9, beta2: 0.95, epsilon: 1e-6, decay: 'decoupled', weightDecay: 0.1 };
  const chosen = { weight_decay: 0.1, adam_beta2: 0.95, adam_epsilon: 1e-6 };
  const { nodes } = updateProgram(qwen3, tuning, { ...defaultRunConfig.training, ...chosen });
  const updates = nodes.filter((node) => node.op === 'adamw');
  const of = (name: string) =>
    updates.find(({ inputs }) => {
      const { node } = inputs[0]!;
      return node.op === 'parameter' && node.attributes.name === name;
    })?.attributes;
  expect(updates).toHaveLength(qwen3.parameters.length);
  expect(of('model.layers.1.mlp.up_proj.weight')).toEqual({ ...constants, learningRateFactor: 0.5 });
  expect(of('model.norm.weight')).toEqual({ ...constants, weightDecay: 0, learningRateFactor: 1 });
  expect(of('model.embed_tokens.weight')).toMatchObject({ weightDecay: 0.1, learningRateFactor: 0.125 });
});

describe('what is frozen costs nothing', () => {
  const model = modelFromConfig(qwen);
  /** Nodes that compute something in a layer, beyond those of the bare forward pass. */
  const backward = (settings: TuningSettings, layer: number): number => {
    const tuning = resolveTuning(model, settings);
    const computing = ({ nodes }: Graph): number =>
      nodes.filter(({ scope, inputs }) => inputs.length > 0 && `${scope}.`.startsWith(`model.layers.${layer}.`)).length;
    const forwardOnly = computing(answerProgram(model, null, bf16, { batchSize: 1, length: 32 }, 'base'));
    return computing(microStepProgram(model, tuning, bf16, { batchSize: 1, length: 32 })) - forwardOnly;
  };

  test('layers below the lowest trained one have no backward work', () => {
    const last = { method: 'full', train_parameters: [{ last_layers: 2 }] };
    for (let layer = 0; layer < 22; layer++) expect(backward(last, layer)).toBe(0);
    expect(backward(last, 22)).toBeGreaterThan(10);
    const upper = lora({ layers_to_transform: [20], lora_target_modules: ['q_proj'] });
    expect(backward(upper, 19)).toBe(0);
    expect(backward(upper, 20)).toBeGreaterThan(0);
    expect(backward(upper, 23)).toBeGreaterThan(10);
  });

  test('each layer that is ticked adds nodes, and a frozen embedding has no gradient', () => {
    const nodes = (count: number): Graph['nodes'] =>
      microStepProgram(
        model,
        resolveTuning(model, { method: 'full', train_parameters: [{ last_layers: count }] }),
        bf16,
        shape,
      ).nodes;
    const counts = [1, 2, 12, 24].map((count) => nodes(count).length);
    expect([...counts].sort((a, b) => a - b)).toEqual(counts);
    expect(new Set(counts).size).toBe(4);
    expect(nodes(24).some(({ op }) => op === 'embedding_backward')).toBe(false);
  });

  test('frozen weights keep their published type, trained ones are f32', () => {
    const tuning = resolveTuning(model, { method: 'full', train_parameters: ['model.layers.3.mlp.up_proj.weight'] });
    const parameters = microStepProgram(model, tuning, bf16, shape).nodes.filter((node) => node.op === 'parameter');
    const of = (name: string) => parameters.find(({ attributes }) => attributes.name === name);
    expect(of('model.layers.3.mlp.up_proj.weight')).toMatchObject({
      attributes: { kind: 'trained' },
      outputs: [{ dtype: 'f32' }],
    });
    expect(of('model.layers.4.mlp.up_proj.weight')).toMatchObject({
      attributes: { kind: 'weight' },
      outputs: [{ dtype: 'bf16' }],
    });
  });
});

test('after full fine-tuning the base is answered from the originals, beside the tuned weights', () => {
  const tuning = resolveTuning(qwen3, { method: 'full', train_parameters: ['model.layers.1.mlp.up_proj.weight'] });
  const parameters = someParameters(qwen3, tuning);
  const original = parameters.get('model.layers.1.mlp.up_proj.weight')!.slice();
  const answer = (side: 'base' | 'tuned', of: Tuning | null = tuning): Float64Array => {
    const graph = generateProgram(qwen3, of, f32, { rows: 3, capacity: 8, side });
    const ranges = attentionRanges({ sequences: 1, queries: 3, keys: 8 });
    const { positions, keyRange } = ranges;
    return runReference(graph, parameters, { ids: [3, 1, 4], positions, keyRange, last: [2] }).logits!;
  };
  const before = answer('tuned');
  parameters.set('base/model.layers.1.mlp.up_proj.weight', original);
  parameters.set(
    'model.layers.1.mlp.up_proj.weight',
    original.map((value) => value + 0.5),
  );
  expect(answer('base')).toEqual(before);
  expect(answer('tuned')).not.toEqual(before);
});

test('a factor on the loss, for gradients that pass through f16, is out of everything that is added up', () => {
  const tuning = resolveTuning(qwen3, { method: 'full', train_parameters: [{ all: true }] });
  const sums = (lossFactor: number) => {
    const graph = microStepProgram(qwen3, tuning, f32, { ...shape, lossFactor });
    const parameters = someParameters(qwen3, tuning);
    runReference(graph, parameters, feedsFor(qwen3, graph));
    return [...parameters].filter(([name]) => name === 'loss' || name.startsWith('gradient/'));
  };
  const plain = sums(1);
  expect(plain.length).toBe(1 + tuning.trained.size);
  // Powers of two change no bit.
  expect(sums(4096)).toEqual(plain);
});

test('a micro-step of Qwen2.5-0.5B with LoRA on every linear layer is built in under 100 ms', () => {
  const model = modelFromConfig(qwen);
  const build = () => {
    const tuning = resolveTuning(model, { method: 'lora', lora_r: 16, lora_target_modules: 'all-linear' });
    microStepProgram(model, tuning, bf16, { batchSize: 1, length: 1024 });
  };
  expect(leastTime(100, build)).toBeLessThan(100);
});
