import type { AttentionSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { capFunctions } from './activations.ts';
import {
  type AttentionFrame,
  declareOwnRows,
  fetchFunctions,
  headType,
  inUnits,
  minusInfinity,
  overStep,
  sees,
  storeFunctions,
  threadsOf,
  vectorsOfHead,
} from './attention-frame.ts';
import { range, shader } from './wgsl.ts';

/** One own row a thread, in registers; the other side comes through workgroup memory. */
export interface StagedFrame extends AttentionFrame {
  readonly ownRows: 1;
  /** The two buffers of the other side. */
  readonly others: readonly [string, string];
}

/** Other rows in workgroup memory at a time: within 16 KiB, which every device has, for both buffers. */
function tileRows(frame: StagedFrame): number {
  const fit = Math.floor(16_000 / (vectorsOfHead(frame) * 16 * 2) / frame.stepRows) * frame.stepRows;
  if (fit === 0) throw new Error(`head size ${frame.headDim} does not fit workgroup memory`);
  return Math.min(32, fit);
}

export function stageDeclarations(frame: StagedFrame): string {
  const size = tileRows(frame) * vectorsOfHead(frame);
  return `${frame.others.map((name) => `var<workgroup> stage_${name}: array<vec4<f32>, ${size}>;`).join('\n')}
var<workgroup> lowest: atomic<i32>;
var<workgroup> highest: atomic<i32>;
var<workgroup> span: vec2<i32>;`;
}

/** `block`: the other rows that any row of the workgroup sees, the same in all threads, as barriers want it. */
export const declareBlock = `if (local.x == 0u) { atomicStore(&lowest, 0x7fffffff); atomicStore(&highest, 0); }
workgroupBarrier();
if (threadLo < threadHi) { atomicMin(&lowest, threadLo); atomicMax(&highest, threadHi); }
workgroupBarrier();
if (local.x == 0u) { span = vec2<i32>(atomicLoad(&lowest), atomicLoad(&highest)); }
let block = workgroupUniformLoad(&span);`;

/** Vector d of the step's c-th other row, in workgroup memory. */
export const staged = (frame: StagedFrame, name: string, c: number, d: number): string =>
  `stage_${name}[first + ${c * vectorsOfHead(frame) + d}u]`;

/** Lines for every vector of the head. */
export const eachVector = (frame: AttentionFrame, line: (d: number) => string): string =>
  range(vectorsOfHead(frame)).map(line).join('\n');

/** The loop over the other rows of the block, a tile at a time; a thread skips the steps its row does not see. */
export function walkStaged(frame: StagedFrame, body: string): string {
  const rows = tileRows(frame);
  const vectors = vectorsOfHead(frame);
  const fill = frame.others.map((name) => `stage_${name}[v] = fetch_${name}(at, v % ${vectors}u);`).join(' ');
  return `for (var tile = block.x; tile < block.y; tile += ${rows}) {
workgroupBarrier();
for (var v = local.x; v < ${rows * vectors}u; v += ${threadsOf(frame)}u) {
let at = start + min(u32(tile) + v / ${vectors}u, dims.${frame.sizes.other} - 1u) * stride;
${fill}
}
workgroupBarrier();
for (var j = tile; j < tile + ${rows}; j += ${frame.stepRows}) {
if (j + ${frame.stepRows} > threadLo && j < threadHi) {
let first = u32(j - tile) * ${vectors}u;
${body}
}
}
}`;
}

/**
 * A workgroup computes 64 queries of one head by online softmax (FlashAttention-2, arXiv 2307.08691, algorithm 1), a
 * query and its output in the registers of each thread. Keys and values are read once a workgroup.
 */
export function attentionStaged(spec: AttentionSpec, access: readonly Access[]): string {
  const frame: StagedFrame = {
    headDim: spec.headDim,
    ownRows: 1,
    stepRows: 2,
    sizes: { own: 'queries', other: 'keys' },
    others: ['k', 'v'],
  };
  const type = headType(frame);
  return shader({
    spec,
    access,
    bindings: [
      ['q', type],
      ['k', type],
      ['v', type],
      ['keyRange', 'vec2<i32>'],
      ['out', type],
      ['lse', 'f32'],
    ],
    workgroupSize: [threadsOf(frame), 1, 1],
    declarations: [
      capFunctions(spec.softCap),
      fetchFunctions(frame, ['q', 'k', 'v']),
      storeFunctions(frame, ['out']),
      stageDeclarations(frame),
    ].join('\n'),
    body: `${declareOwnRows(frame, 'keyRange')}
${declareBlock}
let kvHead = group.y * dims.kvHeads / dims.heads;
let start = ${inUnits(frame, `(group.z * dims.keys * dims.kvHeads + kvHead) * ${frame.headDim}u`)};
let stride = ${inUnits(frame, `dims.kvHeads * ${frame.headDim}u`)};
let qAt = ${inUnits(frame, `(ownRow0 * dims.heads + group.y) * ${frame.headDim}u`)};
${eachVector(frame, (d) => `let q_${d} = fetch_q(qAt, ${d}u) * dims.scale; var sum_${d} = vec4<f32>();`)}
var top = -3.0e38; var total = 0.0;
${walkStaged(frame, softmaxStep(frame))}
if (own0 < dims.queries) {
let factor = select(0.0, 1.0 / total, total > 0.0);
${eachVector(frame, (d) => `store_out(qAt, ${d}u, sum_${d} * factor);`)}
var logSum = ${minusInfinity};
if (total > 0.0) { logSum = top + log(total); }
lse[ownRow0 * dims.heads + group.y] = logSum;
}`,
  });
}

function softmaxStep(frame: StagedFrame): string {
  const steps = range(frame.stepRows);
  return `${steps.map((c) => `var s${c} = 0.0;`).join(' ')}
${eachVector(frame, (d) => steps.map((c) => `s${c} += dot(q_${d}, ${staged(frame, 'k', c, d)});`).join(' '))}
${steps.map((c) => `s${c} = select(-3.0e38, capped(s${c}), ${sees(0, c)});`).join(' ')}
let next = ${['top', ...steps.map((c) => `s${c}`)].reduce((a, b) => `max(${a}, ${b})`)};
let shrink = exp(top - next);
${steps.map((c) => `let p${c} = select(0.0, exp(s${c} - next), ${sees(0, c)});`).join(' ')}
top = next;
total = total * shrink + (${overStep(frame, (c) => `p${c}`)});
${eachVector(frame, (d) => `sum_${d} = sum_${d} * shrink + ${overStep(frame, (c) => `p${c} * ${staged(frame, 'v', c, d)}`)};`)}`;
}
