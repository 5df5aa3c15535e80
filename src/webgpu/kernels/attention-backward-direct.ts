import type { AttentionBackwardKeySpec, AttentionBackwardQuerySpec } from '../../plan/kernels/attention.ts';
import { capFunctions } from './activations.ts';
import { directForm, dotLoop, forVectors, walkDirect } from './attention-direct.ts';
import {
  type AttentionFrame,
  declareOwnRows,
  eachPair,
  eachRow,
  everyOther,
  fetchFunctions,
  inUnits,
  otherNumber,
  overStep,
  sees,
  storeFunctions,
} from './attention-frame.ts';
import type { KernelText } from './wgsl.ts';

/** p = exp(scale·s − lse) and ds = p·(dp − D), with `stat(r, c)` the pair (lse, D) of the query. */
export const slopes = (frame: AttentionFrame, stat: (r: number, c: number) => string): string =>
  eachPair(
    frame,
    (r, c) => `let score${r}_${c} = capped(dims.scale * s${r}_${c});
let p${r}_${c} = select(0.0, exp(score${r}_${c} - ${stat(r, c)}.x), ${sees(r, c)});
let ds${r}_${c} = p${r}_${c} * (dp${r}_${c} - ${stat(r, c)}.y) * slopeAtCapped(score${r}_${c});`,
  );

/** Adds Σ factor·other to the own rows of an output in storage, vector by vector. */
export const addToOutput = (
  frame: AttentionFrame,
  output: string,
  factor: string,
  other: string,
  more: (r: number, c: number) => string = () => '',
): string => `{
${everyOther(frame, 'y', (g) => `fetch_${other}(at${g}, d)`)}
${eachRow(
  frame,
  (r) =>
    `if (write${r}) { store_${output}(ownAt${r}, d, fetch_${output}(ownAt${r}, d) + ${overStep(frame, (c) => `${factor}${r}_${c} * (y${c}${more(r, c)})`)}); }`,
)}
}`;

export const declareOwn = (frame: AttentionFrame, heads: string, outputs: readonly string[]): string =>
  `${eachRow(
    frame,
    (r) => `let ownAt${r} = ${inUnits(frame, `(ownRow${r} * dims.${heads} + group.y) * ${frame.headDim}u`)};
let write${r} = own${r} < dims.${frame.sizes.own};`,
  )}
${forVectors(
  frame,
  eachRow(
    frame,
    (r) => `if (write${r}) { ${outputs.map((name) => `store_${name}(ownAt${r}, d, vec4<f32>());`).join(' ')} }`,
  ),
)}`;

/**
 * 32 threads compute dq of 64 queries of one head (FlashAttention-2, arXiv 2307.08691, algorithm 2): scores are computed
 * again. A thread takes 2 queries by 4 keys at a time; dq, which holds the running sum, is read and written once each.
 */
export function attentionBackwardQueryDirect(spec: AttentionBackwardQuerySpec): KernelText {
  const { rows, ...form } = directForm(spec);
  const frame: AttentionFrame = { headDim: spec.headDim, ...rows, sizes: { own: 'queries', other: 'keys' } };
  const scores = dotLoop(
    frame,
    [
      { sum: 's', own: 'q', other: 'k' },
      { sum: 'dp', own: 'dOutput', other: 'v' },
    ],
    (r) => `ownAt${r}`,
  );
  return {
    ...form,
    declarations: `${capFunctions(spec.softCap)}\n${fetchFunctions(frame, ['dOutput', 'q', 'k', 'v', 'dq'])}\n${storeFunctions(frame, ['dq'])}`,
    body: `${declareOwnRows(frame, 'keyRange')}
let kvHead = group.y * dims.kvHeads / dims.heads;
let start = ${inUnits(frame, `(group.z * dims.keys * dims.kvHeads + kvHead) * ${frame.headDim}u`)};
let stride = ${inUnits(frame, `dims.kvHeads * ${frame.headDim}u`)};
${declareOwn(frame, 'heads', ['dq'])}
${eachRow(frame, (r) => `let stat${r} = stats[ownRow${r} * dims.heads + group.y];`)}
${walkDirect(
  frame,
  `${scores}
${slopes(frame, (r) => `stat${r}`)}
${forVectors(frame, addToOutput(frame, 'dq', 'dims.scale * ds', 'k'))}`,
)}`,
  };
}

/**
 * 32 threads compute dk and dv of 64 keys of one key-value head, over all query heads that read it, in order: no two
 * workgroups add to one place. A thread takes 2 keys by 4 queries at a time.
 */
export function attentionBackwardKeyDirect(spec: AttentionBackwardKeySpec): KernelText {
  const { rows, ...form } = directForm(spec);
  const frame: AttentionFrame = { headDim: spec.headDim, ...rows, sizes: { own: 'keys', other: 'queries' } };
  const scores = dotLoop(
    frame,
    [
      { sum: 's', own: 'k', other: 'q' },
      { sum: 'dp', own: 'v', other: 'dOutput' },
    ],
    (r) => `ownAt${r}`,
  );
  const stats = everyOther(
    frame,
    'stat',
    (g) => `stats[(group.z * dims.queries + u32(min(${otherNumber(frame, g)}, threadHi - 1))) * dims.heads + head]`,
  );
  const gradients = `${addToOutput(frame, 'dk', 'dims.scale * ds', 'q')}\n${addToOutput(frame, 'dv', 'p', 'dOutput')}`;
  const outputs = ['dk', 'dv'];
  return {
    ...form,
    declarations: `${capFunctions(spec.softCap)}\n${fetchFunctions(frame, ['dOutput', 'q', 'k', 'v', ...outputs])}\n${storeFunctions(frame, outputs)}`,
    body: `${declareOwnRows(frame, 'queryRange')}
let stride = ${inUnits(frame, `dims.heads * ${frame.headDim}u`)};
${declareOwn(frame, 'kvHeads', outputs)}
let sharedBy = dims.heads / dims.kvHeads;
for (var head = group.y * sharedBy; head < (group.y + 1u) * sharedBy; head++) {
let start = ${inUnits(frame, `(group.z * dims.queries * dims.heads + head) * ${frame.headDim}u`)};
${walkDirect(frame, [stats, scores, slopes(frame, (_r, c) => `stat${c}`), forVectors(frame, gradients)].join('\n'))}
}`,
  };
}
