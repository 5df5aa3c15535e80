import { type MatmulSpec, rowsPerLane, type SubgroupTile } from '../../plan/kernels/matmul.ts';
import { beginSegment, declareExperts, type ProductLoop, productLoops, rowBlock } from './matmul-loops.ts';
import { declareStarts, loadFactors, loadStep, type Operand, operandsOf } from './matmul-operand.ts';
import { component, declareAccumulators, multiplyStep, type RegisterTile, vectorsOf } from './matmul-registers.ts';
import { storeOutputsByRow } from './matmul-store.ts';
import { type KernelText, range } from './wgsl.ts';

export type SubgroupMatmul = MatmulSpec & { readonly tile: SubgroupTile };

/**
 * A workgroup is one subgroup and computes rows × (lanes·columns) outputs, each lane all rows of its own columns. Every
 * value of a is loaded by one lane and broadcast to the others, every value of b by the lane it belongs to: a is read
 * once for each lanes·columns columns and b once for each `rows` rows, without workgroup memory or barriers. Lanes stay
 * together to the end, those beyond the edge too: only stores are guarded.
 */
export function matmulSubgroup(spec: SubgroupMatmul): KernelText {
  const { tile } = spec;
  const registers: RegisterTile = {
    rows: tile.rows,
    columns: tile.columns,
    aAlongK: spec.vec4 && !spec.transposeA,
    bAlongK: true,
    depth: spec.vec4 ? 4 : 1,
  };
  return {
    extensions: ['subgroups'],
    workgroupSize: [tile.lanes, 1, 1],
    declarations: `${declareExperts(spec)}${loadFactors(spec)}`,
    body: `${beginSegment(spec)}
let row0 = ${rowBlock(spec)} * ${tile.rows}u;
let column0 = (group.x * ${tile.lanes}u + local.x) * ${tile.columns}u;
${declareAccumulators(registers)}
${productLoops(spec, (product) => loopOverK(spec, product, registers))}
${storeOutputsByRow(spec, registers, { row: 'row0 + i', column: (j) => `column0 + ${j}u` })}`,
  };
}

/** The factors as one lane loads them: its rows of a, under the name `lane`, and its columns of b. */
function factorsOf(spec: SubgroupMatmul, registers: RegisterTile, second = false): readonly [Operand, Operand] {
  const [a, b] = operandsOf(spec, { ...registers, rows: rowsPerLane(spec.tile) }, second);
  return [{ ...a, register: 'lane' }, b];
}

/**
 * Adds one product to the accumulators. Where nothing runs along k, the number of its values need not be a multiple of
 * the step: the rest is added one by one.
 */
function loopOverK(spec: SubgroupMatmul, { second, base, count }: ProductLoop, registers: RegisterTile): string {
  const [a, b] = factorsOf(spec, registers, second);
  const single: RegisterTile = { ...registers, depth: 1 };
  const hasRest = registers.depth > 1 && spec.transposeA && !spec.transposeB;
  return `{
${declareStarts(a, `row0 + local.x * ${rowsPerLane(spec.tile)}u`, base(a.name))}
${declareStarts(b, 'column0', base(b.name))}
let count = ${count};
var k = 0u;
for (; k + ${registers.depth - 1}u < count; k += ${registers.depth}u) {
${stepOfK(spec, a, b, registers)}
}
${hasRest ? `for (; k < count; k++) {\n${stepOfK(spec, a, b, single)}\n}` : ''}
}`;
}

function stepOfK({ tile }: SubgroupMatmul, a: Operand, b: Operand, registers: RegisterTile): string {
  return `${loadStep(a, registers)}
${broadcastRows(tile, registers)}
${loadStep(b, registers)}
${registers.depth === 1 ? singleProducts(registers) : `${b.vec4 && b.alongK ? '' : turnColumns(registers)}\n${multiplyStep(registers)}`}`;
}

/** Adds the products of one value of k. */
const singleProducts = ({ rows, columns }: RegisterTile): string =>
  range(rows)
    .flatMap((i) =>
      range(columns).map((j) => `acc${i}_${j} += a0_${i >> 2}.${component(i)} * b0_${j >> 2}.${component(j)};`),
    )
    .join('\n');

/** Gives every lane the rows that each lane loaded. */
function broadcastRows(tile: SubgroupTile, { rows, aAlongK, depth }: RegisterTile): string {
  const own = rowsPerLane(tile);
  const laneOf = (i: number): string => `${Math.floor(i / own)}u`;
  if (aAlongK)
    return range(rows)
      .map((i) => `let a${i} = subgroupBroadcast(lane${i % own}, ${laneOf(i)});`)
      .join('\n');
  const value = (k: number, i: number): string => {
    const place = i % own;
    return i < rows ? `subgroupBroadcast(lane${k}_${place >> 2}.${component(place)}, ${laneOf(i)})` : '0.0';
  };
  return range(depth)
    .flatMap((k) =>
      range(vectorsOf(rows)).map((q) => `let a${k}_${q} = vec4<f32>(${range(4).map((c) => value(k, 4 * q + c))});`),
    )
    .join('\n');
}

/** Makes vectors along k of those along the columns that each value of k was loaded as. */
const turnColumns = ({ columns }: RegisterTile): string =>
  range(columns)
    .map((j) => `let b${j} = vec4<f32>(${range(4).map((k) => `b${k}_${j >> 2}.${component(j)}`)});`)
    .join('\n');
