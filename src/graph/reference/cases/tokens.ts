import type { Value, WeightDType } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

/** Row numbers sorted by (id, row), as the embedding's gradient wants them. */
export const idOrderOf = (ids: readonly number[]): number[] =>
  ids.map((_, row) => row).sort((a, b) => ids[a]! - ids[b]! || a - b);

const idsOf = (count: number, vocabulary: number): number[] =>
  seededNumbers('ids', count).map((x) => Math.abs(Math.round(x * 1000)) % vocabulary);

const embeddingCase = (dtype: WeightDType, vocabulary: number, width: number, ids: readonly number[]): OpCase =>
  opCase(`embedding ${vocabulary}×${width} ${dtype}, ${ids.length} ids`, 1, (data) => ({
    y: data.builder.embedding(
      data.parameter('table', [vocabulary, width], { dtype }),
      data.integers('ids', [ids.length], ids),
    ),
  }));

/** Two rows of the table stand before the one of id 0, as in OPT's table of positions. */
const offsetCase = (vocabulary: number, width: number, ids: readonly number[]): OpCase =>
  opCase(`embedding ${vocabulary}×${width} and its gradient, ids from 2 on`, ids.length, (data) => {
    const rows = data.integers('ids', [ids.length], ids);
    const table = data.parameter('table', [vocabulary, width]);
    const order = data.integers('idOrder', [ids.length], idOrderOf(ids));
    const inputs = [data.input('dy', [ids.length, width]), rows, order];
    const dTable = data.builder.node('embedding_backward', inputs, { rows: vocabulary, idOffset: 2 });
    return { y: data.builder.embedding(table, rows, undefined, 2), dTable };
  });

const embeddingBackwardCase = (rows: number, width: number, ids: readonly number[]): OpCase =>
  opCase(`embedding_backward ${rows}×${width}, ${ids.length} ids`, ids.length, (data) => {
    const dy = data.input('dy', [ids.length, width]);
    const inputs = [
      dy,
      data.integers('ids', [ids.length], ids),
      data.integers('idOrder', [ids.length], idOrderOf(ids)),
    ];
    return { dTable: data.builder.node('embedding_backward', inputs, { rows }) };
  });

const dropoutCase = (shape: readonly number[], probability: number, seed: readonly [number, number]): OpCase =>
  opCase(`dropout ${probability} of [${shape}], seed ${seed}`, 1, (data) => ({
    y: data.builder.dropout(
      data.input('x', shape),
      data.seed('seed', seed),
      probability,
      'layers.3.q_proj/lora_dropout',
    ),
  }));

const noiseCase = (shape: readonly number[], amplitude: number, seed: readonly [number, number]): OpCase =>
  opCase(`uniform_noise ${amplitude} on [${shape}], seed ${seed}`, 1, (data) => {
    const x = data.input('x', shape);
    const sum = data.builder.add(x, x);
    return {
      y: data.builder.uniformNoise(x, data.seed('seed', seed), amplitude, 'embed/neftune'),
      z: data.builder.uniformNoise(sum, data.seed('seed', seed), amplitude, 'other'),
    };
  });

interface Scoring {
  readonly rows: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly dtype?: WeightDType;
  readonly factor?: number;
  readonly labels?: readonly number[];
  readonly bias?: boolean;
  /** Width of a second product that is added to the logits. */
  readonly rank?: number;
  readonly softCap?: number;
  /** Each row has a weight of its own. */
  readonly weighted?: boolean;
}

/** Every third row is left out, as prompt masking does. */
function crossEntropy(
  data: CaseBuilder,
  { rows, width, vocabulary, dtype = 'f32', factor = 1, labels, bias, rank, softCap, weighted = false }: Scoring,
  op: 'cross_entropy' | 'token_cross_entropy' = 'cross_entropy',
): Value[] {
  const spread = seededNumbers('hidden', rows * width).map((x) => x * factor);
  const hidden = data.input('hidden', [rows, width], spread);
  const head = data.parameter('head', [vocabulary, width], { dtype });
  const scored = labels ?? idsOf(rows, vocabulary).map((id, row) => (row % 3 === 1 ? -100 : id));
  const share = 1 / Math.max(1, scored.filter((label) => label >= 0).length);
  const lossScale = weighted
    ? data.input('lossScale', [rows], seededNumbers('weights', rows).map(Math.abs))
    : data.input('lossScale', [], [share]);
  const inputs = [hidden, head, data.integers('labels', [rows], scored), lossScale];
  if (bias) inputs.push(data.parameter('bias', [vocabulary]));
  if (rank) inputs.push(data.input('narrow', [rows, rank], seededNumbers('narrow', rows * rank)));
  if (rank) inputs.push(data.parameter('wide', [vocabulary, rank]));
  return data.builder.nodeOutputs(op, inputs, softCap === undefined ? {} : { softCap });
}

function crossEntropyCases(scoring: Scoring): OpCase[] {
  const { rows, width, vocabulary, dtype = 'f32' } = scoring;
  const terms = Math.max(width, vocabulary, rows);
  const head = `${dtype}${scoring.bias ? ' with bias' : ''}${scoring.rank ? ` and rank ${scoring.rank}` : ''}${scoring.softCap ? ', bounded' : ''}${scoring.weighted ? ', weighted' : ''}`;
  const name = `cross_entropy ${rows}×${width}, vocabulary ${vocabulary} ${head}`;
  return [
    opCase(`${name}, loss`, terms, (data) => ({ loss: crossEntropy(data, scoring)[0]! })),
    opCase(`${name}, the loss of each row`, terms, (data) => ({
      losses: crossEntropy(data, scoring, 'token_cross_entropy')[0]!,
    })),
    opCase(`${name}, loss and dHidden`, terms, (data) => {
      const [loss, dHidden] = crossEntropy(data, scoring);
      return { loss: loss!, dHidden: dHidden! };
    }),
    opCase(`${name}, all`, terms, (data) => {
      const [loss, dHidden, dHead, ...others] = crossEntropy(data, scoring);
      return { loss: loss!, dHidden: dHidden!, dHead: dHead!, ...Object.fromEntries(Object.entries(others)) };
    }),
    ...(scoring.rank === undefined
      ? []
      : [
          opCase(`${name}, the second product alone`, terms, (data) => {
            const [loss, ...gradients] = crossEntropy(data, scoring);
            return { loss: loss!, dNarrow: gradients.at(-2)!, dWide: gradients.at(-1)! };
          }),
        ]),
  ];
}

export const tokenCases: readonly OpCase[] = [
  embeddingCase('f32', 1, 1, [0]),
  embeddingCase('f32', 11, 7, [3, 10, 0, 3, -1, 11, 5]),
  embeddingCase('bf16', 11, 7, [3, 10, 0, 3, -1, 11, 5]),
  embeddingCase('f16', 13, 5, [12, 1, 1, 0]),
  embeddingCase('bf16', 257, 64, idsOf(33, 257)),
  embeddingCase('int8', 11, 67, [3, 10, 0, 3, -1, 11, 5]),
  embeddingCase('int4', 257, 128, idsOf(33, 257)),
  embeddingCase('nf4', 13, 5, [12, 1, 1, 0]),
  offsetCase(11, 7, [0, 1, 8, 9, -2, -3, 0]),
  embeddingBackwardCase(1, 1, [0]),
  embeddingBackwardCase(11, 7, [3, 10, 0, 3, -1, 11, 3]),
  embeddingBackwardCase(67, 12, idsOf(131, 67)),
  embeddingBackwardCase(5, 3, Array<number>(70).fill(2)),
  dropoutCase([7, 13], 0.3, [0, 1]),
  dropoutCase([1], 0.5, [0xffffffff, 0x80000001]),
  dropoutCase([129, 131], 0.05, [0xdeadbeef, 7]),
  noiseCase([7, 13], 5, [0, 1]),
  noiseCase([129, 131], 0.3, [0xdeadbeef, 7]),
  ...crossEntropyCases({ rows: 1, width: 1, vocabulary: 1, labels: [0] }),
  ...crossEntropyCases({ rows: 5, width: 7, vocabulary: 11 }),
  ...crossEntropyCases({ rows: 37, width: 9, vocabulary: 1031 }),
  ...crossEntropyCases({ rows: 131, width: 16, vocabulary: 67 }),
  ...crossEntropyCases({ rows: 7, width: 13, vocabulary: 129, dtype: 'bf16' }),
  ...crossEntropyCases({ rows: 6, width: 8, vocabulary: 33, dtype: 'f16', factor: 20 }),
  ...crossEntropyCases({ rows: 7, width: 68, vocabulary: 129, dtype: 'int8' }).slice(0, 3),
  ...crossEntropyCases({ rows: 5, width: 13, vocabulary: 67, dtype: 'nf4' }).slice(0, 3),
  // So many words that the gradient of the hidden states is summed in slices of them.
  ...crossEntropyCases({ rows: 35, width: 37, vocabulary: 8209 }).slice(2, 3),
  ...crossEntropyCases({ rows: 67, width: 68, vocabulary: 8460, dtype: 'bf16' }).slice(2, 3),
  ...crossEntropyCases({ rows: 3, width: 4, vocabulary: 6, labels: [-100, -100, -100] }),
  ...crossEntropyCases({ rows: 37, width: 8, vocabulary: 131, bias: true }),
  ...crossEntropyCases({ rows: 37, width: 8, vocabulary: 131, rank: 5, bias: true }),
  ...crossEntropyCases({ rows: 13, width: 16, vocabulary: 67, rank: 4, dtype: 'bf16', softCap: 3 }),
  ...crossEntropyCases({ rows: 13, width: 16, vocabulary: 67, dtype: 'bf16', softCap: 3 }),
  ...crossEntropyCases({ rows: 5, width: 7, vocabulary: 29, bias: true, softCap: 2 }),
  ...crossEntropyCases({ rows: 37, width: 8, vocabulary: 131, bias: true, weighted: true }),
  ...crossEntropyCases({ rows: 131, width: 16, vocabulary: 67, dtype: 'bf16', softCap: 3, weighted: true }),
];
