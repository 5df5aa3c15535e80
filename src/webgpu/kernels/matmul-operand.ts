import type { WeightDType } from '../../graph/types.ts';
import { type MatmulSpec, matmulKernels, matmulVectors } from '../../plan/kernels/matmul.ts';
import { type RegisterTile, vectorsOf } from './matmul-registers.ts';
import { levelTable } from './quantised.ts';
import { loadFunction, loadPairFunction, range } from './wgsl.ts';

/** The factors of the product, and of the second product where there is one. */
export type OperandName = 'a' | 'b' | 'a2' | 'b2';

/** One of the two factors as memory has it. */
export interface Operand {
  readonly name: OperandName;
  /** Under which name its registers are; `lane` holds what is then shared with other lanes. */
  readonly register: 'a' | 'b' | 'lane';
  /** True where neighbours in memory are neighbours along k; else they are neighbouring outputs. */
  readonly alongK: boolean;
  /** How many outputs (rows of a, columns of b) the thread has. */
  readonly outputs: number;
  /** Loaded four at a time. */
  readonly vec4: boolean;
  /** Loaded two neighbours along k at a time, as 16-bit values lie in a word. */
  readonly pairs: boolean;
}

/** The factors of the product, or of the second one. */
export function operandsOf(spec: MatmulSpec, tile: RegisterTile, second = false): readonly [Operand, Operand] {
  const [aAlongK, bAlongK] = [!spec.transposeA, spec.transposeB];
  const vectors = matmulVectors(spec);
  const bType = second && spec.second !== 'none' ? spec.second : spec.bType;
  return [
    {
      name: second ? 'a2' : 'a',
      register: 'a',
      alongK: aAlongK,
      outputs: tile.rows,
      vec4: vectors.a === 4,
      pairs: false,
    },
    {
      name: second ? 'b2' : 'b',
      register: 'b',
      alongK: bAlongK,
      outputs: tile.columns,
      vec4: vectors.b === 4,
      pairs: tile.depth === 2 && bAlongK && bType !== 'f32',
    },
  ];
}

const sizeOf = { a: 'm', a2: 'm', b: 'n', b2: 'n' } as const;

/** How many outputs there are along an operand. */
export const outputsAlong = ({ name }: Pick<Operand, 'name'>): string => `dims.${sizeOf[name]}`;

/**
 * Where each of a thread's outputs begins, counted once before the loop over k: `a_at0`, `a_at1` … in elements, or in
 * vectors of four. An output beyond the edge reads the last one instead, and is not stored.
 * `first` is the number of the thread's first output, `base` where the slice begins.
 */
export function declareStarts(operand: Operand, first: string, base: string): string {
  const { name, alongK, outputs, vec4 } = operand;
  const size = outputsAlong(operand);
  const start = (i: number, reach: number): string => `${base} + min(${first} + ${i}u, ${size} - ${reach}u)`;
  if (vec4 && !alongK)
    return range(outputs / 4)
      .map((i) => `let ${name}_at${i} = (${start(4 * i, 4)}) >> 2u;`)
      .join('\n');
  const leading = alongK ? ` * dims.ld${name}` : '';
  return range(outputs)
    .map((i) => `let ${name}_at${i} = ${vec4 ? `(${start(i, 1)}${leading}) >> 2u` : `${start(i, 1)}${leading}`};`)
    .join('\n');
}

/**
 * Loads an operand's registers for the step at `k`. What cannot be loaded in vectors is gathered into one, a value of k
 * at a time, whichever way memory runs.
 */
export function loadStep({ name, register, alongK, outputs, vec4, pairs }: Operand, tile: RegisterTile): string {
  const load = (at: string) => `load_${name}(${at})`;
  if (vec4 && alongK)
    return range(outputs)
      .map((i) => `let ${register}${i} = ${load(`${name}_at${i} + (k >> 2u)`)};`)
      .join('\n');
  const pair = (j: number) => `${name}_pair${j}`;
  const words = range(pairs ? outputs : 0).map(
    (j) => `let ${pair(j)} = load_pair_${name}((${name}_at${j} + k) >> 1u);`,
  );
  const vectorAt = (k: number, i: number): string => {
    if (pairs) return `vec4<f32>(${range(4).map((c) => (4 * i + c < outputs ? `${pair(4 * i + c)}[${k}]` : '0.0'))})`;
    const step = alongK ? `(k + ${k}u)` : `(k + ${k}u) * dims.ld${name}`;
    if (vec4) return load(`${name}_at${i} + ((${step}) >> 2u)`);
    const four = range(4).map((c) => (4 * i + c < outputs ? load(`${name}_at${4 * i + c} + ${step}`) : '0.0'));
    return `vec4<f32>(${four})`;
  };
  const vectors = range(tile.depth).flatMap((k) =>
    range(vectorsOf(outputs)).map((i) => `let ${register}${k}_${i} = ${vectorAt(k, i)};`),
  );
  return [...words, ...vectors].join('\n');
}

/** The function `load_<name>` of each factor, and `load_pair_<name>` where two values come in a word. */
export function loadFactors(spec: MatmulSpec): string {
  const { bType, second } = spec;
  const { a, b, a2, b2 } = matmulKernels.matmul.bindings(spec);
  const loads = Object.entries({ a, b, a2, b2 }).flatMap(([name, binding]) => {
    if (binding === undefined) return [];
    const type = binding.dtype as WeightDType;
    const isVector = binding.vector === 4;
    return [
      loadFunction(`load_${name}`, name, type, isVector),
      type === 'f32' || isVector ? '' : loadPairFunction(`load_pair_${name}`, name, type),
    ];
  });
  return `${levelTable([bType, second])}${loads.join('\n')}`;
}
