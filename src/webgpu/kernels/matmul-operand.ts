import type { MatmulSpec } from '../../plan/kernels.ts';
import { type RegisterTile, vectorsOf } from './matmul-registers.ts';
import { levelTable } from './quantised.ts';
import { loadFunction, loadPairFunction, range, type StorageBindings, storageType } from './wgsl.ts';

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
  // Where registers do not run along k, single values are taken from memory that does.
  const vectorsAlongK = tile.aAlongK || tile.bAlongK;
  const vec4 = (alongK: boolean, outputs: number) => spec.vec4 && (alongK ? vectorsAlongK : outputs % 4 === 0);
  const bType = second && spec.second !== 'none' ? spec.second : spec.bType;
  return [
    {
      name: second ? 'a2' : 'a',
      register: 'a',
      alongK: aAlongK,
      outputs: tile.rows,
      vec4: vec4(aAlongK, tile.rows),
      pairs: false,
    },
    {
      name: second ? 'b2' : 'b',
      register: 'b',
      alongK: bAlongK,
      outputs: tile.columns,
      vec4: vec4(bAlongK, tile.columns),
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

/** Bindings of all factors, and the function `load_<name>` of each; `vec4(0)` is for those of a, `vec4(1)` of b. */
export function factorBindings(
  { bType, second }: MatmulSpec,
  vec4: (index: 0 | 1) => boolean,
): { readonly bindings: StorageBindings; readonly loads: string } {
  const first = [['a', 'f32', vec4(0)] as const, ['b', bType, vec4(1)] as const];
  const factors =
    second === 'none' ? first : [...first, ['a2', 'f32', vec4(0)] as const, ['b2', second, vec4(1)] as const];
  return {
    bindings: factors.map(([name, type, vector]) => [name, storageType(type, vector)]),
    loads: `${levelTable([bType, second])}${factors
      .flatMap(([name, type, vector]) => [
        loadFunction(`load_${name}`, name, type, vector),
        type === 'f32' || vector ? '' : loadPairFunction(`load_pair_${name}`, name, type),
      ])
      .join('\n')}`,
  };
}
