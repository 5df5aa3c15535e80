import type { DirectTile, MatmulSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { beginSegment, type ProductLoop, productLoops } from './matmul-loops.ts';
import { declareStarts, factorBindings, loadStep, operandsOf } from './matmul-operand.ts';
import { declareAccumulators, multiplyStep, type RegisterTile } from './matmul-registers.ts';
import { type OutputPlaces, outputBindings, storeOutputs } from './matmul-store.ts';
import { type Shader, shader } from './wgsl.ts';

export type DirectMatmul = MatmulSpec & { readonly tile: DirectTile };

/**
 * A workgroup computes (threadsY·rows) × (threadsX·columns) outputs; each thread reads its rows of a and columns of b
 * straight from storage, so a is read once for each block of `columns` and b once for each block of `rows` (caches
 * help). No workgroup memory and no barrier: what software adapters, and products of a few rows, want.
 */
export function matmulDirect(spec: DirectMatmul, access: readonly Access[]): Shader {
  const { tile } = spec;
  const vectorsAlongK = spec.vec4 && tile.rows * tile.columns < 32;
  // Two values of k come in one word.
  const packed = spec.vec4 && spec.transposeB && spec.bType !== 'f32';
  const registers: RegisterTile = {
    rows: tile.rows,
    columns: tile.columns,
    // A software adapter takes vectors apart anyway: with a large tile, single values along k compile three times as
    // fast and run faster.
    aAlongK: vectorsAlongK && !spec.transposeA,
    bAlongK: vectorsAlongK && spec.transposeB,
    depth: vectorsAlongK && (!spec.transposeA || spec.transposeB) ? 4 : packed ? 2 : 1,
  };
  const places: OutputPlaces = {
    row: (i) => `row0 + ${i}u`,
    column: (j) => `column0 + ${j}u`,
    vector: spec.vec4 && tile.columns % 4 === 0,
  };
  const factors = operandsOf(spec, registers);
  const { bindings, loads } = factorBindings(spec, (index) => factors[index]!.vec4);
  return shader({
    spec,
    access,
    bindings: [...bindings, ...outputBindings(spec, places)],
    workgroupSize: [tile.threadsX, tile.threadsY, 1],
    declarations: loads,
    body: `${beginSegment(spec)}
let row0 = (group.y * ${tile.threadsY}u + local.y) * ${tile.rows}u;
let column0 = (group.x * ${tile.threadsX}u + local.x) * ${tile.columns}u;
${declareAccumulators(registers)}
${productLoops(spec, (product) => loopOverK(spec, product, registers))}
${storeOutputs(spec, registers, places)}`,
  });
}

/** Adds one product to the accumulators. */
function loopOverK(spec: DirectMatmul, { second, base, count }: ProductLoop, registers: RegisterTile): string {
  const [a, b] = operandsOf(spec, registers, second);
  return `{
${declareStarts(a, 'row0', base(a.name))}
${declareStarts(b, 'column0', base(b.name))}
let count = ${count};
for (var k = 0u; k < count; k += ${registers.depth}u) {
${loadStep(a, registers)}
${loadStep(b, registers)}
${multiplyStep(registers)}
} }`;
}
