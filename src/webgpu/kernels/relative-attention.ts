import type {
  RelativeAttentionKeySpec,
  RelativeAttentionPlacesSpec,
  RelativeAttentionQuerySpec,
  RelativeAttentionSpec,
} from '../../plan/kernels/relative-attention.ts';
import { capFunctions } from './activations.ts';
import { addToOutput, declareOwn, slopes } from './attention-backward-direct.ts';
import { directWorkgroup, dotLoop, forVectors, type OwnRows, onlineSoftmax, walkDirect } from './attention-direct.ts';
import {
  type AttentionFrame,
  declareOwnRows,
  eachPair,
  eachRow,
  fetchFunctions,
  inUnits,
  storeFunctions,
} from './attention-frame.ts';
import { flatIndex, type KernelText, range } from './wgsl.ts';

/** Each pair has rows of its own to read, so more own rows would save little, and take four times as long to compile. */
const rows: OwnRows = { ownRows: 1, stepRows: 2, ownNumber: () => 'group.x * 32u + local.x' };

const byQuery = (headDim: number): AttentionFrame => ({
  headDim,
  ...rows,
  sizes: { own: 'queries', other: 'keys' },
});
const byKey = (headDim: number): AttentionFrame => ({
  headDim,
  ...rows,
  sizes: { own: 'keys', other: 'queries' },
});

/** Where the key of the distance of each pair begins, `place<r>_<c>`; its query stands `half` behind it. */
function declarePlaces(frame: AttentionFrame): string {
  const isQuery = frame.sizes.own === 'queries';
  return `let half = ${inUnits(frame, `dims.heads * ${frame.headDim}u`)};
${eachPair(frame, (r, c) => {
  const own = `min(own${r}, dims.queries - 1u)`;
  const other = `u32(min(j + ${c}, threadHi - 1))`;
  const distance = isQuery ? `${own} + dims.keys - 1u - ${other}` : `${other} + dims.keys - 1u - ${own}`;
  return `let place${r}_${c} = ${inUnits(frame, `(2u * (${distance}) * dims.heads + group.y) * ${frame.headDim}u`)};`;
})}`;
}

/** Adds query · key of the distance and query of the distance · key to the scores. */
function placeScores(frame: AttentionFrame, ownAt: (r: number) => string): string {
  const isQuery = frame.sizes.own === 'queries';
  const [own, other] = isQuery ? ['q', 'k'] : ['k', 'q'];
  const [ofOwn, ofOther] = isQuery ? ['', ' + half'] : [' + half', ''];
  return `${declarePlaces(frame)}
${forVectors(
  frame,
  `${eachRow(frame, (r) => `let x${r} = fetch_${own}(${ownAt(r)}, d);`)}
${range(frame.stepRows)
  .map((c) => `let y${c} = fetch_${other}(at${c}, d);`)
  .join('\n')}
${eachPair(
  frame,
  (r, c) =>
    `s${r}_${c} += dot(x${r}, fetch_places(place${r}_${c}${ofOwn}, d)) + dot(y${c}, fetch_places(place${r}_${c}${ofOther}, d));`,
)}`,
)}`;
}

/** As `attentionDirect`: 32 threads compute 32 queries of one head by online softmax, rows of `places` beside the keys. */
export const relativeAttention = ({ headDim }: RelativeAttentionSpec): KernelText =>
  onlineSoftmax({ headDim, softCap: false }, rows, ['places'], (frame) => placeScores(frame, (r) => `qAt${r}`));

/** As `attentionBackwardQueryDirect`. */
export function relativeAttentionQuery({ headDim }: RelativeAttentionQuerySpec): KernelText {
  const frame = byQuery(headDim);
  const ownAt = (r: number) => `ownAt${r}`;
  const scores = dotLoop(
    frame,
    [
      { sum: 's', own: 'q', other: 'k' },
      { sum: 'dp', own: 'dOutput', other: 'v' },
    ],
    ownAt,
  );
  const keyOfPlace = (r: number, c: number) => ` + fetch_places(place${r}_${c}, d)`;
  return {
    workgroupSize: directWorkgroup,
    declarations: `${capFunctions(false)}\n${fetchFunctions(frame, ['dOutput', 'q', 'k', 'v', 'places', 'dq'])}\n${storeFunctions(frame, ['dq'])}`,
    body: `${declareOwnRows(frame, 'keyRange')}
let start = ${inUnits(frame, `(group.z * dims.keys * dims.heads + group.y) * ${headDim}u`)};
let stride = ${inUnits(frame, `dims.heads * ${headDim}u`)};
${declareOwn(frame, 'heads', ['dq'])}
${eachRow(frame, (r) => `let stat${r} = stats[ownRow${r} * dims.heads + group.y];`)}
${walkDirect(
  frame,
  `${scores}
${placeScores(frame, ownAt)}
${slopes(frame, (r) => `stat${r}`)}
${forVectors(frame, addToOutput(frame, 'dq', 'dims.scale * ds', 'k', keyOfPlace))}`,
)}`,
  };
}

/** As `attentionBackwardKeyDirect`, for dk or for dv. */
export function relativeAttentionKey({ headDim, of }: RelativeAttentionKeySpec): KernelText {
  const frame = byKey(headDim);
  const ownAt = (r: number) => `ownAt${r}`;
  const isKey = of === 'k';
  const sums = [{ sum: 's', own: 'k', other: 'q' }, ...(isKey ? [{ sum: 'dp', own: 'v', other: 'dOutput' }] : [])];
  const stats = range(frame.stepRows).map(
    (c) => `let stat${c} = stats[(group.z * dims.queries + u32(min(j + ${c}, threadHi - 1))) * dims.heads + group.y];`,
  );
  const queryOfPlace = (r: number, c: number) => ` + fetch_places(place${r}_${c} + half, d)`;
  const gradient = isKey
    ? addToOutput(frame, 'gradient', 'dims.scale * ds', 'q', queryOfPlace)
    : addToOutput(frame, 'gradient', 'p', 'dOutput');
  const zero = isKey ? '' : eachPair(frame, (r, c) => `let dp${r}_${c} = 0.0;`);
  const buffers = ['dOutput', 'q', 'k', ...(isKey ? ['v'] : []), 'places', 'gradient'];
  return {
    workgroupSize: directWorkgroup,
    declarations: `${capFunctions(false)}\n${fetchFunctions(frame, buffers)}\n${storeFunctions(frame, ['gradient'])}`,
    body: `${declareOwnRows(frame, 'queryRange')}
let start = ${inUnits(frame, `(group.z * dims.queries * dims.heads + group.y) * ${headDim}u`)};
let stride = ${inUnits(frame, `dims.heads * ${headDim}u`)};
${declareOwn(frame, 'heads', ['gradient'])}
${walkDirect(
  frame,
  [
    ...stats,
    dotLoop(frame, sums, ownAt),
    zero,
    placeScores(frame, ownAt),
    slopes(frame, (_r, c) => `stat${c}`),
    forVectors(frame, gradient),
  ].join('\n'),
)}`,
  };
}

/**
 * A thread computes the gradients of the key and the query of one distance in one head, over every pair of that distance
 * in order: no two threads add to one place. Each pair of a text is met by one thread of each head.
 */
export function relativeAttentionPlaces({ headDim }: RelativeAttentionPlacesSpec): KernelText {
  const frame = byQuery(headDim);
  const at = (row: string) => inUnits(frame, `((sequence * dims.queries + ${row}) * dims.heads + head) * ${headDim}u`);
  return {
    workgroupSize: [64, 1, 1],
    declarations: `${fetchFunctions(frame, ['dOutput', 'q', 'k', 'v', 'places', 'dPlaces'])}\n${storeFunctions(frame, ['dPlaces'])}`,
    body: `let thread = ${flatIndex};
let distances = 2u * dims.queries - 1u;
if (thread >= distances * dims.heads) { return; }
let distance = thread / dims.heads;
let head = thread % dims.heads;
let keyAt = ${inUnits(frame, `(2u * distance * dims.heads + head) * ${headDim}u`)};
let queryAt = keyAt + ${inUnits(frame, `dims.heads * ${headDim}u`)};
${forVectors(frame, 'store_dPlaces(keyAt, d, vec4<f32>()); store_dPlaces(queryAt, d, vec4<f32>());')}
// i − j = distance − (length − 1), both in the text.
let shift = i32(distance) - i32(dims.queries) + 1;
let first = u32(max(shift, 0));
let end = u32(i32(dims.queries) + min(shift, 0));
for (var sequence = 0u; sequence < dims.batch; sequence++) {
for (var i = first; i < end; i++) {
let j = i32(i) - shift;
let seen = keyRange[sequence * dims.queries + i];
if (j < seen.x || j >= seen.y) { continue; }
let qAt = ${at('i')};
let kAt = ${at('u32(j)')};
var s = 0.0; var dp = 0.0;
${forVectors(
  frame,
  `let x = fetch_q(qAt, d); let y = fetch_k(kAt, d);
s += dot(x, y + fetch_places(keyAt, d)) + dot(y, fetch_places(queryAt, d));
dp += dot(fetch_dOutput(qAt, d), fetch_v(kAt, d));`,
)}
let stat = stats[(sequence * dims.queries + i) * dims.heads + head];
let ds = dims.scale * exp(dims.scale * s - stat.x) * (dp - stat.y);
${forVectors(
  frame,
  `store_dPlaces(keyAt, d, fetch_dPlaces(keyAt, d) + ds * fetch_q(qAt, d));
store_dPlaces(queryAt, d, fetch_dPlaces(queryAt, d) + ds * fetch_k(kAt, d));`,
)}
}
}`,
  };
}
