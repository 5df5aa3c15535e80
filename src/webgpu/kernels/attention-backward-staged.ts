import type { AttentionBackwardKeySpec, AttentionBackwardQuerySpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { capFunctions } from './activations.ts';
import {
  declareOwnRows,
  fetchFunctions,
  headType,
  inUnits,
  overStep,
  sees,
  storeFunctions,
  threadsOf,
} from './attention-frame.ts';
import {
  declareBlock,
  eachVector,
  type StagedFrame,
  stageDeclarations,
  staged,
  walkStaged,
} from './attention-staged.ts';
import { range, type StorageBindings, shader } from './wgsl.ts';

const inputs = ['dOutput', 'q', 'k', 'v'] as const;

function bindings(frame: StagedFrame, rangeName: string, outputs: readonly string[]): StorageBindings {
  const typed = (names: readonly string[]): StorageBindings => names.map((name) => [name, headType(frame)]);
  return [...typed(inputs), ['stats', 'vec2<f32>'], [rangeName, 'vec2<i32>'], ...typed(outputs)];
}

const declarations = (frame: StagedFrame, softCap: boolean, outputs: readonly string[]): string =>
  [capFunctions(softCap), fetchFunctions(frame, inputs), storeFunctions(frame, outputs), stageDeclarations(frame)].join(
    '\n',
  );

/**
 * For each other row c of a step: p = exp(s − lse) and ds = p·(dp − D), where s is the product of the own vectors
 * `x_<d>` with the first other buffer and dp that of `y_<d>` with the second.
 */
function slopes(frame: StagedFrame, stat: (c: number) => string): string {
  const steps = range(frame.stepRows);
  const [first, second] = frame.others;
  return `${steps.map((c) => `var s${c} = 0.0; var dp${c} = 0.0;`).join(' ')}
${eachVector(frame, (d) =>
  steps
    .map(
      (c) =>
        `s${c} += dot(x_${d}, ${staged(frame, first, c, d)}); dp${c} += dot(y_${d}, ${staged(frame, second, c, d)});`,
    )
    .join(' '),
)}
${steps
  .map(
    (c) =>
      `let score${c} = capped(s${c}); let p${c} = select(0.0, exp(score${c} - ${stat(c)}.x), ${sees(0, c)}); let ds${c} = p${c} * (dp${c} - ${stat(c)}.y) * slopeAtCapped(score${c});`,
  )
  .join('\n')}`;
}

/**
 * A workgroup computes dq of 64 queries of one head (FlashAttention-2, arXiv 2307.08691, algorithm 2), a query, its
 * upstream gradient and dq in the registers of each thread; keys and values are read once a workgroup.
 */
export function attentionBackwardQueryStaged(spec: AttentionBackwardQuerySpec, access: readonly Access[]): string {
  const frame: StagedFrame = {
    headDim: spec.headDim,
    ownRows: 1,
    stepRows: 1,
    sizes: { own: 'queries', other: 'keys' },
    others: ['k', 'v'],
  };
  return shader({
    spec,
    access,
    bindings: bindings(frame, 'keyRange', ['dq']),
    workgroupSize: [threadsOf(frame), 1, 1],
    declarations: declarations(frame, spec.softCap, ['dq']),
    body: `${declareOwnRows(frame, 'keyRange')}
${declareBlock}
let kvHead = group.y * dims.kvHeads / dims.heads;
let start = ${inUnits(frame, `(group.z * dims.keys * dims.kvHeads + kvHead) * ${frame.headDim}u`)};
let stride = ${inUnits(frame, `dims.kvHeads * ${frame.headDim}u`)};
let ownAt = ${inUnits(frame, `(ownRow0 * dims.heads + group.y) * ${frame.headDim}u`)};
let stat = stats[ownRow0 * dims.heads + group.y];
${eachVector(frame, (d) => `let x_${d} = fetch_q(ownAt, ${d}u) * dims.scale; let y_${d} = fetch_dOutput(ownAt, ${d}u); var dq_${d} = vec4<f32>();`)}
${walkStaged(
  frame,
  `${slopes(frame, () => 'stat')}
${eachVector(frame, (d) => `dq_${d} += ${overStep(frame, (c) => `ds${c} * ${staged(frame, 'k', c, d)}`)};`)}`,
)}
if (own0 < dims.queries) {
${eachVector(frame, (d) => `store_dq(ownAt, ${d}u, dq_${d} * dims.scale);`)}
}`,
  });
}

/**
 * A workgroup computes dk and dv of 64 keys of one key-value head, over all query heads that read it, in order: no two
 * workgroups add to one place. Queries and their gradients are read once a workgroup.
 */
export function attentionBackwardKeyStaged(spec: AttentionBackwardKeySpec, access: readonly Access[]): string {
  const frame: StagedFrame = {
    headDim: spec.headDim,
    ownRows: 1,
    stepRows: 1,
    sizes: { own: 'keys', other: 'queries' },
    others: ['q', 'dOutput'],
  };
  const stats = range(frame.stepRows).map(
    (c) =>
      `let stat${c} = stats[(group.z * dims.queries + u32(min(j + ${c}, i32(dims.queries) - 1))) * dims.heads + head];`,
  );
  return shader({
    spec,
    access,
    bindings: bindings(frame, 'queryRange', ['dk', 'dv']),
    workgroupSize: [threadsOf(frame), 1, 1],
    declarations: declarations(frame, spec.softCap, ['dk', 'dv']),
    body: `${declareOwnRows(frame, 'queryRange')}
${declareBlock}
let ownAt = ${inUnits(frame, `(ownRow0 * dims.kvHeads + group.y) * ${frame.headDim}u`)};
let stride = ${inUnits(frame, `dims.heads * ${frame.headDim}u`)};
${eachVector(frame, (d) => `let x_${d} = fetch_k(ownAt, ${d}u) * dims.scale; let y_${d} = fetch_v(ownAt, ${d}u);`)}
${eachVector(frame, (d) => `var dk_${d} = vec4<f32>(); var dv_${d} = vec4<f32>();`)}
let sharedBy = dims.heads / dims.kvHeads;
for (var head = group.y * sharedBy; head < (group.y + 1u) * sharedBy; head++) {
let start = ${inUnits(frame, `(group.z * dims.queries * dims.heads + head) * ${frame.headDim}u`)};
${walkStaged(
  frame,
  `${stats.join('\n')}
${slopes(frame, (c) => `stat${c}`)}
${eachVector(
  frame,
  (d) => `dk_${d} += ${overStep(frame, (c) => `ds${c} * ${staged(frame, 'q', c, d)}`)};
dv_${d} += ${overStep(frame, (c) => `p${c} * ${staged(frame, 'dOutput', c, d)}`)};`,
)}`,
)}
}
if (own0 < dims.keys) {
${eachVector(frame, (d) => `store_dk(ownAt, ${d}u, dk_${d} * dims.scale); store_dv(ownAt, ${d}u, dv_${d});`)}
}`,
  });
}
