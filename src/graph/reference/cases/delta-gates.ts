import type { Value } from '../../types.ts';
import { type CaseBuilder, type OpCase, opCase } from '../case-data.ts';

interface Gates {
  readonly shape: readonly [rows: number, heads: number];
  /** The middle of the arguments: far below 0 hardly anything is forgotten, and ln(1 + t) loses digits. */
  readonly around?: number;
}

/** Some arguments lie far out on both sides, where a careless exp overflows. */
function operands(data: CaseBuilder, { shape: [rows, heads], around = 0 }: Gates): Value[] {
  const spread = (i: number): number => (around === 0 && i % 3 === 0 ? 100 : 3);
  const far = Array.from({ length: rows * heads }, (_, i) => around + spread(i) * Math.sin(12.9898 * (i + 1)));
  const rates = Array.from({ length: heads }, (_, i) => Math.log(0.01 + (16 * i) / heads));
  return [
    data.input('a', [rows, heads], far),
    data.input('b', [rows, heads], far.toReversed()),
    data.parameter('logRate', [heads], { values: rates }),
    data.parameter('bias', [heads]),
  ];
}

const cases: readonly Gates[] = [
  { shape: [1, 1] },
  { shape: [7, 3] },
  { shape: [65, 16] },
  { shape: [9, 5], around: -9 },
];

export const deltaGatesCases: readonly OpCase[] = cases.flatMap((gates) => [
  opCase(`delta_gates ${gates.shape.join('×')} around ${gates.around ?? 0}`, 1, (data) => {
    const [g, beta] = data.builder.nodeOutputs('delta_gates', operands(data, gates), {});
    return { g: g!, beta: beta! };
  }),
  opCase(`delta_gates_backward ${gates.shape.join('×')} around ${gates.around ?? 0}`, 1, (data) => {
    const inputs = [data.input('dg', gates.shape), data.input('dBeta', gates.shape), ...operands(data, gates)];
    const [da, db] = data.builder.nodeOutputs('delta_gates_backward', inputs, {});
    return { da: da!, db: db! };
  }),
]);
