import { type MatmulSpec, type SharedTile, sharedThreads } from '../../plan/kernels/matmul.ts';
import { nanFunctions } from './activations.ts';
import { beginSegment, declareExperts, type ProductLoop, productLoops, rowBlock } from './matmul-loops.ts';
import { loadFactors, type OperandName, outputsAlong } from './matmul-operand.ts';
import { accumulatorsOf, declareAccumulators, multiplyStep, type RegisterTile } from './matmul-registers.ts';
import { declareEpilogue, type OutputPlaces, storeOutputs, storeOutputsByRow } from './matmul-store.ts';
import { type KernelText, range } from './wgsl.ts';

export type SharedMatmul = MatmulSpec & { readonly tile: SharedTile };

/**
 * WGSL leaves open what becomes of a number that f16 has no room for, infinity or the largest one: here the largest. NaN stays.
 */
const halving = `${nanFunctions(true, 'passing_factor')}
fn halved(x: vec4<f32>) -> vec4<f16> { return vec4<f16>(passing_factor(x, clamp(x, vec4<f32>(-65504.0), vec4<f32>(65504.0)))); }`;

/** How one operand's tile lies in workgroup memory: vectors in the direction that storage runs in. */
interface StagedOperand {
  readonly name: OperandName;
  readonly register: 'a' | 'b';
  readonly alongK: boolean;
  /** Rows of a or columns of b in the tile, and per thread. */
  readonly block: number;
  readonly perThread: number;
  /** Threads along that axis, and this thread's number among them. */
  readonly threads: number;
  readonly thread: string;
}

/**
 * A workgroup computes blockM × blockN outputs, a thread threadM × threadN of them in registers. For each blockK of k
 * the workgroup copies a blockM × blockK piece of a and a blockK × blockN piece of b into workgroup memory, so a is
 * read n/blockN times and b m/blockM times in all. Pieces keep the direction of memory, so loads are vectors in all
 * four transposes; beyond the edges they are filled with zeros along k and with repeats along m and n. Where threads
 * share an output along k, the first of them collects the sums of the others, in order, and stores.
 */
export function matmulShared(spec: SharedMatmul): KernelText {
  const { tile } = spec;
  const [threadsX, threadsY, threadsK] = sharedThreads(tile);
  const registers: RegisterTile = {
    rows: tile.threadM,
    columns: tile.threadN,
    aAlongK: !spec.transposeA,
    bAlongK: spec.transposeB,
    depth: spec.transposeA && !spec.transposeB ? 1 : 4,
  };
  const a: StagedOperand = {
    ...{ name: 'a', register: 'a', alongK: registers.aAlongK, block: tile.blockM, perThread: tile.threadM },
    ...{ threads: threadsY, thread: 'local.y' },
  };
  const b: StagedOperand = {
    ...{ name: 'b', register: 'b', alongK: registers.bAlongK, block: tile.blockN, perThread: tile.threadN },
    ...{ threads: threadsX, thread: 'local.x' },
  };
  const places: OutputPlaces = {
    row: (i) => `${rowBlock(spec)} * ${tile.blockM}u + ${outputInBlock(a, i)}`,
    column: (j) => `group.x * ${tile.blockN}u + ${outputInBlock(b, j)}`,
  };
  const threads = threadsX * threadsY * threadsK;
  const stores = spec.gated
    ? storeOutputsByRow(spec, registers, { row: `a_first + i * ${threadsY}u + local.y`, column: places.column })
    : storeOutputs(spec, registers, places);
  return {
    extensions: tile.half ? ['f16'] : [],
    workgroupSize: [threadsX, threadsY, threadsK],
    declarations: `${declareExperts(spec)}${loadFactors(spec)}
${declareEpilogue(spec)}
${tile.half ? halving : ''}
${declareStage(a, tile)}
${declareStage(b, tile)}
${threadsK === 1 ? '' : declareSums(registers, threadsX * threadsY)}`,
    body: `${beginSegment(spec)}
let thread = (local.z * ${threadsY}u + local.y) * ${threadsX}u + local.x;
let a_first = ${rowBlock(spec)} * ${tile.blockM}u;
let b_first = group.x * ${tile.blockN}u;
${declareAccumulators(registers)}
${productLoops(spec, (product) => loopOverK([a, b], product, { spec, registers, threads }))}
${
  threadsK === 1
    ? stores
    : `${collectSums(registers, threadsX * threadsY, threadsK)}
if (local.z == 0u) {
${stores}
}`
}`,
  };
}

interface Workgroup {
  readonly spec: SharedMatmul;
  readonly registers: RegisterTile;
  readonly threads: number;
}

/** Adds one product to the accumulators. */
function loopOverK(
  first: readonly [StagedOperand, StagedOperand],
  { second, base, count }: ProductLoop,
  { spec, registers, threads }: Workgroup,
): string {
  const { tile, vec4 } = spec;
  const named = (operand: StagedOperand, name: OperandName): StagedOperand => (second ? { ...operand, name } : operand);
  const [a, b] = [named(first[0], 'a2'), named(first[1], 'b2')];
  return `{
let count = ${count};
let a_base = ${base(a.name)};
let b_base = ${base(b.name)};
for (var k0 = 0u; k0 < count; k0 += ${tile.blockK}u) {
${fillStage(a, tile, vec4, threads)}
${fillStage(b, tile, vec4, threads)}
workgroupBarrier();
${forEachStep(tile, registers)}
${readStage(a, registers, tile)}
${readStage(b, registers, tile)}
${multiplyStep(registers)}
}
workgroupBarrier();
} }`;
}

/** Of each piece of k a thread takes the part of its number along k. */
function forEachStep({ blockK, threadsK = 1 }: SharedTile, { depth }: RegisterTile): string {
  const part = blockK / threadsK;
  const [begin, end] = threadsK === 1 ? ['0u', `${part}u`] : [`local.z * ${part}u`, `(local.z + 1u) * ${part}u`];
  return `for (var k = ${begin}; k < ${end}; k += ${depth}u) {`;
}

/** Room for the sums of one thread of each output at a time. */
function declareSums(registers: RegisterTile, outputs: number): string {
  const { names, type } = accumulatorsOf(registers);
  return `var<workgroup> sums: array<${type}, ${names.length * outputs}>;`;
}

/** Adds the sums of all threads of an output up in the first, one thread after the other. */
function collectSums(registers: RegisterTile, outputs: number, threadsK: number): string {
  const { names } = accumulatorsOf(registers);
  const place = (i: number): string => `sums[${i * outputs}u + own]`;
  return `let own = thread % ${outputs}u;
for (var other = 1u; other < ${threadsK}u; other++) {
if (local.z == other) {
${names.map((name, i) => `${place(i)} = ${name};`).join('\n')}
}
workgroupBarrier();
if (local.z == 0u) {
${names.map((name, i) => `${name} += ${place(i)};`).join('\n')}
}
workgroupBarrier();
}`;
}

/** A vector of padding keeps neighbouring threads, which read neighbouring rows, on different memory banks. */
const rowVectors = ({ alongK, block }: StagedOperand, { blockK }: SharedTile): number =>
  alongK ? blockK / 4 + 1 : block / 4;

function declareStage(operand: StagedOperand, tile: SharedTile): string {
  const rows = operand.alongK ? operand.block : tile.blockK;
  return `var<workgroup> stage_${operand.register}: array<vec4<${tile.half ? 'f16' : 'f32'}>, ${rows * rowVectors(operand, tile)}>;`;
}

/**
 * Which output of the block is output i of the thread. Along the outputs a thread takes vectors that are `threads`
 * vectors apart; along k single rows that are `threads` rows apart: both keep reads by neighbours side by side.
 */
function outputInBlock({ alongK, threads, thread, perThread }: StagedOperand, i: number): string {
  if (alongK) return `${i * threads}u + ${thread}`;
  if (perThread % 4 !== 0) return `${thread} * ${perThread}u + ${i}u`;
  return `(${(i >> 2) * threads}u + ${thread}) * 4u + ${i % 4}u`;
}

/** Each thread copies every `threads`-th vector of the tile. */
function fillStage(operand: StagedOperand, tile: SharedTile, vec4: boolean, threads: number): string {
  const { register, alongK, block } = operand;
  const perRow = (alongK ? tile.blockK : block) / 4;
  const total = (alongK ? block : tile.blockK) * perRow;
  const copy = `let row = v / ${perRow}u; let column = (v % ${perRow}u) * 4u;
stage_${register}[row * ${rowVectors(operand, tile)}u + (column >> 2u)] = ${tile.half ? 'halved' : ''}(${alongK ? loadAlongK(operand, vec4) : loadAcross(operand, vec4)});`;
  return `for (var v = thread; v < ${total}u; v += ${threads}u) {\n${copy}\n}`;
}

function loadAlongK({ name, register }: StagedOperand, vec4: boolean): string {
  const at = `${register}_base + min(${register}_first + row, ${outputsAlong({ name })} - 1u) * dims.ld${name} + k0 + column`;
  if (vec4) return `select(vec4<f32>(), load_${name}((${at}) >> 2u), k0 + column < count)`;
  const four = range(4).map((c) => `select(0.0, load_${name}(${at} + ${c}u), k0 + column + ${c}u < count)`);
  return `vec4<f32>(${four.join(',\n')})`;
}

function loadAcross({ name, register }: StagedOperand, vec4: boolean): string {
  const size = outputsAlong({ name });
  const start = `${register}_base + (k0 + row) * dims.ld${name}`;
  if (vec4) {
    const at = `${start} + min(${register}_first + column, ${size} - 4u)`;
    return `select(vec4<f32>(), load_${name}((${at}) >> 2u), k0 + row < count)`;
  }
  const four = range(4).map((c) => `load_${name}(${start} + min(${register}_first + column + ${c}u, ${size} - 1u))`);
  return `select(vec4<f32>(), vec4<f32>(${four.join(',\n')}), k0 + row < count)`;
}

/** Brings the thread's part of one step of k from workgroup memory into registers, under the names of the tile. */
function readStage(operand: StagedOperand, registers: RegisterTile, tile: SharedTile): string {
  const { register, alongK, perThread, thread, threads } = operand;
  const row = rowVectors(operand, tile);
  if (alongK)
    return range(perThread)
      .map(
        (i) =>
          `let ${register}${i} = vec4<f32>(stage_${register}[(${outputInBlock(operand, i)}) * ${row}u + (k >> 2u)]);`,
      )
      .join('\n');
  return range(registers.depth)
    .flatMap((k) => {
      const start = `(k + ${k}u) * ${row}u`;
      if (perThread % 4 === 0)
        return range(perThread / 4).map(
          (i) => `let ${register}${k}_${i} = vec4<f32>(stage_${register}[${start} + ${i * threads}u + ${thread}]);`,
        );
      return [`let ${register}${k}_0 = ${partialVector(operand, start)};`];
    })
    .join('\n');
}

/** One or two outputs a thread: they lie inside one vector, at a place that depends on the thread. */
function partialVector({ register, perThread, thread }: StagedOperand, start: string): string {
  const first = `(${thread} * ${perThread}u)`;
  const values = range(4).map((c) =>
    c < perThread ? `f32(stage_${register}[${start} + (${first} >> 2u)][(${first} & 3u) + ${c}u])` : '0.0',
  );
  return `vec4<f32>(${values.join(',\n')})`;
}
