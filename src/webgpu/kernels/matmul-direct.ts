import { type DirectTile, type MatmulSpec, matmulVectors } from '../../plan/kernels/matmul.ts';
import { beginSegment, declareExperts, type ProductLoop, productLoops, rowBlock } from './matmul-loops.ts';
import { declareStarts, loadFactors, loadStep, operandsOf } from './matmul-operand.ts';
import { declareAccumulators, multiplyStep, type RegisterTile } from './matmul-registers.ts';
import { storeOutputs } from './matmul-store.ts';
import type { KernelText } from './wgsl.ts';

export type DirectMatmul = MatmulSpec & { readonly tile: DirectTile };

/**
 * A workgroup computes (threadsY·rows) × (threadsX·columns) outputs; each thread reads its rows of a and columns of b
 * straight from storage, so a is read once for each block of `columns` and b once for each block of `rows` (caches
 * help). No workgroup memory and no barrier: what software adapters, and products of a few rows, want.
 */
export function matmulDirect(spec: DirectMatmul): KernelText {
  const { tile } = spec;
  const vectors = matmulVectors(spec);
  const [aAlongK, bAlongK] = [!spec.transposeA && vectors.a === 4, spec.transposeB && vectors.b === 4];
  // Two values of k come in one word.
  const packed = spec.vec4 && spec.transposeB && spec.bType !== 'f32';
  const registers: RegisterTile = {
    rows: tile.rows,
    columns: tile.columns,
    aAlongK,
    bAlongK,
    depth: aAlongK || bAlongK ? 4 : packed ? 2 : 1,
  };
  return {
    workgroupSize: [tile.threadsX, tile.threadsY, 1],
    declarations: `${declareExperts(spec)}${loadFactors(spec)}`,
    body: `${beginSegment(spec)}
let row0 = (${rowBlock(spec)} * ${tile.threadsY}u + local.y) * ${tile.rows}u;
let column0 = (group.x * ${tile.threadsX}u + local.x) * ${tile.columns}u;
${declareAccumulators(registers)}
${productLoops(spec, (product) => loopOverK(spec, product, registers))}
${storeOutputs(spec, registers, { row: (i) => `row0 + ${i}u`, column: (j) => `column0 + ${j}u` })}`,
  };
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
