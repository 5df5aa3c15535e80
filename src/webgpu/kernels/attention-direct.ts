import { type AttentionSpec, sharedRowsPerLane } from '../../plan/kernels/attention.ts';
import { capFunctions } from './activations.ts';
import {
  type AttentionFrame,
  declareOthers,
  declareOwnRows,
  eachPair,
  eachRow,
  everyOther,
  fetchFunctions,
  inUnits,
  minusInfinity,
  overStep,
  sees,
  storeFunctions,
  vectorsOfHead,
} from './attention-frame.ts';
import { type KernelText, range } from './wgsl.ts';

export type OwnRows = Pick<AttentionFrame, 'ownRows' | 'stepRows' | 'ownNumber' | 'lanes'>;

/** 2 own rows a thread by 4 other rows a step: SwiftShader compiles this in half a second and 4 by 4 not within minutes. */
export const directRows: OwnRows = {
  ownRows: 2,
  stepRows: 4,
  ownNumber: (r) => `group.x * 64u + local.x * 2u + ${r}u`,
};

/**
 * 4 own rows a lane by 8 other rows a step. To load a value costs a software adapter as much as thirty multiplications, to
 * broadcast it a third of that: each lane loads a share of the other rows for all.
 */
const sharedRows = (lanes: number): OwnRows => ({
  lanes,
  ownRows: sharedRowsPerLane,
  stepRows: 8,
  ownNumber: (r) => `(group.x * ${lanes}u + local.x) * ${sharedRowsPerLane}u + ${r}u`,
});

export const directWorkgroup = [32, 1, 1] as const;

/** How a kernel without workgroup memory shares out its rows, and what it needs for that. */
export const directForm = ({ lanes }: Pick<AttentionSpec, 'lanes'>) =>
  lanes === 0
    ? { rows: directRows, workgroupSize: directWorkgroup }
    : // A subgroup leaves its loop as one, by bounds that are data, which the language cannot see.
      {
        rows: sharedRows(lanes),
        workgroupSize: [lanes, 1, 1] as const,
        extensions: ['subgroups'],
        diagnostics: ['subgroup_uniformity'],
      };

/** The loop over the other rows that the thread's rows see, straight from storage. */
export const walkDirect = (frame: AttentionFrame, body: string): string =>
  `for (var j = threadLo; j < threadHi; j += ${frame.stepRows}) {
${declareOthers(frame)}
${body}
}`;

/**
 * Adds up `<sum><r>_<c>` = Σ own·other over the head, for pairs of buffers. The loop over the head is short text: a
 * software adapter compiles it in no time and keeps no vectors of the head.
 */
export function dotLoop(
  frame: AttentionFrame,
  pairs: readonly { readonly sum: string; readonly own: string; readonly other: string }[],
  ownAt: (r: number) => string,
): string {
  const zero = pairs.map(({ sum }) => eachPair(frame, (r, c) => `var ${sum}${r}_${c} = 0.0;`));
  const steps = pairs.map(
    ({ sum, own, other }) => `{
${eachRow(frame, (r) => `let x${r} = fetch_${own}(${ownAt(r)}, d);`)}
${everyOther(frame, 'y', (g) => `fetch_${other}(at${g}, d)`)}
${eachPair(frame, (r, c) => `${sum}${r}_${c} += dot(x${r}, y${c});`)}
}`,
  );
  return `${zero.join('\n')}\n${forVectors(frame, steps.join('\n'))}`;
}

/**
 * A loop over the vectors of a head. Its bound is one the compiler cannot know: unrolled, these kernels keep LLVM busy
 * for half a minute.
 */
export const forVectors = (frame: AttentionFrame, body: string): string =>
  `for (var d = 0u; d < ${vectorsOfHead(frame)}u * min(dims.heads, 1u); d++) {\n${body}\n}`;

/**
 * 32 threads compute 64 queries of one head by online softmax (FlashAttention-2, arXiv 2307.08691, algorithm 1): scores
 * are never kept. A thread takes 2 queries by 4 keys at a time, so keys and values are read once for 2 queries, and
 * the queries and the output, which holds the running sum, once for 4 keys.
 */
export function attentionDirect(spec: AttentionSpec): KernelText {
  const { rows, ...form } = directForm(spec);
  return { ...onlineSoftmax(spec, rows), ...form };
}

/** `more`: what else a score is of, which is added to `s<r>_<c>`, and the buffers that it reads. */
export function onlineSoftmax(
  spec: Pick<AttentionSpec, 'headDim' | 'softCap'>,
  rows: OwnRows,
  buffers: readonly string[] = [],
  more: (frame: AttentionFrame) => string = () => '',
): KernelText {
  const frame: AttentionFrame = {
    headDim: spec.headDim,
    ...rows,
    sizes: { own: 'queries', other: 'keys' },
  };
  return {
    workgroupSize: directWorkgroup,
    declarations: [
      capFunctions(spec.softCap),
      fetchFunctions(frame, ['q', 'k', 'v', 'out', ...buffers]),
      storeFunctions(frame, ['out']),
    ].join('\n'),
    body: `${declareOwnRows(frame, 'keyRange')}
let kvHead = group.y * dims.kvHeads / dims.heads;
let start = ${inUnits(frame, `(group.z * dims.keys * dims.kvHeads + kvHead) * ${frame.headDim}u`)};
let stride = ${inUnits(frame, `dims.kvHeads * ${frame.headDim}u`)};
${eachRow(
  frame,
  (r) => `let qAt${r} = ${inUnits(frame, `(ownRow${r} * dims.heads + group.y) * ${frame.headDim}u`)};
let write${r} = own${r} < dims.queries;
var top${r} = -3.0e38; var total${r} = 0.0;`,
)}
${forVectors(
  frame,
  eachRow(frame, (r) => `if (write${r}) { store_out(qAt${r}, d, vec4<f32>()); }`),
)}
${walkDirect(frame, softmaxStep(frame, more(frame)))}
${eachRow(frame, (r) => `let factor${r} = select(0.0, 1.0 / total${r}, total${r} > 0.0);`)}
${forVectors(
  frame,
  eachRow(frame, (r) => `if (write${r}) { store_out(qAt${r}, d, fetch_out(qAt${r}, d) * factor${r}); }`),
)}
${eachRow(
  frame,
  (r) => `if (write${r}) {
var logSum = ${minusInfinity};
if (total${r} > 0.0) { logSum = top${r} + log(total${r}); }
lse[ownRow${r} * dims.heads + group.y] = logSum;
}`,
)}`,
  };
}

/** Brings a step of keys into the running maximum, the running sum and the weighted sum of values. */
function softmaxStep(frame: AttentionFrame, more: string): string {
  const scores = dotLoop(frame, [{ sum: 's', own: 'q', other: 'k' }], (r) => `qAt${r}`);
  const weights = eachRow(frame, (r) => {
    const masked = range(frame.stepRows).map((c) => `select(-3.0e38, score${r}_${c}, ${sees(r, c)})`);
    return `${range(frame.stepRows)
      .map((c) => `let score${r}_${c} = capped(dims.scale * s${r}_${c});`)
      .join(' ')}
let next${r} = max(top${r}, ${masked.reduce((a, b) => `max(${a}, ${b})`)});
let shrink${r} = exp(top${r} - next${r});
${range(frame.stepRows)
  .map((c) => `let p${r}_${c} = select(0.0, exp(score${r}_${c} - next${r}), ${sees(r, c)});`)
  .join('\n')}
top${r} = next${r};
total${r} = total${r} * shrink${r} + (${overStep(frame, (c) => `p${r}_${c}`)});`;
  });
  return `${scores}
${more}
${weights}
${forVectors(
  frame,
  `${everyOther(frame, 'v', (g) => `fetch_v(at${g}, d)`)}
${eachRow(
  frame,
  (r) =>
    `if (write${r}) { store_out(qAt${r}, d, fetch_out(qAt${r}, d) * shrink${r} + ${overStep(frame, (c) => `p${r}_${c} * v${c}`)}); }`,
)}`,
)}`;
}
