import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../builder.ts';
import type { Activation, Value } from '../types.ts';
import { erf } from './activations.ts';
import { CaseBuilder } from './case-data.ts';
import { requireClose } from './cases.ts';
import { interpret } from './interpret.ts';

// Numbers printed by PyTorch 2.13 and transformers 5.18 in float64; both sides round in the last digits only.
const TOLERANCE = 1e-14;

const run = (data: CaseBuilder, outputs: Record<string, Value>): Record<string, Float64Array> => {
  const { graph, parameters, feeds } = data.finish(outputs);
  return interpret(graph, { parameters: new Map([...parameters].map(([name, p]) => [name, p.values])), inputs: feeds })
    .outputs;
};

describe('the reference agrees with PyTorch', () => {
  it('on activations', () => {
    const wanted: [Activation, number[]][] = [
      ['gelu', [-0.015524163314440398, -0.1146265733433142, 0.5306254434438489, 3.097000430039023]],
      ['gelu_tanh', [-0.015084266089998577, -0.11462907645724074, 0.5305701347051167, 3.0973733897694506]],
      ['silu', [-0.18964545005310887, -0.1276672449565023, 0.46773144051771626, 2.966367509682633]],
    ];
    for (const [activation, values] of wanted) {
      const builder = new GraphBuilder();
      const y = builder.activation(builder.parameter('x', { shape: [4], dtype: 'f32' }, 'weight'), activation);
      const parameters = new Map([['x', Float64Array.of(-2.5, -0.3, 0.7, 3.1)]]);
      requireClose(
        activation,
        interpret(builder.finish({ y }), { parameters, inputs: {} }).outputs.y,
        values,
        TOLERANCE,
      );
    }
    requireClose(
      'erf',
      [0.1, 1.3, 3.7].map(erf),
      [0.1124629160182849, 0.9340079449406524, 0.9999998328489421],
      TOLERANCE,
    );
    expect([erf(0), erf(7), erf(-30)]).toEqual([0, 1, -1]);
  });

  it('on cross-entropy with ignored rows', () => {
    const data = new CaseBuilder('cross-entropy');
    const hidden = data.input('hidden', [3, 2], [0.5, -1, 2, 0.25, 1, 1]);
    const builder = data.builder;
    const head = builder.parameter('head', { shape: [3, 2], dtype: 'f32' }, 'weight');
    const inputs = [hidden, head, data.integers('labels', [3], [2, -100, 0]), data.input('scale', [], [0.5])];
    const [loss, dHidden, dHead] = builder.nodeOutputs('cross_entropy', inputs, {}) as [Value, Value, Value];
    const { graph, feeds } = data.finish({ loss, dHidden, dHead });
    const parameters = new Map([['head', Float64Array.of(1, 2, -0.5, 0.75, 0.1, -1.5)]]);
    const { outputs } = interpret(graph, { parameters, inputs: feeds });
    requireClose('loss', outputs.loss, [0.09580787289983578], TOLERANCE);
    const dHiddenWanted = [
      -0.001877472558188091, 0.15169169602838492, 0, 0, -0.04968448285352351, -0.05708972417268121,
    ];
    requireClose('dHidden', outputs.dHidden, dHiddenWanted, TOLERANCE);
    const dHeadWanted = [
      -0.02488450151357158, -0.056444757644883485, 0.04704527961733855, -0.004988785975099528, -0.022160778103766994,
      0.06143354361998301,
    ];
    requireClose('dHead', outputs.dHead, dHeadWanted, TOLERANCE);
  });

  it('on grouped-query causal attention', () => {
    const data = new CaseBuilder('attention');
    const q = data.input('q', [2, 4], [0.1, -0.4, 1.2, 0.3, 0.7, -0.9, -0.2, 0.5]);
    const k = data.input('k', [2, 2], [0.9, 0.2, -0.6, 1.1]);
    const v = data.input('v', [2, 2], [1, -2, 0.5, 3]);
    const ranges = [data.integers('keyRange', [2, 2], [0, 1, 0, 2])];
    const attributes = { batch: 1, heads: 2, kvHeads: 1, headDim: 2, scale: Math.SQRT1_2, causal: true };
    const { y } = run(data, { y: data.builder.attention(q, k, v, ranges, attributes) });
    const wanted = [1, -2, 1, -2, 0.8941925541981369, -0.9419255419813685, 0.6852199520151793, 1.1478004798482073];
    // The inputs are fed as f32.
    requireClose('attention', y, wanted, 1e-7);
  });

  it.each([
    [
      3,
      [0.45, -1.2, 0.8, 0.05, -0.275, -0.225, 0.95, -2.45],
      [-0.1, -1.5, 0.7625, 1.475, -0.925, -0.35, 0.0375, 0.6],
      [-1.25, -5.84375, 3.875, 0, -0.4375, -0.125],
    ],
    [
      4,
      [0.1, 0.2, -0.35, -1.5, 1.1, -1.025, -0.675, 1.4],
      [0.3625, 2.55, -1.125, -2.025, 1.2375, 0.5, -0.05, -0.8],
      [0.0625, -1.25, -5.84375, 3.875, -1, 0, -0.4375, -0.125],
    ],
  ] as const)('on conv1d of groups = channels with %i taps', (taps, y, dx, dWeight) => {
    const data = new CaseBuilder(`conv1d ${taps}`);
    const x = data.input('x', [4, 2], [0.5, -1, 2, 0.25, -0.75, 1.5, 1, -2]);
    const dy = data.input('dy', [4, 2], [1, -1, 0.5, 2, -3, 0.25, 0.125, 1]);
    const values = Array.from({ length: 2 * taps }, (_, index) => 0.1 * (index + 1) * (-1) ** (index % taps));
    const weight = data.parameter('weight', [2, 1, taps], { values });
    const [starts, bias] = [
      data.integers('starts', [4], [0, 0, 0, 0]),
      data.parameter('bias', [2], { values: [0.3, -0.6] }),
    ];
    const attributes = { batch: 1 };
    const [forward] = data.builder.nodeOutputs('causal_convolution', [x, weight, starts, bias], attributes);
    const inputs = [dy, x, weight, starts];
    const gradients = data.builder.nodeOutputs('causal_convolution_backward', inputs, attributes);
    const outputs = run(data, { forward: forward!, dx: gradients[0]!, dWeight: gradients[1]! });
    // Weights and bias are f32.
    requireClose('y', outputs.forward, y, 1e-7);
    requireClose('dx', outputs.dx, dx, 1e-7);
    requireClose('dWeight', outputs.dWeight, dWeight, TOLERANCE);
  });

  it('on the gated delta rule, as transformers computes it in chunks and row by row', () => {
    const data = new CaseBuilder('gated delta rule');
    const [rows, heads, keyWidth, valueWidth] = [67, 2, 3, 2];
    const wave = (name: string, width: number, pace: number, of = (x: number) => x): Value => {
      const count = name === 'before' ? width : rows * width;
      const values = Array.from({ length: count }, (_, i) => of(Math.sin(pace * (i + 1))));
      return data.input(name, [count / width, width], values);
    };
    const inputs = [
      wave('q', keyWidth, 1.7),
      wave('k', keyWidth, 2.3, (x) => 0.6 * x),
      wave('v', heads * valueWidth, 0.9),
      wave('g', heads, 3.1, (x) => 0.25 * x - 0.3),
      wave('beta', heads, 1.3, (x) => 0.5 + 0.4 * x),
      data.integers('starts', [rows], new Array<number>(rows).fill(-1)),
      wave('before', heads * keyWidth * valueWidth, 0.4),
    ];
    const attributes = { batch: 1, keyHeads: 1 };
    const [y, after, errors] = data.builder.nodeOutputs('gated_delta_rule', inputs, attributes);
    const upstream = [wave('dy', heads * valueWidth, 1.1), y!, errors!];
    const gradients = data.builder.nodeOutputs('gated_delta_rule_backward', [...upstream, ...inputs], attributes);
    const [dq, dk, dv, dg, dBeta, dBefore] = gradients as [Value, Value, Value, Value, Value, Value];
    const outputs = run(data, { y: y!, after: after!, dq, dk, dv, dg, dBeta, dBefore });
    // torch_chunk_gated_delta_rule and torch_recurrent_gated_delta_rule of transformers, which compute in f32: row 64.
    const wanted = {
      y: [-0.273835, -0.226489, -0.330792, -0.189824],
      after: [
        -0.116144, -0.116032, -0.036823, 0.100006, 0.165212, -0.017231, 0.204138, 0.303734, -0.094259, -0.191693,
        -0.078533, -0.048294,
      ],
      dq: [-0.26796, 0.065186, 0.181096],
      dk: [0.141862, 0.30362, -0.330039],
      dv: [0.040177, -0.092099, -0.301159, -0.083492],
      dg: [0.090475, -0.199181],
      dBeta: [-0.067148, -0.848146],
      dBefore: [
        0.22588, 0.643891, -0.310857, -0.254951, -0.363533, -0.767173, 0.336427, -0.352829, 0.12158, 0.354679,
        -0.315186, 0.464035,
      ],
    };
    for (const [name, values] of Object.entries(wanted)) {
      const got = outputs[name as keyof typeof wanted]!;
      const isState = got.length === values.length;
      requireClose(name, isState ? got : got.slice(64 * values.length, 65 * values.length), values, 1e-5);
    }
  });

  it('on the gates of a delta rule and rows divided by their lengths', () => {
    const data = new CaseBuilder('gates');
    const input = (name: string, values: number[]) => data.input(name, [2, 2], values);
    const vector = (name: string, values: number[]) => data.parameter(name, [2], { values });
    const inputs = [
      ...[input('a', [0.5, -9, 30, 1.25]), input('b', [-2, 0.75, 40, 0])],
      ...[vector('logRate', [2.5, -3]), vector('bias', [0.25, -1])],
    ];
    const [g, beta] = data.builder.nodeOutputs('delta_gates', inputs, {});
    const x = data.input('x', [2, 3], [0.5, -1, 2, 0.25, 0, -0.125]);
    const outputs = run(data, { g: g!, beta: beta!, y: data.builder.l2Norm(x, 1e-3) });
    const wanted = {
      g: [-13.849924166093649, -2.260278099135805e-6, -368.5204423112801, -0.041121102365221866],
      beta: [0.11920292202211755, 0.679178699175393, 1, 0.5],
      y: [0.21819711054825913, -0.43639422109651826, 0.8727884421930365, 0.8887572309026985, 0, -0.44437861545134927],
    };
    for (const [name, values] of Object.entries(wanted)) requireClose(name, outputs[name], values, TOLERANCE);
  });

  it('on rotary embedding and RMSNorm', () => {
    const data = new CaseBuilder('rope');
    const angles = [3, 0.03];
    const table = data.input('table', [1, 4], [...angles.map(Math.cos), ...angles.map(Math.sin)]);
    const turned = data.builder.rope(
      data.input('x', [1, 4], [0.5, -1, 2, 0.25]),
      table,
      data.integers('at', [1], [0]),
      4,
    );
    const weight = data.parameter('weight', [3], { values: [1.5, -0.5, 2] });
    const normed = data.builder.rmsNorm(data.input('n', [1, 3], [0.3, -2, 1.1]), weight, 1e-5);
    const { y, z } = run(data, { y: turned, z: normed });
    // The inputs are fed as f32.
    requireClose('rope', y, [-0.7772362644199571, -1.0070489087996115, -1.9094249891709572, 0.21989200823475122], 1e-7);
    requireClose('rms_norm', z, [0.338558699054834, 0.7523526645662978, 1.6551758620458552], 1e-7);
  });

  it('on two clipped steps of AdamW', () => {
    const builder = new GraphBuilder();
    const f32 = (shape: number[]) => ({ shape, dtype: 'f32' }) as const;
    const names = ['p', 'g', 'm', 'v'] as const;
    const tensors = names.map((name) => builder.parameter(name, f32([3]), 'trained'));
    const norm = builder.globalNorm([tensors[1]!]);
    builder.nodeOutputs('adamw', [...tensors, builder.input('hyper', f32([4])), norm], {
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      decay: 'decoupled',
      weightDecay: 0.1,
      learningRateFactor: 1,
    });
    const graph = builder.finish({ norm });
    const parameters = new Map(names.map((name) => [name, new Float64Array(3)]));
    parameters.get('p')!.set([0.5, -1.25, 2]);
    const step = (t: number, gradient: number[]): number => {
      parameters.get('g')!.set(gradient);
      const hyper = [0.03, 1 - 0.9 ** t, 1 - 0.999 ** t, 1];
      return interpret(graph, { parameters, inputs: { hyper } }).outputs.norm![0]!;
    };
    requireClose('norm', [step(1, [3, -4, 0.5])], [5.024937810560445], TOLERANCE);
    requireClose('p', parameters.get('p'), [0.46850000050249385, -1.2162500003768706, 1.964000003014963], TOLERANCE);
    step(2, [-0.1, 0.2, 0.3]);
    requireClose('p', parameters.get('p'), [0.45095887117351086, -1.198548360546138, 1.930592491780876], 1e-13);
  });
});

describe('the reference refuses', () => {
  it('data that are absent or of another size', () => {
    const builder = new GraphBuilder();
    const graph = builder.finish({ y: builder.scale(builder.input('x', { shape: [2, 3], dtype: 'f32' }), 2) });
    expect(() => interpret(graph, { parameters: new Map(), inputs: {} })).toThrow('input x is not given');
    expect(() => interpret(graph, { parameters: new Map(), inputs: { x: [1] } })).toThrow(
      'input x has 1 elements, not [2,3]',
    );
  });

  it('key and query ranges that say different things', () => {
    const data = new CaseBuilder('ranges');
    const x = data.input('x', [2, 2]);
    const keyRange = data.integers('keyRange', [2, 2], [0, 1, 0, 2]);
    const queryRange = data.integers('queryRange', [2, 2], [0, 2, 0, 2]);
    const attributes = { batch: 1, heads: 1, kvHeads: 1, headDim: 2, scale: 1, causal: true };
    const [output, lse] = data.builder.nodeOutputs('attention', [x, x, x, keyRange], attributes);
    const inputs = [x, x, x, x, output!, lse!, keyRange, queryRange];
    const dq = data.builder.node('attention_backward', inputs, attributes);
    expect(() => run(data, { dq })).toThrow('disagree on query 0 and key 1');
  });
});
