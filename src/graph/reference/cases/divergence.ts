import type { Value, WeightDType } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase, seededNumbers } from '../case-data.ts';

interface Diverging {
  readonly rows: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly dtype?: WeightDType;
  /** How far the hidden states are apart, beside numbers of variance 1. */
  readonly apart: number;
  readonly factor?: number;
  readonly labels?: readonly number[];
  readonly biased?: boolean;
  /** Width of the second product of the tuned side. */
  readonly rank?: number;
  /** The sides have a head each. */
  readonly heads?: boolean;
  readonly softCap?: number;
}

/** Every third row has no label. */
function build(data: CaseBuilder, options: Diverging): Readonly<Record<string, Value>> {
  const { rows, width, vocabulary, dtype = 'f32', apart, factor = 1, biased, rank, heads, softCap } = options;
  const before = seededNumbers('base', rows * width).map((x) => x * factor);
  const after = seededNumbers('tuned', rows * width).map((x, i) => before[i]! + apart * x);
  const head = data.parameter('head', [vocabulary, width], { dtype });
  const labels =
    options.labels ?? Array.from({ length: rows }, (_, row) => (row % 3 === 1 ? -100 : (row * 7919) % vocabulary));
  const bias = (name: string) => (biased ? { bias: data.parameter(name, [vocabulary]) } : {});
  const added = rank && {
    narrow: data.input('narrow', [rows, rank], seededNumbers('narrow', rows * rank)),
    wide: data.parameter('wide', [vocabulary, rank]),
  };
  const [divergence, baseLoss, loss] = data.builder.tokenDivergence(
    data.integers('labels', [rows], labels),
    { hidden: data.input('base', [rows, width], before), head, ...bias('baseBias') },
    {
      hidden: data.input('tuned', [rows, width], after),
      head: heads ? data.parameter('ownHead', [vocabulary, width]) : head,
      ...bias('bias'),
      ...(added ? { added } : {}),
    },
    softCap,
  );
  return { divergence, baseLoss, loss };
}

function divergenceCase(options: Diverging): OpCase {
  const { rows, width, vocabulary, dtype = 'f32', apart } = options;
  const more = [
    options.biased ? ', with biases' : '',
    options.rank ? `, rank ${options.rank}` : '',
    options.heads ? ', two heads' : '',
    options.softCap ? ', bounded' : '',
    options.factor ? `, values up to ${options.factor}` : '',
  ].join('');
  const name = `token_divergence ${rows}×${width}, vocabulary ${vocabulary} ${dtype}, ${apart} apart${more}`;
  return opCase(name, Math.max(width, vocabulary, rows), (data) => build(data, options));
}

export const divergenceCases: readonly OpCase[] = [
  divergenceCase({ rows: 1, width: 1, vocabulary: 1, labels: [0], apart: 1 }),
  divergenceCase({ rows: 5, width: 7, vocabulary: 11, apart: 0.1 }),
  divergenceCase({ rows: 37, width: 9, vocabulary: 1031, apart: 1 }),
  divergenceCase({ rows: 131, width: 16, vocabulary: 67, apart: 0.3, heads: true }),
  divergenceCase({ rows: 7, width: 13, vocabulary: 129, dtype: 'bf16', apart: 1, biased: true }),
  divergenceCase({ rows: 6, width: 8, vocabulary: 33, dtype: 'f16', apart: 20, factor: 20 }),
  divergenceCase({ rows: 7, width: 68, vocabulary: 129, dtype: 'int8', apart: 0.5 }),
  divergenceCase({ rows: 37, width: 8, vocabulary: 131, apart: 0.2, rank: 5, biased: true }),
  divergenceCase({ rows: 13, width: 16, vocabulary: 67, apart: 0.5, dtype: 'bf16', rank: 4, softCap: 3 }),
  divergenceCase({ rows: 3, width: 4, vocabulary: 6, labels: [-100, -100, -100], apart: 1 }),
];
