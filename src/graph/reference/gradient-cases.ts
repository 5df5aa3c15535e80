import type { Activation, SoftCap, Value } from '../types.ts';
import type { CaseBuilder } from './case-data.ts';
import { idOrderOf } from './cases/tokens.ts';
import type { GradientCase } from './gradient-check.ts';
import { bidirectional, causal, packed, padded, type Ranges, seenFromKeys, slidingWindow } from './ranges.ts';

type Shape = readonly number[];

/** A case over one operation: all its named parameters are differentiated. */
function gradientCase(
  name: string,
  shapes: Readonly<Record<string, Shape>>,
  apply: (inputs: Value[], data: CaseBuilder) => Value | readonly Value[],
): GradientCase {
  return {
    name,
    build(data) {
      const wrt = Object.entries(shapes).map(([parameter, shape]) => data.parameter(parameter, shape));
      const outputs = apply(wrt, data);
      return { wrt, outputs: 'node' in outputs ? [outputs] : outputs };
    },
  };
}

const matmulCases = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    ([[], [1], [3]] as const).map((batch) =>
      gradientCase(
        `matmul, batch [${batch}], transposes ${transposeA} ${transposeB}`,
        { a: [...batch, ...(transposeA ? [5, 2] : [2, 5])], b: [...batch, ...(transposeB ? [7, 5] : [5, 7])] },
        ([a, b], { builder }) => builder.matmul(a!, b!, { transposeA, transposeB }),
      ),
    ),
  ),
);

const broadcastCases = (['add', 'mul'] as const).flatMap((op) =>
  (
    [
      [
        [3, 5],
        [3, 5],
      ],
      [[3, 5], [5]],
      [[2, 3, 5], [5]],
      [
        [2, 3, 5],
        [3, 5],
      ],
      [[7], []],
      [[1], [1]],
    ] as const
  ).map(([a, b]) => gradientCase(`${op} [${a}] and [${b}]`, { a, b }, ([x, y], { builder }) => builder[op](x!, y!))),
);

const activationCases = (
  ['silu', 'gelu', 'gelu_tanh', 'relu', 'tanh', 'sigmoid', 'softplus', 'log1mexp'] as Activation[]
).flatMap((activation) => [
  gradientCase(`activation ${activation}`, { x: [3, 7] }, ([x], { builder }) => builder.activation(x!, activation)),
  gradientCase(`gated_activation ${activation}`, { gate: [3, 7], up: [3, 7] }, (inputs, { builder }) =>
    builder.node('gated_activation', inputs, { activation }),
  ),
]);

const layerNormCases = (
  [
    [1, 3],
    [7, 5],
  ] as const
).map(([rows, width]) => {
  const shapes = { x: [rows, width], weight: [width], bias: [width] };
  return gradientCase(`layer_norm ${rows}×${width}`, shapes, ([x, weight, bias], { builder }) =>
    builder.layerNorm(x!, weight!, bias!, 1e-2),
  );
});

const pieceCases = [
  gradientCase('split into three', { x: [3, 7] }, ([x], { builder }) => builder.split(x!, [2, 4, 1])),
  gradientCase('split, one piece unused', { x: [3, 7] }, ([x], { builder }) => builder.split(x!, [3, 4])[1]!),
  gradientCase('concat', { a: [3, 2], b: [3, 5] }, (pieces, { builder }) => builder.node('concat', pieces, {})),
];

const normCases = (
  [
    [1, 1],
    [1, 13],
    [7, 5],
  ] as const
).map(([rows, width]) =>
  gradientCase(`rms_norm ${rows}×${width}`, { x: [rows, width], weight: [width] }, ([x, weight], { builder }) =>
    builder.rmsNorm(x!, weight!, 1e-2),
  ),
);

const offsetNormCases = [
  gradientCase('rms_norm with weights from 1', { x: [3, 5], weight: [5] }, ([x, weight], { builder }) =>
    builder.rmsNorm(x!, weight!, 1e-2, 1),
  ),
  gradientCase('rows divided by their lengths', { x: [3, 5] }, ([x], { builder }) => builder.l2Norm(x!, 1e-2)),
];

function attentionCase(
  name: string,
  [heads, kvHeads, headDim]: readonly [number, number, number],
  keys: number,
  sequences: readonly Ranges[],
  cap: SoftCap = {},
): GradientCase {
  const batch = sequences.length;
  const queryRows = sequences.flat().length;
  const shapes = {
    q: [queryRows, heads * headDim],
    k: [batch * keys, kvHeads * headDim],
    v: [batch * keys, kvHeads * headDim],
  };
  return gradientCase(`attention ${name}`, shapes, ([q, k, v], data) => {
    const seenFrom = sequences.map((ranges) => seenFromKeys(ranges, keys));
    const ranges = [
      data.integers('keyRange', [queryRows, 2], sequences.flat(2)),
      data.integers('queryRange', [batch * keys, 2], seenFrom.flat(2)),
    ];
    const attributes = { batch, heads, kvHeads, headDim, scale: 0.6, causal: true, ...cap };
    return data.builder.attention(q!, k!, v!, ranges, attributes);
  });
}

const attentionCases = [
  attentionCase('one token', [1, 1, 1], 1, [causal(1, 1)]),
  attentionCase('causal, 6/2 heads of 3', [6, 2, 3], 5, [causal(5, 5), causal(5, 5)]),
  attentionCase('window of 3', [2, 1, 3], 7, [slidingWindow(7, 7, 3)]),
  attentionCase('empty ranges', [3, 1, 2], 5, [padded(3, 5), padded(0, 5), padded(1, 5)]),
  attentionCase('bounded scores', [4, 2, 3], 5, [causal(5, 5)], { softCap: 0.8 }),
  attentionCase('packed', [2, 2, 3], 7, [packed([2, 1, 4])]),
  attentionCase('bidirectional, fewer queries than keys', [2, 1, 3], 5, [bidirectional(3, 5)]),
];

function relativeAttentionCase(
  name: string,
  [heads, headDim]: readonly [number, number],
  sequences: readonly Ranges[],
): GradientCase {
  const [batch, length] = [sequences.length, sequences[0]!.length];
  const [rows, width] = [batch * length, heads * headDim];
  const shapes = { q: [rows, width], k: [rows, width], v: [rows, width], places: [2 * length - 1, 2 * width] };
  return gradientCase(`relative_attention ${name}`, shapes, (inputs, data) => {
    const seen = sequences.map((ranges) => seenFromKeys(ranges, length));
    const ranges = [
      data.integers('keyRange', [rows, 2], sequences.flat(2)),
      data.integers('queryRange', [rows, 2], seen.flat(2)),
    ];
    const attributes = { batch, heads, kvHeads: heads, headDim, scale: 0.5, causal: false };
    return data.builder.node('relative_attention', [...inputs, ...ranges], attributes);
  });
}

const relativeAttentionCases = [
  relativeAttentionCase('one token', [1, 1], [bidirectional(1, 1)]),
  relativeAttentionCase('padded, 2 heads of 3', [2, 3], [padded(4, 4), padded(2, 4), padded(0, 4)]),
  relativeAttentionCase('packed', [1, 2], [packed([2, 1, 2])]),
];

const ropeCases = [false, true].flatMap((inverse) =>
  [6, 2].flatMap((rotaryDim) =>
    [{}, { neighbours: true } as const].map((pairs) =>
      gradientCase(
        `rope of ${rotaryDim} in 6, ${JSON.stringify({ inverse, ...pairs })}`,
        { x: [3, 18] },
        ([x], data) => {
          const table = data.input('table', [5, rotaryDim]);
          const positions = data.integers('positions', [3], [4, 0, 2]);
          return data.builder.node('rope', [x!, table, positions], { headDim: 6, inverse, ...pairs });
        },
      ),
    ),
  ),
);

const ids = [3, 0, 3, 10, -1, 3, 11];

const tokenCases = [
  gradientCase('embedding', { table: [11, 3] }, ([table], data) =>
    data.builder.embedding(table!, data.integers('ids', [7], ids), data.integers('idOrder', [7], idOrderOf(ids))),
  ),
  gradientCase('embedding, ids from 2 on', { table: [11, 3] }, ([table], data) => {
    const idInputs = [data.integers('ids', [7], ids), data.integers('idOrder', [7], idOrderOf(ids))] as const;
    return data.builder.embedding(table!, ...idInputs, 2);
  }),
  gradientCase('dropout', { x: [7, 13] }, ([x], data) =>
    data.builder.dropout(x!, data.seed('seed', [3, 4]), 0.4, 'site'),
  ),
  gradientCase('uniform_noise', { x: [7, 13] }, ([x], data) =>
    data.builder.uniformNoise(x!, data.seed('seed', [3, 4]), 0.4, 'site'),
  ),
  gradientCase('cross_entropy', { hidden: [5, 3], head: [7, 3] }, ([hidden, head], data) =>
    data.builder.crossEntropy(
      hidden!,
      head!,
      data.integers('labels', [5], [6, -100, 0, 2, -100]),
      data.input('lossScale', [], [1 / 3]),
    ),
  ),
  gradientCase(
    'cross_entropy with a bias, bounded logits',
    { hidden: [5, 3], head: [7, 3], bias: [7] },
    ([hidden, head, bias], data) => {
      const labels = data.integers('labels', [5], [6, -100, 0, 2, -100]);
      const options = { bias: bias!, softCap: 1.3 };
      return data.builder.crossEntropy(hidden!, head!, labels, data.input('lossScale', [], [1 / 3]), options);
    },
  ),
  gradientCase(
    'cross_entropy with a bias and a second product, bounded logits',
    { hidden: [5, 3], head: [7, 3], bias: [7], narrow: [5, 2], wide: [7, 2] },
    ([hidden, head, bias, narrow, wide], data) => {
      const labels = data.integers('labels', [5], [6, -100, 0, 2, -100]);
      const options = { bias: bias!, added: { narrow: narrow!, wide: wide! }, softCap: 1.3 };
      return data.builder.crossEntropy(hidden!, head!, labels, data.input('lossScale', [], [1 / 3]), options);
    },
  ),
  gradientCase('cross_entropy with a weight for each row', { hidden: [3, 3], head: [5, 3] }, ([hidden, head], data) =>
    data.builder.crossEntropy(
      hidden!,
      head!,
      data.integers('labels', [3], [4, -100, 0]),
      data.input('lossScale', [3], [0.3, 2, 0.7]),
    ),
  ),
  gradientCase('log-probabilities of rows', { hidden: [5, 3], head: [7, 3] }, ([hidden, head], data) =>
    data.builder.logProbabilities(hidden!, head!, data.integers('labels', [5], [6, -100, 0, 2, -100])),
  ),
  gradientCase(
    'log-probabilities of rows with a bias and a second product, bounded logits, in a loss of their own',
    { hidden: [5, 3], head: [7, 3], bias: [7], narrow: [5, 2], wide: [7, 2] },
    ([hidden, head, bias, narrow, wide], data) => {
      const labels = data.integers('labels', [5], [6, 1, 0, 2, -100]);
      const terms = { bias: bias!, added: { narrow: narrow!, wide: wide! }, softCap: 1.3 };
      const rows = data.builder.logProbabilities(hidden!, head!, labels, terms);
      return data.builder.activation(data.builder.mul(rows, rows), 'softplus');
    },
  ),
  gradientCase('cross_entropy, every label ignored', { hidden: [2, 3], head: [5, 3] }, ([hidden, head], data) =>
    data.builder.crossEntropy(
      hidden!,
      head!,
      data.integers('labels', [2], [-100, -100]),
      data.input('lossScale', [], [1]),
    ),
  ),
];

const predictionLossCases = (['squared_error', 'binary_cross_entropy'] as const).map((loss) =>
  gradientCase(`prediction_loss, ${loss}`, { z: [5, 3] }, ([z], data) => {
    const targets = data.input(
      'targets',
      [5, 3],
      Array.from({ length: 15 }, (_, index) => (index % 4 === 0 ? 1 : 0)),
    );
    const weights = data.input('weights', [5], [1, 0, 1, 2, 1]);
    return data.builder.predictionLoss(z!, targets, weights, data.input('lossScale', [], [1 / 3]), loss);
  }),
);

const composedCases = [
  gradientCase('scale', { x: [3, 5] }, ([x], { builder }) => builder.scale(x!, -1.7)),
  gradientCase('reshape', { x: [3, 10] }, ([x], { builder }) => builder.reshape(x!, [5, 6])),
  gradientCase('tied weight: embedding and head', { table: [7, 3] }, ([table], data) => {
    const hidden = data.builder.embedding(
      table!,
      data.integers('ids', [3], [6, 1, 6]),
      data.integers('idOrder', [3], [1, 0, 2]),
    );
    return data.builder.crossEntropy(
      hidden,
      table!,
      data.integers('labels', [3], [1, 6, 2]),
      data.input('lossScale', [], [1 / 3]),
    );
  }),
  gradientCase('a value that is used three times', { x: [3, 3] }, ([x], { builder }) =>
    builder.add(builder.mul(x!, x!), builder.matmul(x!, builder.activation(x!, 'tanh'), { transposeA: true })),
  ),
  gradientCase('LoRA beside a frozen weight', { A: [2, 5], B: [7, 2] }, ([A, B], data) => {
    const { builder } = data;
    const x = data.input('x', [3, 5]);
    const base = builder.matmul(x, data.parameter('weight', [7, 5], { dtype: 'bf16' }), { transposeB: true });
    const dropped = builder.dropout(x, data.seed('seed', [1, 2]), 0.3, 'lora_dropout');
    const update = builder.matmul(builder.matmul(dropped, A!, { transposeB: true }), B!, { transposeB: true });
    return builder.add(base, builder.scale(update, 2));
  }),
];

const windows = [
  { batch: 2, height: 3, width: 4, kernel: 3, stride: 2, padding: 1 },
  { batch: 1, height: 4, width: 3, kernel: 2, stride: 1, padding: 0 },
];

const convolutionCases = [
  ...windows.flatMap((window) => {
    const shapes = { x: [window.batch * window.height * window.width, 2] };
    return (['im2col', 'max_pool'] as const).map((op) =>
      gradientCase(`${op} of ${window.batch}×${window.height}×${window.width}`, shapes, ([x], { builder }) =>
        builder.node(op, [x!], window),
      ),
    );
  }),
  ...windows.map((window) => {
    const shapes = {
      x: [window.batch * window.height * window.width, 2],
      weight: [2, 1, window.kernel, window.kernel],
    };
    return gradientCase(
      `depthwise_convolution of ${window.batch}×${window.height}×${window.width}`,
      shapes,
      ([x, weight], { builder }) => builder.node('depthwise_convolution', [x!, weight!], window),
    );
  }),
  gradientCase('col2im', { columns: [8, 18] }, ([columns], { builder }) =>
    builder.node('col2im', [columns!], windows[0]!),
  ),
  gradientCase('moments', { x: [5, 3] }, ([x], { builder }) => builder.moments(x!)),
  gradientCase('moments, the variance alone', { x: [5, 3] }, ([x], { builder }) => builder.moments(x!)[1]),
  gradientCase(
    'batch_norm with statistics of their own',
    { x: [5, 3], mean: [3], variance: [3], weight: [3], bias: [3] },
    ([x, mean, root, weight, bias], { builder }) =>
      builder.batchNorm(x!, mean!, builder.mul(root!, root!), weight!, bias!, 1e-2),
  ),
  gradientCase(
    'batch_norm with the statistics of the batch',
    { x: [7, 3], weight: [3], bias: [3] },
    ([x, ...vectors], { builder }) => {
      const [mean, variance] = builder.moments(x!);
      return builder.batchNorm(x!, mean, variance, vectors[0]!, vectors[1]!, 1e-2);
    },
  ),
];

const causalConvolutionCases = [
  gradientCase(
    'causal_convolution with a bias over two sequences, one of two examples',
    { x: [10, 3], weight: [3, 1, 4], bias: [3] },
    ([x, weight, bias], data) => {
      const starts = data.integers('starts', [10], [0, 0, 2, 2, 2, 0, 0, 0, 0, 0]);
      return data.builder.causalConvolution({ x: x!, weight: weight!, starts, bias: bias! }, 2)[0];
    },
  ),
  gradientCase('causal_convolution after kept rows', { x: [2, 5], weight: [5, 3] }, ([x, weight], data) => {
    const [starts, before] = [data.integers('starts', [2], [-7, -1]), data.input('before', [2, 10])];
    return data.builder.causalConvolution({ x: x!, weight: weight!, starts, before }, 2)[0];
  }),
];

const deltaGatesCases = [
  gradientCase('delta_gates', { a: [5, 3], b: [5, 3], logRate: [3], bias: [3] }, (inputs, { builder }) =>
    builder.nodeOutputs('delta_gates', inputs, {}),
  ),
  gradientCase(
    'delta_gates, the decay alone',
    { a: [5, 3], b: [5, 3], logRate: [3], bias: [3] },
    (inputs, { builder }) => builder.node('delta_gates', inputs, {}),
  ),
];

const gatedDeltaRuleCases = [
  gradientCase(
    'gated_delta_rule over two sequences, one of two examples, with heads that share keys',
    { q: [10, 3], k: [10, 3], v: [10, 4], g: [10, 2], beta: [10, 2] },
    ([q, k, v, g, beta], data) => {
      const starts = data.integers('starts', [10], [0, 0, 2, 2, 2, 0, 0, 0, 0, 0]);
      return data.builder.gatedDeltaRule({ q: q!, k: k!, v: v!, g: g!, beta: beta!, starts }, 2, 1)[0];
    },
  ),
  gradientCase(
    'gated_delta_rule after a state',
    { q: [6, 4], k: [6, 4], v: [6, 6], g: [6, 2], beta: [6, 2], before: [2, 12] },
    ([q, k, v, g, beta, before], data) => {
      const starts = data.integers('starts', [6], [-7, -7, -7, -1, 1, 1]);
      const inputs = { q: q!, k: k!, v: v!, g: g!, beta: beta!, starts, before: before! };
      return data.builder.gatedDeltaRule(inputs, 2, 2)[0];
    },
  ),
];

/** A whole mixture of experts: scores, the order, products by each expert, and their sum. */
const expertCases = (
  [
    { score: 'softmax', chosen: 2 },
    { score: 'softmax', chosen: 3, epsilon: 0 },
    { score: 'sigmoid', chosen: 2, epsilon: 1e-6 },
    { score: 'sigmoid', chosen: 1 },
  ] as const
).map((attributes) =>
  gradientCase(
    `experts, ${JSON.stringify(attributes)}`,
    { x: [5, 3], logits: [5, 4], first: [4, 7, 3], second: [4, 3, 7] },
    ([x, logits, first, second], { builder }) => {
      const scores = builder.scale(logits!, 2);
      const { weights, order } = builder.route(scores, attributes);
      const inner = builder.expertMatmul(builder.gatherRows(x!, order), first!, order);
      return builder.combineRows(
        builder.expertMatmul(builder.activation(inner, 'silu'), second!, order),
        order,
        weights,
      );
    },
  ),
);

const transposedExpertCase = gradientCase(
  'expert_matmul by matrices as they lie',
  { x: [5, 7], weights: [3, 7, 2] },
  ([x, weights], data) =>
    data.builder.node('expert_matmul', [x!, weights!, data.integers('ends', [3], [2, 2, 5])], { transposed: true }),
);

const streamCases = [
  ...[false, true].map((transposed) =>
    gradientCase(
      `mix_streams of three into two${transposed ? ' transposed' : ''}`,
      { x: [12, 5], weights: [4, 6] },
      (inputs, { builder }) => builder.node('mix_streams', inputs, { transposed }),
    ),
  ),
  gradientCase('stream_products of two and three', { a: [8, 5], b: [12, 5] }, ([a, b], { builder }) =>
    builder.streamProducts(a!, b!, 4),
  ),
];

/** Every differentiable operation at odd shapes; the completeness test holds this list to that. */
export const gradientCases: readonly GradientCase[] = [
  ...matmulCases,
  ...broadcastCases,
  ...activationCases,
  ...normCases,
  ...offsetNormCases,
  ...layerNormCases,
  ...convolutionCases,
  ...causalConvolutionCases,
  ...deltaGatesCases,
  ...gatedDeltaRuleCases,
  ...expertCases,
  transposedExpertCase,
  ...streamCases,
  ...pieceCases,
  ...ropeCases,
  ...attentionCases,
  ...relativeAttentionCases,
  ...tokenCases,
  ...predictionLossCases,
  ...composedCases,
];
