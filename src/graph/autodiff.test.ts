import { describe, expect, it, test } from 'vitest';
import { differentiate } from './autodiff.ts';
import { GraphBuilder } from './builder.ts';
import { ShapeError } from './definition.ts';
import { eliminateDeadCode, usedOutputs } from './passes/dead-code.ts';
import { CaseBuilder } from './reference/case-data.ts';
import { interpret } from './reference/interpret.ts';
import type { Graph, OpName, Value } from './types.ts';

const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' }) as const;
const frozen = (...shape: number[]) => ({ shape, dtype: 'bf16' }) as const;
const countOf = (graph: Graph, op: OpName): number => graph.nodes.filter((node) => node.op === op).length;

/** `layers` linear layers with norms, [4, 6] → [4, 6], then cross-entropy; layer i is trained where `trained` says so. */
function stack(layers: number, trained: readonly number[]): { builder: GraphBuilder; loss: Value; weights: Value[] } {
  const builder = new GraphBuilder();
  const weights: Value[] = [];
  let x = builder.input('x', f32(4, 6));
  for (let layer = 0; layer < layers; layer++)
    builder.within(`layers.${layer}`, () => {
      const isTrained = trained.includes(layer);
      const weight = builder.parameter(`layers.${layer}.weight`, isTrained ? f32(6, 6) : frozen(6, 6), 'weight');
      const normed = builder.rmsNorm(x, builder.parameter(`layers.${layer}.norm`, frozen(6), 'weight'), 1e-5);
      x = builder.add(x, builder.activation(builder.matmul(normed, weight, { transposeB: true }), 'silu'));
      if (isTrained) weights.push(weight);
    });
  const head = builder.parameter('head', frozen(9, 6), 'weight');
  const loss = builder.crossEntropy(
    x,
    head,
    builder.input('labels', { shape: [4], dtype: 'i32' }),
    builder.constant(1),
  );
  return { builder, loss, weights };
}

function trainingGraph(layers: number, trained: readonly number[]): { graph: Graph; forwardNodes: number } {
  const { builder, loss, weights } = stack(layers, trained);
  const forwardNodes = builder.finish({}).nodes.length;
  const gradients = differentiate(builder, loss, weights);
  const named = Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient]));
  return { graph: eliminateDeadCode(builder.finish({ loss, ...named })), forwardNodes };
}

describe('frozen layers', () => {
  it('below the lowest trained one add no backward nodes', () => {
    const backwardNodes = [1, 2, 5, 9].map((layers) => {
      const { graph, forwardNodes } = trainingGraph(layers, [layers - 1]);
      return graph.nodes.length - forwardNodes;
    });
    expect(new Set(backwardNodes).size).toBe(1);
    const { graph } = trainingGraph(9, [8]);
    expect(graph.nodes.slice(9 * 6).some((node) => /^layers\.[0-7]/.test(node.scope))).toBe(false);
    expect(countOf(graph, 'rms_norm_backward')).toBe(0);
    // 9 forward products and one weight gradient: the layer's own input needs none.
    expect(countOf(graph, 'matmul')).toBe(10);
  });

  it('above it pass the gradient through and get none of their own', () => {
    const { graph } = trainingGraph(4, [1]);
    // 4 forward, dx through layers 3 and 2, dW of layer 1.
    expect(countOf(graph, 'matmul')).toBe(4 + 2 + 1);
    expect(countOf(graph, 'rms_norm_backward')).toBe(2);
  });

  it('leave the weight output of norm gradients unused', () => {
    const { graph } = trainingGraph(3, [0]);
    const used = usedOutputs(graph);
    for (const node of graph.nodes) if (node.op === 'rms_norm_backward') expect(used.get(node)).toEqual([true, false]);
    const loss = graph.nodes.find((node) => node.op === 'cross_entropy')!;
    expect(used.get(loss)).toEqual([true, true, false]);
  });
});

test('what is detached has its value and no gradient, nor has what leads to it alone', () => {
  const builder = new GraphBuilder();
  const [a, b] = ['a', 'b'].map((name) => builder.parameter(name, f32(3), 'trained')) as [Value, Value];
  const square = builder.mul(a, a);
  const product = builder.mul(builder.detach(builder.mul(square, b)), a);
  const ones = builder.constant(1, [3, 1]);
  const loss = builder.reshape(builder.matmul(builder.reshape(product, [1, 3]), ones), []);
  const [gradient] = differentiate(builder, loss, [a]);
  const parameters = new Map(Object.entries({ a: Float64Array.of(2, -1, 0.5), b: Float64Array.of(3, 5, 7) }));
  const { outputs } = interpret(builder.finish({ loss, gradient: gradient! }), { parameters, inputs: {} });
  expect([...outputs.loss!]).toEqual([3 * 8 - 5 + 7 / 8]);
  expect([...outputs.gradient!]).toEqual([12, 5, 7 / 4]);
  expect(() => differentiate(builder, loss, [b])).toThrow(ShapeError);
});

describe('tied weights', () => {
  it('are one parameter with the sum of both gradients', () => {
    const builder = new GraphBuilder();
    const weight = builder.parameter('w', f32(3), 'trained');
    expect(builder.parameter('w', f32(3), 'trained')).toBe(weight);
    const sum = (value: Value): Value =>
      builder.reshape(builder.matmul(builder.reshape(value, [1, 3]), builder.constant(1, [3, 1])), []);
    const loss = builder.add(sum(builder.scale(weight, 2)), sum(builder.mul(builder.input('x', f32(3)), weight)));
    const [gradient] = differentiate(builder, loss, [weight]);
    const parameters = new Map([['w', Float64Array.of(1, 2, 3)]]);
    const { outputs } = interpret(builder.finish({ gradient: gradient! }), { parameters, inputs: { x: [10, 20, 30] } });
    expect([...outputs.gradient!]).toEqual([12, 22, 32]);
  });
});

describe('dropout', () => {
  function run(seed: readonly [number, number], site: string): { y: Float64Array; dx: Float64Array } {
    const data = new CaseBuilder('dropout');
    const { builder } = data;
    const x = data.parameter('x', [40, 25], { values: Array<number>(1000).fill(1) });
    const y = builder.dropout(x, data.seed('seed', seed), 0.25, site);
    const loss = builder.reshape(builder.matmul(builder.reshape(y, [1, 1000]), builder.constant(1, [1000, 1])), []);
    const [dx] = differentiate(builder, loss, [x]);
    const { graph, parameters, feeds } = data.finish({ y, dx: dx! });
    const values = new Map([...parameters].map(([name, parameter]) => [name, parameter.values]));
    return interpret(graph, { parameters: values, inputs: feeds }).outputs as ReturnType<typeof run>;
  }

  it('drops the same elements forward and backward, the stated share of them, and scales up the rest', () => {
    const { y, dx } = run([7, 8], 'q_proj');
    expect(dx).toEqual(y);
    expect([...new Set(y)].sort()).toEqual([0, 1 / 0.75]);
    const dropped = y.filter((value) => value === 0).length;
    // 1,000 draws at 0.25: 250 with a standard deviation of 13.7; ±5 of them.
    expect(Math.abs(dropped - 250)).toBeLessThan(69);
  });

  it('differs from site to site and from seed to seed, and only so', () => {
    const { y } = run([7, 8], 'q_proj');
    expect(run([7, 8], 'q_proj').y).toEqual(y);
    expect(run([7, 8], 'k_proj').y).not.toEqual(y);
    expect(run([7, 9], 'q_proj').y).not.toEqual(y);
    expect(run([6, 8], 'q_proj').y).not.toEqual(y);
  });
});

describe('dead code', () => {
  it('vanishes, and what an effect needs stays', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', f32(2, 3));
    builder.scale(x, 5);
    const kept = builder.scale(x, 2);
    builder.accumulate(builder.parameter('sum', f32(2, 3), 'gradient'), kept, builder.constant(1));
    const y = builder.neg(x);
    const graph = eliminateDeadCode(builder.finish({ y }));
    expect(graph.nodes.map((node) => node.op)).toEqual([
      'input',
      'scale',
      'parameter',
      'constant',
      'accumulate',
      'scale',
    ]);
    expect(graph.nodes).toContain(kept.node);
  });
});

describe('gradients that do not exist', () => {
  it('are refused with the name of the parameter that the loss does not depend on', () => {
    const builder = new GraphBuilder();
    const loss = builder.scale(builder.parameter('a', f32(), 'trained'), 2);
    expect(() => differentiate(builder, loss, [builder.parameter('b', f32(5), 'trained')])).toThrow(
      'the loss does not depend on b',
    );
  });

  it('are refused with the name of the operation that has no rule', () => {
    const builder = new GraphBuilder();
    const a = builder.parameter('a', f32(5), 'trained');
    const loss = builder.within('clipping', () => builder.globalNorm([a]));
    expect(() => differentiate(builder, loss, [a])).toThrow('global_norm has no gradient rule');
  });
});
