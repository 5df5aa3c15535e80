import { type AttentionSpec, attentionTile } from '../../plan/kernels/attention.ts';
import { capFunctions } from './activations.ts';
import {
  type AttentionFrame,
  declareOwnRows,
  eachPair,
  eachRow,
  fetchFunctions,
  inUnits,
  minusInfinity,
  overStep,
  sees,
  storeFunctions,
  vectorsOfHead,
} from './attention-frame.ts';
import { type KernelText, range } from './wgsl.ts';

/** 16 × 8 threads; a thread has 4 own rows (16 apart) by 4 other rows (neighbours) of a tile. */
const { rows: ownTile, others: otherTile } = attentionTile;
const [threadsDown, threadsAcross] = [ownTile / attentionTile.rowsPerThread, otherTile / attentionTile.othersPerThread];
/** Vectors of a head that are in workgroup memory at a time, and how far rows are apart there: one more, for the banks. */
const chunkVectors = attentionTile.headPiece / 4;
const rowVectors = chunkVectors + 1;

export const tiledFrame = (headDim: number, own: 'queries' | 'keys'): AttentionFrame => ({
  headDim,
  ownRows: attentionTile.rowsPerThread,
  stepRows: attentionTile.othersPerThread,
  sizes: own === 'queries' ? { own, other: 'keys' } : { own, other: 'queries' },
  ownNumber: (r) => `group.x * ${ownTile}u + local.y + ${r * threadsDown}u`,
});

export const tiledWorkgroup = [threadsAcross, threadsDown, 1] as const;

/**
 * Within 16 KiB, which every device has: the weights of a tile lie where its own rows were, which must have been read by
 * then.
 */
export function tileDeclarations(frame: AttentionFrame, buffers: readonly string[]): string {
  const vectors = vectorsOfHead(frame);
  const isWhole = vectors % chunkVectors === 0;
  const chunk = (name: string): string =>
    `fn chunk_${name}(at: u32, d: u32) -> vec4<f32> { return ${isWhole ? `fetch_${name}(at, d)` : `select(vec4<f32>(), fetch_${name}(at, d), d < ${vectors}u)`}; }`;
  return `${buffers.map(chunk).join('\n')}
var<workgroup> stage_own: array<vec4<f32>, ${ownTile * rowVectors}>;
var<workgroup> stage_other: array<vec4<f32>, ${otherTile * rowVectors}>;
var<workgroup> parts: array<f32, ${ownTile * threadsAcross}>;
var<workgroup> lowest: atomic<i32>;
var<workgroup> highest: atomic<i32>;
var<workgroup> span: vec2<i32>;`;
}

/** Own rows, the thread's number, and `block`: the other rows that any row of the workgroup sees, equal in all threads. */
export const declareTile = (frame: AttentionFrame, rangeName: string): string => `${declareOwnRows(frame, rangeName)}
let thread = local.y * ${threadsAcross}u + local.x;
if (thread == 0u) { atomicStore(&lowest, 0x7fffffff); atomicStore(&highest, 0); }
workgroupBarrier();
if (threadLo < threadHi) { atomicMin(&lowest, threadLo); atomicMax(&highest, threadHi); }
workgroupBarrier();
if (thread == 0u) { span = vec2<i32>(atomicLoad(&lowest), atomicLoad(&highest)); }
let block = workgroupUniformLoad(&span);`;

/** Where head `head` of a side of the sequence begins (`<side>Start`), and how far its rows are apart (`<side>Stride`). */
export function declareSide(frame: AttentionFrame, side: 'own' | 'other', head: string): string {
  const rows = frame.sizes[side];
  const heads = rows === 'queries' ? 'dims.heads' : 'dims.kvHeads';
  return `let ${side}Start = ${inUnits(frame, `(group.z * dims.${rows} * ${heads} + ${head}) * ${frame.headDim}u`)};
let ${side}Stride = ${inUnits(frame, `${heads} * ${frame.headDim}u`)};`;
}

/** Where the query head's part of keys begins, as if each query head had keys of its own. */
export const declareParts = (frame: AttentionFrame): string =>
  `let partStart = ${inUnits(frame, `(group.z * dims.keys * dims.heads + group.y) * ${frame.headDim}u`)};
let partStride = ${inUnits(frame, `dims.heads * ${frame.headDim}u`)};`;

/** The loop over the other rows of the block; `j` is the first of the thread's. */
export const walkTiles = (body: string): string => `for (var tile = block.x; tile < block.y; tile += ${otherTile}) {
let j = tile + i32(local.x) * ${attentionTile.othersPerThread};
${body}
}`;

/** Address of the tile's row `row` on one side; rows beyond the end repeat the last, and are masked. */
const rowAt = (frame: AttentionFrame, side: 'own' | 'other', row: string): string => {
  const first = side === 'own' ? `group.x * ${ownTile}u` : 'u32(tile)';
  return `${side}Start + min(${first} + ${row}, dims.${frame.sizes[side]} - 1u) * ${side}Stride`;
};

const eachStagedVector = (rows: number, body: string): string =>
  `for (var v = thread; v < ${rows * chunkVectors}u; v += ${attentionTile.threads}u) {
let row = v / ${chunkVectors}u; let d = v % ${chunkVectors}u;
${body}
}`;

/**
 * Adds up `<sum><r>_<c>` = Σ own·other over the head for the whole tile, a chunk of the head at a time. Other rows lie
 * in an order in which the rows of neighbouring threads are neighbours.
 */
export function tileScores(frame: AttentionFrame, sum: string, own: string, other: string): string {
  return `${eachPair(frame, (r, c) => `var ${sum}${r}_${c} = 0.0;`)}
for (var chunk = 0u; chunk < ${vectorsOfHead(frame)}u; chunk += ${chunkVectors}u) {
workgroupBarrier();
${eachStagedVector(ownTile, `stage_own[row * ${rowVectors}u + d] = chunk_${own}(${rowAt(frame, 'own', 'row')}, chunk + d);`)}
${eachStagedVector(otherTile, `stage_other[((row & 3u) * ${threadsAcross}u + (row >> 2u)) * ${rowVectors}u + d] = chunk_${other}(${rowAt(frame, 'other', 'row')}, chunk + d);`)}
workgroupBarrier();
for (var d = 0u; d < ${chunkVectors}u; d++) {
${eachRow(frame, (r) => `let x${r} = stage_own[(local.y + ${r * threadsDown}u) * ${rowVectors}u + d];`)}
${range(frame.stepRows)
  .map((c) => `let y${c} = stage_other[(${c * threadsAcross}u + local.x) * ${rowVectors}u + d];`)
  .join('\n')}
${eachPair(frame, (r, c) => `${sum}${r}_${c} += dot(x${r}, y${c});`)}
}
}`;
}

/**
 * Hands the thread's share of the tile's weights to the workgroup, in the place of own rows: a barrier must stand between
 * it and the scores. `tileSums` waits for all of them.
 */
export const shareWeights = (frame: AttentionFrame, weight: (r: number, c: number) => string): string =>
  eachRow(
    frame,
    (r) =>
      `stage_own[(local.y + ${r * threadsDown}u) * ${rowVectors}u + local.x] = vec4<f32>(${range(frame.stepRows).map((c) => weight(r, c))});`,
  );

const chunksOf = (frame: AttentionFrame): number => Math.ceil(vectorsOfHead(frame) / chunkVectors);

/** Names the sums that `tileSums` adds to: vector `local.x` of each chunk of the head, for each own row. */
export const declareSums = (frame: AttentionFrame, name: string): string =>
  range(chunksOf(frame))
    .map((chunk) => eachRow(frame, (r) => `var ${name}${r}_${chunk} = vec4<f32>();`))
    .join('\n');

export const eachSum = (frame: AttentionFrame, line: (r: number, chunk: number) => string): string =>
  range(chunksOf(frame))
    .map((chunk) => eachRow(frame, (r) => line(r, chunk)))
    .join('\n');

/** Adds Σ over the tile's other rows of weight · other to the sums. */
export function tileSums(frame: AttentionFrame, name: string, other: string): string {
  return range(chunksOf(frame))
    .map(
      (chunk) => `workgroupBarrier();
${eachStagedVector(otherTile, `stage_other[row * ${rowVectors}u + d] = chunk_${other}(${rowAt(frame, 'other', 'row')}, ${chunk * chunkVectors}u + d);`)}
workgroupBarrier();
for (var quad = 0u; quad < ${otherTile / 4}u; quad++) {
${range(4)
  .map((c) => `let y${c} = stage_other[(quad * 4u + ${c}u) * ${rowVectors}u + local.x];`)
  .join('\n')}
${eachRow(
  frame,
  (r) => `let w${r} = stage_own[(local.y + ${r * threadsDown}u) * ${rowVectors}u + quad];
${name}${r}_${chunk} += ${range(4)
    .map((c) => `w${r}[${c}] * y${c}`)
    .join(' + ')};`,
)}
}`,
    )
    .join('\n');
}

/** Writes the sums of the rows that are inside the sequence. */
export function storeSums(
  frame: AttentionFrame,
  name: string,
  buffer: string,
  factor: (r: number) => string,
  to: 'own' | 'part' = 'own',
): string {
  const vectors = vectorsOfHead(frame);
  return eachSum(frame, (r, chunk) => {
    const d = `local.x + ${chunk * chunkVectors}u`;
    const inHead = (chunk + 1) * chunkVectors > vectors ? ` && ${d} < ${vectors}u` : '';
    return `if (own${r} < dims.${frame.sizes.own}${inHead}) { store_${buffer}(${to}Start + own${r} * ${to}Stride, ${d}, ${name}${r}_${chunk} * ${factor(r)}); }`;
  });
}

/** Shares a number of each own row among the threads that have the row; wait for a barrier before it is read. */
const sharePart = (frame: AttentionFrame, value: (r: number) => string): string =>
  eachRow(frame, (r) => `parts[(local.y + ${r * threadsDown}u) * ${threadsAcross}u + local.x] = ${value(r)};`);

/** Combines the parts of each own row into `<name><r>`, a variable. */
const combineParts = (frame: AttentionFrame, combine: (r: number, part: string) => string): string =>
  `for (var t = 0u; t < ${threadsAcross}u; t++) {
${eachRow(frame, (r) => combine(r, `parts[(local.y + ${r * threadsDown}u) * ${threadsAcross}u + t]`))}
}`;

/**
 * A workgroup computes 64 queries of one head by online softmax (FlashAttention-2, arXiv 2307.08691, algorithm 1), in
 * tiles of 32 keys: scores as a product of two tiles, then values weighted by them as another, each through workgroup
 * memory in chunks of 32 numbers of the head. So any head fits, and keys and values are read once for 64 queries.
 */
export function attentionTiled(spec: AttentionSpec): KernelText {
  const frame = tiledFrame(spec.headDim, 'queries');
  return {
    workgroupSize: tiledWorkgroup,
    declarations: [
      capFunctions(spec.softCap),
      fetchFunctions(frame, ['q', 'k', 'v']),
      storeFunctions(frame, ['out']),
      tileDeclarations(frame, ['q', 'k', 'v']),
    ].join('\n'),
    body: `${declareTile(frame, 'keyRange')}
${declareSide(frame, 'own', 'group.y')}
${declareSide(frame, 'other', 'group.y * dims.kvHeads / dims.heads')}
${declareSums(frame, 'sum')}
${eachRow(frame, (r) => `var top${r} = -3.0e38; var total${r} = 0.0;`)}
${walkTiles(`${tileScores(frame, 's', 'q', 'k')}
${softmaxStep(frame)}
${tileSums(frame, 'sum', 'v')}`)}
workgroupBarrier();
${sharePart(frame, (r) => `total${r}`)}
workgroupBarrier();
${eachRow(frame, (r) => `var all${r} = 0.0;`)}
${combineParts(frame, (r, part) => `all${r} += ${part};`)}
${eachRow(frame, (r) => `let factor${r} = select(0.0, 1.0 / all${r}, all${r} > 0.0);`)}
${storeSums(frame, 'sum', 'out', (r) => `factor${r}`)}
${eachRow(
  frame,
  (r) => `if (local.x == 0u && own${r} < dims.queries) {
var logSum${r} = ${minusInfinity};
if (all${r} > 0.0) { logSum${r} = top${r} + log(all${r}); }
lse[ownRow${r} * dims.heads + group.y] = logSum${r};
}`,
)}`,
  };
}

/** Brings a tile of scores into the running maximum and the running sums; the weights that remain are shared. */
function softmaxStep(frame: AttentionFrame): string {
  const columns = range(frame.stepRows);
  return `${eachPair(frame, (r, c) => `s${r}_${c} = select(-3.0e38, capped(dims.scale * s${r}_${c}), ${sees(r, c)});`)}
${sharePart(frame, (r) => columns.map((c) => `s${r}_${c}`).reduce((a, b) => `max(${a}, ${b})`))}
workgroupBarrier();
${eachRow(frame, (r) => `var next${r} = top${r};`)}
${combineParts(frame, (r, part) => `next${r} = max(next${r}, ${part});`)}
${eachPair(frame, (r, c) => `s${r}_${c} = select(0.0, exp(s${r}_${c} - next${r}), ${sees(r, c)});`)}
${eachRow(
  frame,
  (r) => `let shrink${r} = exp(top${r} - next${r}); top${r} = next${r};
total${r} = total${r} * shrink${r} + (${overStep(frame, (c) => `s${r}_${c}`)});`,
)}
${eachSum(frame, (r, chunk) => `sum${r}_${chunk} *= shrink${r};`)}
${shareWeights(frame, (r, c) => `s${r}_${c}`)}`;
}
