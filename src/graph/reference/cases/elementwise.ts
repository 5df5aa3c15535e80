import { differentiate } from '../../autodiff.ts';
import { type Activation, elementCount, type Value, type WeightDType } from '../../types.ts';
import { type OpCase, opCase, seededNumbers } from '../case-data.ts';

const activations: readonly Activation[] = [
  'silu',
  'gelu',
  'gelu_tanh',
  'relu',
  'tanh',
  'sigmoid',
  'softplus',
  'log1mexp',
];

/** Shapes of a and of b, whose shape ends that of a. */
const broadcasts: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[1], [1]],
  [
    [7, 13],
    [7, 13],
  ],
  [[7, 13], [13]],
  [[8, 16], [16]],
  [
    [3, 5, 7],
    [5, 7],
  ],
  [[3, 5, 7], [7]],
  [[5, 3], []],
  [[], []],
  [[517, 131], [131]],
];

const broadcastCases = broadcasts.flatMap(([a, b]) =>
  (['add', 'mul'] as const).map((op) =>
    opCase(`${op} [${a}] and [${b}]`, 1, (data) => ({
      y: data.builder[op](data.input('a', a), data.input('b', b)),
    })),
  ),
);

/** Arguments far out, where a careless exp or tanh overflows, among ordinary ones. */
const withExtremes = (name: string, count: number): number[] =>
  seededNumbers(name, count).map((x, i) => (i % 11 === 3 ? 40 * x : i % 17 === 5 ? 0 : 2 * x));

const activationCases = activations.flatMap((activation) => [
  opCase(`activation ${activation}`, 1, (data) => ({
    y: data.builder.activation(data.input('x', [7, 13], withExtremes(activation, 91)), activation),
  })),
  opCase(`activation_backward ${activation}`, 1, (data) => ({
    dx: data.builder.node(
      'activation_backward',
      [data.input('x', [13, 5], withExtremes(activation, 65)), data.input('dy', [13, 5])],
      { activation },
    ),
  })),
]);

const gatedCases = activations.flatMap((activation) => [
  opCase(`gated_activation ${activation}`, 1, (data) => {
    const gate = data.input('gate', [7, 33], withExtremes(activation, 231));
    return { y: data.builder.node('gated_activation', [gate, data.input('up', [7, 33])], { activation }) };
  }),
  opCase(`gated_activation_backward ${activation}`, 1, (data) => {
    const inputs = [
      data.input('gate', [3, 17], withExtremes(activation, 51)),
      data.input('up', [3, 17]),
      data.input('dy', [3, 17]),
    ];
    const [dGate, dUp] = data.builder.nodeOutputs('gated_activation_backward', inputs, { activation });
    return { dGate: dGate!, dUp: dUp! };
  }),
]);

/**
 * A gated MLP whose gate and up are the base's product and a low-rank update, which a plan may make one matmul with the
 * activation as its epilogue, forward and backward.
 */
function gatedMlpCase(
  [rows, hidden, inner, rank]: readonly [number, number, number, number],
  activation: Activation,
  dtype: WeightDType,
): OpCase {
  return opCase(`gated MLP, ${activation}, ${rows}×${hidden}×${inner} ${dtype}, rank ${rank}`, inner, (data) => {
    const { builder } = data;
    const trained: Value[] = [];
    const linear = (name: string, x: Value, width: number): Value => {
      const factor = (part: string, shape: readonly number[]): Value => {
        const values = seededNumbers(`${name}.${part}`, elementCount(shape)).map(
          (value) => value / Math.sqrt(shape[1]!),
        );
        const kind = part === 'weight' ? {} : ({ kind: 'trained' } as const);
        const value = data.parameter(`${name}.${part}`, shape, {
          values,
          ...kind,
          ...(part === 'weight' ? { dtype } : {}),
        });
        if (part !== 'weight') trained.push(value);
        return value;
      };
      const times = (input: Value, part: string, shape: readonly number[]): Value =>
        builder.matmul(input, factor(part, shape), { transposeB: true });
      const base = times(x, 'weight', [width, x.shape[1]!]);
      if (rank === 0) return base;
      return builder.add(base, times(times(x, 'A', [rank, x.shape[1]!]), 'B', [width, rank]));
    };
    const x = data.parameter('x', [rows, hidden], { kind: 'trained' });
    trained.push(x);
    const [gate, up] = [linear('gate', x, inner), linear('up', x, inner)];
    const [h] = builder.nodeOutputs('gated_activation', [gate, up], { activation });
    const y = linear('down', h!, hidden);
    const weighted = builder.mul(y, data.input('weights', [rows, hidden]));
    const perRow = builder.matmul(weighted, builder.constant(1, [hidden, 1]));
    const loss = builder.reshape(builder.matmul(builder.constant(1, [1, rows]), perRow), []);
    const gradients = differentiate(builder, loss, trained);
    return { y, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient${i}`, gradient])) };
  });
}

const gatedMlpCases = [
  gatedMlpCase([9, 14, 23, 3], 'silu', 'bf16'),
  gatedMlpCase([67, 36, 132, 8], 'silu', 'bf16'),
  gatedMlpCase([70, 33, 67, 0], 'gelu_tanh', 'f32'),
];

const reductions: readonly (readonly [readonly number[], number])[] = [
  [[1], 1],
  [[7, 13], 1],
  [[7, 13], 2],
  [[257, 5], 1],
  [[3, 5, 7], 1],
  [[3, 5, 7], 2],
  [[2048, 3], 1],
  [[64, 1], 1],
  [[130, 132], 1],
];

const reductionCases = reductions.map(([shape, leading]) =>
  opCase(`reduce_sum of [${shape}] over ${leading}`, 2048, (data) => ({
    y: data.builder.reduceSum(data.input('x', shape), leading),
  })),
);

export const elementwiseCases: readonly OpCase[] = [
  ...broadcastCases,
  ...activationCases,
  ...gatedCases,
  ...gatedMlpCases,
  ...reductionCases,
  opCase('scale', 1, (data) => ({
    y: data.builder.scale(data.input('x', [5, 7]), -0.37),
    negated: data.builder.neg(data.input('z', [1])),
  })),
  opCase('constant', 1, (data) => ({ y: data.builder.add(data.builder.constant(2.5, [3, 7]), data.input('x', [7])) })),
  opCase('reshape', 1, (data) => {
    const { builder } = data;
    const x = builder.reshape(data.input('x', [6, 35]), [2, 3, 35]);
    const sum = builder.add(x, data.parameter('p', [35]));
    return { y: builder.reshape(sum, [14, 15]), z: builder.reduceSum(builder.reshape(sum, [10, 21]), 1) };
  }),
  opCase('detach', 1, (data) => {
    const { builder } = data;
    const x = builder.scale(data.input('x', [5, 7]), 3);
    return { y: builder.detach(x), z: builder.mul(builder.detach(x), x) };
  }),
];
