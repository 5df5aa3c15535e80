import type { AttentionBackwardKeySpec, AttentionBackwardQuerySpec } from '../../plan/kernels/attention.ts';
import { capFunctions } from './activations.ts';
import { type AttentionFrame, eachPair, eachRow, fetchFunctions, sees, storeFunctions } from './attention-frame.ts';
import {
  declareParts,
  declareSide,
  declareSums,
  declareTile,
  shareWeights,
  storeSums,
  tileDeclarations,
  tiledFrame,
  tiledWorkgroup,
  tileScores,
  tileSums,
  walkTiles,
} from './attention-tiled.ts';
import { type KernelText, range } from './wgsl.ts';

const inputs = ['dOutput', 'q', 'k', 'v'] as const;

const declarations = (frame: AttentionFrame, softCap: boolean, outputs: readonly string[]): string =>
  [
    capFunctions(softCap),
    fetchFunctions(frame, inputs),
    storeFunctions(frame, outputs),
    tileDeclarations(frame, inputs),
  ].join('\n');

/** p = exp(s − lse) into `s<r>_<c>` and ds = p·(dp − D)·slope into `dp<r>_<c>`; `stat` is (lse, D) of the pair's query. */
const slopes = (frame: AttentionFrame, stat: (r: number, c: number) => string): string =>
  eachPair(
    frame,
    (r, c) => `{ let score = capped(dims.scale * s${r}_${c});
s${r}_${c} = select(0.0, exp(score - ${stat(r, c)}.x), ${sees(r, c)});
dp${r}_${c} = s${r}_${c} * (dp${r}_${c} - ${stat(r, c)}.y) * slopeAtCapped(score); }`,
  );

/**
 * A workgroup computes dq of 64 queries of one head (FlashAttention-2, arXiv 2307.08691, algorithm 2) in tiles of 32
 * keys, as the forward kernel does: keys are read twice and values once for 64 queries.
 */
export function attentionBackwardQueryTiled(spec: AttentionBackwardQuerySpec): KernelText {
  const frame = tiledFrame(spec.headDim, 'queries');
  return {
    workgroupSize: tiledWorkgroup,
    declarations: declarations(frame, spec.softCap, ['dq']),
    body: `${declareTile(frame, 'keyRange')}
${declareSide(frame, 'own', 'group.y')}
${declareSide(frame, 'other', 'group.y * dims.kvHeads / dims.heads')}
${eachRow(frame, (r) => `let stat${r} = stats[ownRow${r} * dims.heads + group.y];`)}
${declareSums(frame, 'sum')}
${walkTiles(`${tileScores(frame, 's', 'q', 'k')}
${tileScores(frame, 'dp', 'dOutput', 'v')}
${slopes(frame, (r) => `stat${r}`)}
workgroupBarrier();
${shareWeights(frame, (r, c) => `dp${r}_${c}`)}
${tileSums(frame, 'sum', 'k')}`)}
${storeSums(frame, 'sum', 'dq', () => 'dims.scale')}`,
  };
}

/**
 * A workgroup computes what one query head adds to dk and dv of 64 keys. Where several query heads read a key-value head
 * their parts lie side by side and are added up in order by another kernel. Queries and their gradients are read twice
 * for 64 keys.
 */
export function attentionBackwardKeyTiled(spec: AttentionBackwardKeySpec): KernelText {
  const frame = tiledFrame(spec.headDim, 'keys');
  const stat = (c: number): string => `u32(min(j + ${c}, i32(dims.queries) - 1))`;
  const stats = range(frame.stepRows).map(
    (c) => `let stat${c} = stats[(group.z * dims.queries + ${stat(c)}) * dims.heads + group.y];`,
  );
  return {
    workgroupSize: tiledWorkgroup,
    declarations: declarations(frame, spec.softCap, ['dk', 'dv']),
    body: `${declareTile(frame, 'queryRange')}
${declareSide(frame, 'own', 'group.y * dims.kvHeads / dims.heads')}
${declareSide(frame, 'other', 'group.y')}
${declareParts(frame)}
${declareSums(frame, 'dkSum')}
${declareSums(frame, 'dvSum')}
${walkTiles(`${tileScores(frame, 's', 'k', 'q')}
${tileScores(frame, 'dp', 'v', 'dOutput')}
${stats.join('\n')}
${slopes(frame, (_, c) => `stat${c}`)}
workgroupBarrier();
${shareWeights(frame, (r, c) => `s${r}_${c}`)}
${tileSums(frame, 'dvSum', 'dOutput')}
workgroupBarrier();
${shareWeights(frame, (r, c) => `dp${r}_${c}`)}
${tileSums(frame, 'dkSum', 'q')}`)}
${storeSums(frame, 'dkSum', 'dk', () => 'dims.scale', 'part')}
${storeSums(frame, 'dvSum', 'dv', () => '1.0', 'part')}`,
  };
}
