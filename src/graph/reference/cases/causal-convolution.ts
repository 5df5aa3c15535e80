import type { FloatDType, Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase } from '../case-data.ts';

interface Convolution {
  /** The examples of each sequence, by length. */
  readonly examples: readonly (readonly number[])[];
  readonly channels: number;
  readonly taps: number;
  readonly dtype?: FloatDType;
  readonly bias?: boolean;
  /** Rows of each sequence that came before. */
  readonly past?: readonly number[];
}

/** One row; odd widths; examples shorter than the taps; strips that end early; LFM2-350M and Qwen3.5-0.8B. */
const convolutions: readonly Convolution[] = [
  { examples: [[1]], channels: 1, taps: 3 },
  { examples: [[5]], channels: 3, taps: 4, bias: true },
  { examples: [[1, 2, 1, 9], [4, 9], [13]], channels: 7, taps: 3, dtype: 'bf16' },
  { examples: [[17, 2, 40], [59]], channels: 12, taps: 4, dtype: 'f16', bias: true },
  { examples: [[2]], channels: 5, taps: 2, past: [1] },
  { examples: [[1], [1], [1], [1]], channels: 36, taps: 3, past: [0, 1, 2, 7] },
  { examples: [[3, 16], [19]], channels: 13, taps: 4, dtype: 'bf16', bias: true, past: [2, 40] },
  { examples: [[100, 156]], channels: 1024, taps: 3, dtype: 'bf16' },
  { examples: [[64]], channels: 6144, taps: 4, dtype: 'bf16', past: [64] },
];

const title = ({ examples, channels, taps, dtype = 'f32', bias, past }: Convolution): string =>
  [
    `${examples.map((lengths) => lengths.join('+')).join(' and ')} rows of ${channels}, ${taps} taps, ${dtype}`,
    bias ? 'with bias' : '',
    past ? `after ${past.join(' and ')}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

/** The example of each row starts at this row of its sequence, or was so far before it. */
export const startsOf = ({ examples, past = [] }: Pick<Convolution, 'examples' | 'past'>): number[] =>
  examples.flatMap((lengths, sequence) =>
    lengths.flatMap((length, example) => {
      const first = lengths.slice(0, example).reduce((sum, each) => sum + each, 0);
      return new Array<number>(length).fill(example === 0 ? -(past[sequence] ?? 0) : first);
    }),
  );

function operands(data: CaseBuilder, convolution: Convolution): readonly [x: Value, weight: Value, rest: Value[]] {
  const { examples, channels, taps, dtype = 'f32', past } = convolution;
  const starts = startsOf(convolution);
  const x = data.input('x', [starts.length, channels]);
  const weight = data.parameter('weight', [channels, 1, taps], { dtype });
  const before = past ? [data.input('before', [examples.length, (taps - 1) * channels])] : [];
  return [x, weight, [data.integers('starts', [starts.length], starts), ...before]];
}

const forward = (convolution: Convolution): OpCase =>
  opCase(`causal_convolution of ${title(convolution)}`, convolution.taps, (data) => {
    const [x, weight, rest] = operands(data, convolution);
    const bias = convolution.bias ? [data.parameter('bias', [convolution.channels])] : [];
    const attributes = { batch: convolution.examples.length };
    const [y, after] = data.builder.nodeOutputs('causal_convolution', [x, weight, ...rest, ...bias], attributes);
    return { y: y!, after: after! };
  });

const backward = (convolution: Convolution): OpCase =>
  opCase(`gradients of causal_convolution of ${title(convolution)}`, startsOf(convolution).length, (data) => {
    const [x, weight, rest] = operands(data, convolution);
    const attributes = { batch: convolution.examples.length };
    const inputs = [data.input('dy', x.shape), x, weight, ...rest];
    const [dx, dWeight] = data.builder.nodeOutputs('causal_convolution_backward', inputs, attributes);
    return { dx: dx!, dWeight: dWeight! };
  });

export const causalConvolutionCases: readonly OpCase[] = convolutions.flatMap((each) => [
  forward(each),
  backward(each),
]);
