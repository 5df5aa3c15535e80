import type { WeightDType } from '../../types.ts';
import { type OpCase, opCase } from '../case-data.ts';

const transposes = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
] as const;

type Transposes = (typeof transposes)[number];
const show = ({ transposeA, transposeB }: Transposes): string => `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;

/** [M, K, N] */
type Sizes = readonly [number, number, number];

interface Options {
  readonly batch?: number;
  readonly dtype?: WeightDType;
}

function matmulCase([m, k, n]: Sizes, transposed: Transposes, { batch, dtype = 'f32' }: Options = {}): OpCase {
  const { transposeA, transposeB } = transposed;
  const name = `matmul ${show(transposed)} ${batch === undefined ? '' : `${batch}×`}${m}×${k}×${n} ${dtype}`;
  const leading = batch === undefined ? [] : [batch];
  return opCase(name, k, (data) => {
    const a = data.input('a', [...leading, ...(transposeA ? [k, m] : [m, k])]);
    const b = data.parameter('b', [...leading, ...(transposeB ? [n, k] : [k, n])], { dtype });
    return { y: data.builder.matmul(a, b, transposed) };
  });
}

/** Width of a hidden state and rank, as one LoRA module of a 1–2B model has them. */
const [wide, rank] = [3072, 8];

/** The products of LoRA forward and backward (A [r, in], B [out, r] as PEFT stores them) for `rows` tokens. */
function loraCases(rows: number, options: Options = {}): OpCase[] {
  const [nn, nt, tn] = transposes;
  return [
    matmulCase([rows, wide, rank], nt, options), // h = x·Aᵀ
    matmulCase([rows, rank, wide], nt, options), // y = h·Bᵀ
    matmulCase([rows, wide, rank], nn, options), // dh = dy·B
    matmulCase([rows, rank, wide], nn, options), // dx = dh·A
    matmulCase([rank, rows, wide], tn, options), // dA = dhᵀ·x
    matmulCase([wide, rows, rank], tn, options), // dB = dyᵀ·h
  ];
}

export const matmulCases: readonly OpCase[] = [
  ...transposes.flatMap((transposed) => [
    matmulCase([1, 1, 1], transposed),
    matmulCase([7, 13, 5], transposed),
    matmulCase([1, 131, 67], transposed),
    matmulCase([17, 1, 3], transposed),
    matmulCase([67, 34, 130], transposed),
    matmulCase([64, 32, 128], transposed),
    matmulCase([5, 7, 11], transposed, { batch: 3 }),
    matmulCase([4, 8, 12], transposed, { batch: 2 }),
    matmulCase([3, 2003, 8], transposed, { batch: 1 }),
  ]),
  // Published weights are b, transposed in the forward pass and as they lie in the backward pass.
  ...(['bf16', 'f16'] as const).flatMap((dtype) => [
    matmulCase([1, 1, 1], transposes[1], { dtype }),
    matmulCase([7, 13, 5], transposes[0], { dtype }),
    matmulCase([7, 13, 5], transposes[1], { dtype }),
    matmulCase([9, 34, 130], transposes[0], { dtype }),
    matmulCase([9, 34, 130], transposes[1], { dtype }),
    matmulCase([33, 64, 48], transposes[0], { dtype }),
    matmulCase([33, 64, 48], transposes[1], { dtype }),
    matmulCase([5, 7, 11], transposes[1], { dtype, batch: 3 }),
    matmulCase([5, 2048, 24], transposes[0], { dtype }),
    matmulCase([5, 2048, 24], transposes[1], { dtype }),
  ]),
  // Blocks of 64 values run along k in the forward pass and along n in the backward pass; the last may be cut short.
  ...(['int8', 'int4', 'nf4'] as const).flatMap((dtype) =>
    [transposes[0], transposes[1]].flatMap((transposed) => [
      matmulCase([1, 1, 1], transposed, { dtype }),
      matmulCase([7, 13, 5], transposed, { dtype }),
      matmulCase([1, 67, 131], transposed, { dtype }),
      matmulCase([3, 128, 192], transposed, { dtype }),
      matmulCase([9, 66, 130], transposed, { dtype }),
      matmulCase([33, 64, 48], transposed, { dtype }),
      matmulCase([40, 896, 132], transposed, { dtype }),
    ]),
  ),
  matmulCase([3, 128, 192], transposes[1], { dtype: 'fp4' }),
  matmulCase([9, 66, 130], transposes[0], { dtype: 'fp4' }),
  ...loraCases(256),
  ...loraCases(5),
  ...loraCases(16, { batch: 1 }),
];
