import type { Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase } from '../case-data.ts';
import { startsOf } from './causal-convolution.ts';

interface Rule {
  /** The examples of each sequence, by length. */
  readonly examples: readonly (readonly number[])[];
  readonly heads: number;
  readonly keyHeads?: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  /** Rows of each sequence that came before. */
  readonly past?: readonly number[];
  /** The mean of the logarithms of the decay in the first head: around −60 hardly anything is kept. */
  readonly decay?: number;
}

/** One row; odd lengths, heads and widths; packed rows; what forgets all at once; heads of Qwen3.5. */
const rules: readonly Rule[] = [
  { examples: [[1]], heads: 1, keyWidth: 1, valueWidth: 1, past: [3] },
  { examples: [[7]], heads: 3, keyWidth: 5, valueWidth: 3 },
  { examples: [[1, 2, 64, 4], [71]], heads: 6, keyHeads: 2, keyWidth: 4, valueWidth: 7 },
  { examples: [[65]], heads: 2, keyHeads: 1, keyWidth: 8, valueWidth: 12, decay: -60 },
  { examples: [[1], [1], [1]], heads: 4, keyHeads: 2, keyWidth: 6, valueWidth: 4, past: [0, 3, 90] },
  { examples: [[9, 30], [39]], heads: 2, keyWidth: 12, valueWidth: 20, past: [5, 1] },
  { examples: [[40, 26]], heads: 2, keyHeads: 1, keyWidth: 128, valueWidth: 128 },
];

const title = ({ examples, heads, keyHeads = heads, keyWidth, valueWidth, past, decay }: Rule): string =>
  [
    `${examples.map((lengths) => lengths.join('+')).join(' and ')} rows`,
    `${heads} heads of ${keyHeads}, ${keyWidth} by ${valueWidth}`,
    ...(past ? [`after ${past.join(' and ')}`] : []),
    ...(decay ? [`decay exp(${decay})`] : []),
  ].join(', ');

/** Keys of length about 1, gates as the sigmoid and the softplus of a model make them. */
function operands(data: CaseBuilder, rule: Rule): Value[] {
  const { examples, heads, keyHeads = heads, keyWidth, valueWidth, past, decay = -0.5 } = rule;
  const starts = startsOf(rule);
  const rows = starts.length;
  const wave = (count: number, of: (x: number, i: number) => number): number[] =>
    Array.from({ length: count }, (_, i) => of(Math.sin(12.9898 * (i + 1)), i));
  const key = keyWidth ** -0.5;
  return [
    data.input('q', [rows, keyHeads * keyWidth]),
    data.input(
      'k',
      [rows, keyHeads * keyWidth],
      wave(rows * keyHeads * keyWidth, (x) => x * key),
    ),
    data.input('v', [rows, heads * valueWidth]),
    data.input(
      'g',
      [rows, heads],
      wave(rows * heads, (x, i) => (i % heads === 0 ? decay : -0.5) * (1 + 0.9 * x)),
    ),
    data.input(
      'beta',
      [rows, heads],
      wave(rows * heads, (x) => 0.5 + 0.45 * x),
    ),
    data.integers('starts', [rows], starts),
    ...(past ? [data.input('before', [examples.length, heads * keyWidth * valueWidth])] : []),
  ];
}

/** Errors of a row are handed on to the rows after it: they count as terms too. */
const terms = ({ examples, keyWidth, valueWidth }: Rule): number =>
  Math.max(...examples.flat()) * Math.max(keyWidth, valueWidth);

const attributesOf = ({ examples, heads, keyHeads = heads }: Rule) => ({ batch: examples.length, keyHeads });

const forward = (rule: Rule): OpCase =>
  opCase(`gated_delta_rule of ${title(rule)}`, terms(rule), (data) => {
    const [y, after, errors] = data.builder.nodeOutputs('gated_delta_rule', operands(data, rule), attributesOf(rule));
    return { y: y!, after: after!, errors: errors! };
  });

const backward = (rule: Rule): OpCase =>
  opCase(`gradients of gated_delta_rule of ${title(rule)}`, terms(rule), (data) => {
    const inputs = operands(data, rule);
    const [y, , errors] = data.builder.nodeOutputs('gated_delta_rule', inputs, attributesOf(rule));
    const dy = data.input('dy', y!.shape);
    const all = data.builder.nodeOutputs('gated_delta_rule_backward', [dy, y!, errors!, ...inputs], attributesOf(rule));
    const [dq, dk, dv, dg, dBeta, dBefore] = all as [Value, Value, Value, Value, Value, Value?];
    return { dq, dk, dv, dg, dBeta, ...(dBefore && { dBefore }) };
  });

export const gatedDeltaRuleCases: readonly OpCase[] = rules.flatMap((each) => [forward(each), backward(each)]);
