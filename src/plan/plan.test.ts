import { describe, expect, it } from 'vitest';
import { differentiate } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { opCases } from '../graph/reference/cases.ts';
import type { Graph, Value } from '../graph/types.ts';
import { boundsOf } from './bounds.ts';
import { costSheet } from './cost.ts';
import { bindingsOf } from './kernels.ts';
import { planProgram } from './plan.ts';
import { desktop, portable } from './profile.ts';
import type { Binding, Dispatch, PersistentLayout, Plan } from './types.ts';

const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });
const i32 = (...shape: number[]) => ({ shape, dtype: 'i32' as const });

/** A stack of linear layers with residuals, a norm, and a head as large as asked; layers from `trainedFrom` on train. */
function trainingGraph({ layers = 3, rows = 64, width = 32, vocabulary = 100, trainedFrom = 0 } = {}): Graph {
  const b = new GraphBuilder();
  const table = b.parameter('table', { shape: [vocabulary, width], dtype: 'bf16' }, 'weight');
  let x = b.embedding(table, b.input('ids', i32(rows)));
  const trained: Value[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const weight = b.parameter(`layer${layer}`, f32(width, width), layer >= trainedFrom ? 'trained' : 'weight');
    if (layer >= trainedFrom) trained.push(weight);
    const y = b.within(`layer${layer}`, () => b.matmul(b.activation(x, 'silu'), weight, { transposeB: true }));
    x = b.add(x, y);
  }
  const loss = b.crossEntropy(x, table, b.input('labels', i32(rows)), b.input('lossScale', f32()));
  const keep = b.input('keep', f32());
  differentiate(b, loss, trained).forEach((gradient, index) => {
    b.accumulate(b.parameter(`gradient/layer${trainedFrom + index}`, f32(width, width), 'gradient'), gradient, keep);
  });
  b.accumulate(b.parameter('loss', f32(), 'gradient'), loss, keep);
  return b.finish({});
}

const overlap = (a: Binding, b: Binding): boolean =>
  a.buffer === b.buffer && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;

function checkBindings(dispatch: Dispatch): void {
  expect(dispatch.bindings.length).toBe(bindingsOf(dispatch.spec).length);
  for (const [i, a] of dispatch.bindings.entries()) {
    expect(a.offset % 256).toBe(0);
    for (const b of dispatch.bindings.slice(i + 1)) {
      if (a.buffer === b.buffer) expect(a.access).toBe(b.access);
      if (overlap(a, b)) expect([a.access, b.access]).toEqual(['read', 'read']);
    }
  }
}

const kernels = (plan: Plan, scope = ''): string[] =>
  plan.dispatches.filter((d) => d.scope.startsWith(scope)).map((d) => d.spec.kernel);

describe('a plan', () => {
  it('of a sum of as many terms as a large model has tensors does not overflow the stack', () => {
    const b = new GraphBuilder();
    let sum = b.input('term0', f32(4));
    for (let index = 1; index < 20_005; index++) sum = b.add(sum, b.input(`term${index}`, f32(4)));
    b.accumulate(b.parameter('sum', f32(4), 'gradient'), sum, b.input('keep', f32()));
    const { dispatches, cost } = planProgram(b.finish({}), portable);
    expect(dispatches.length).toBeGreaterThan(1000);
    const layout = { buffers: new Map() } as unknown as PersistentLayout;
    // A model of so many tensors has more bindings than a function takes arguments.
    const many = Array.from({ length: 20 }, () => dispatches).flat();
    const planned = { dispatches: many, layout, pool: [], staging: 0, profile: portable };
    expect(costSheet(planned)).toMatchObject({ largestBinding: cost.largestBinding, dispatches: many.length });
  });

  it('binds a buffer one way in each dispatch and never writes what it also binds elsewhere', () => {
    for (const profile of [portable, desktop, { ...portable, software: true }])
      planProgram(trainingGraph(), profile).dispatches.forEach(checkBindings);
  });

  it('keeps every binding and buffer within the limits, cutting the vocabulary by rows', () => {
    const profile = { ...portable, maxStorageBufferBindingSize: 16384, maxBufferSize: 40000 };
    const plan = planProgram(trainingGraph({ vocabulary: 1000 }), profile);
    expect(plan.persistent.tensors.get('table')!.segments.length).toBeGreaterThan(3);
    expect(plan.cost.largestBinding).toBeLessThanOrEqual(16384);
    for (const { bytes } of plan.persistent.buffers.values()) expect(bytes).toBeLessThanOrEqual(40000);
    plan.dispatches.forEach(checkBindings);
  });

  it('adds no backward work for frozen layers below the lowest trained one', () => {
    const cost = (trainedFrom: number) => planProgram(trainingGraph({ layers: 6, trainedFrom }), desktop).cost;
    const forwardOnly = 2 * 64 * 32 * 32;
    const [top, second] = [cost(5), cost(4)];
    // Layer 4 adds its dW and the dX of layer 5 (the lowest trained layer needs no dX).
    const added = second.flops - top.flops;
    expect(added).toBeGreaterThanOrEqual(2 * forwardOnly);
    expect(added).toBeLessThan(2.5 * forwardOnly);
    const plan = planProgram(trainingGraph({ layers: 6, trainedFrom: 5 }), desktop);
    for (let layer = 0; layer < 5; layer++) expect(kernels(plan, `layer${layer}`)).toEqual(['elementwise', 'matmul']);
  });

  it('writes a weight gradient straight into its sum and a residual into the product that follows it', () => {
    const plan = planProgram(trainingGraph(), desktop);
    const addends = plan.dispatches.flatMap(({ spec }) => (spec.kernel === 'matmul' ? [spec.addend] : []));
    expect(addends.filter((addend) => addend === 'kept')).toHaveLength(3);
    expect(plan.dispatches.some(({ spec }) => spec.kernel === 'elementwise' && spec.operation === 'add')).toBe(true);
    expect(kernels(plan).filter((kernel) => kernel === 'accumulate')).toHaveLength(1);
  });

  it('computes a layer with its low-rank update, bias and residual in two dispatches', () => {
    const b = new GraphBuilder();
    const x = b.input('x', f32(16, 32));
    const weight = b.parameter('weight', { shape: [24, 32], dtype: 'bf16' }, 'weight');
    const [loraA, loraB] = [b.parameter('a', f32(4, 32), 'trained'), b.parameter('b', f32(24, 4), 'trained')];
    const narrow = b.scale(b.matmul(x, loraA, { transposeB: true }), 2);
    const update = b.matmul(narrow, loraB, { transposeB: true });
    const base = b.matmul(x, weight, { transposeB: true });
    const specsOf = (y: Value) => planProgram(b.finish({ y }), desktop).dispatches.map(({ spec }) => spec);
    const biased = b.add(b.add(base, b.parameter('bias', f32(24), 'weight')), update);
    expect(specsOf(biased)).toMatchObject([{ addend: 'none' }, { second: 'f32', bType: 'bf16', addend: 'row' }]);
    const withResidual = b.add(b.input('residual', f32(16, 24)), b.add(base, update));
    expect(specsOf(withResidual)).toMatchObject([{ addend: 'none' }, { second: 'f32', addend: 'matrix' }]);
  });

  it('counts no fewer FLOPs than the products of any operation need', () => {
    // One case of each kind: those that differ in sizes alone have the same name up to the first figure.
    const kinds = new Map(opCases.map(({ name, build }) => [/^\D*/.exec(name)![0], build]));
    const graphs = [...kinds].map(([kind, build]) => ({ kind, graph: build().graph }));
    const short = graphs.filter(({ graph }) => planProgram(graph, desktop).cost.flops < boundsOf(graph).flops);
    expect(short.map(({ kind }) => kind)).toEqual([]);
  });

  it('counts in the sheet exactly the bytes of the buffers it names', () => {
    const plan = planProgram(trainingGraph(), desktop);
    const persistent = [...plan.persistent.buffers.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const pool = plan.pool.reduce((sum, bytes) => sum + bytes, 0);
    expect(plan.cost.peakBytes).toBe(persistent + pool + plan.feedBytes + plan.stagingBytes + plan.uniforms.byteLength);
  });

  it('gives trained tensors, their gradients and both moments the same order, so that one dispatch updates them all', () => {
    const b = new GraphBuilder();
    const names = ['b.weight', 'a.weight', 'c.bias'];
    const state = (prefix: string, name: string, kind: 'trained' | 'gradient' | 'optimizer') =>
      b.parameter(`${prefix}${name}`, f32(17, 3), kind);
    const gradients = names.map((name) => state('gradient/', name, 'gradient'));
    const norm = b.globalNorm(gradients);
    const hyper = b.input('hyper', f32(4));
    const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 'decoupled' } as const;
    const settings = { ...adam, weightDecay: 0, learningRateFactor: 1 };
    names.forEach((name, i) => {
      const moments = [state('moment1/', name, 'optimizer'), state('moment2/', name, 'optimizer')];
      b.nodeOutputs('adamw', [state('', name, 'trained'), gradients[i]!, ...moments, hyper, norm], settings);
    });
    const plan = planProgram(b.finish({ norm }), desktop);
    expect(kernels(plan)).toEqual(['sum_squares', 'norm', 'adamw']);
  });

  it('shares one set of persistent buffers between the programs of a run', () => {
    const first = planProgram(trainingGraph(), desktop);
    const again = planProgram(trainingGraph({ rows: 128 }), desktop, first.persistent);
    expect(again.persistent).toBe(first.persistent);
  });

  it('cuts submits where the profile says that one would hold the GPU too long', () => {
    const slow = { ...portable, flopsPerSecond: 1e6, bytesPerSecond: 1e9 };
    const plan = planProgram(trainingGraph(), slow);
    expect(plan.cost.submits).toBeGreaterThan(2);
    expect(planProgram(trainingGraph(), desktop).cost.submits).toBe(1);
  });
});
