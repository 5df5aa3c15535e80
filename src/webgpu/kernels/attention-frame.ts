import { headVector } from '../../plan/kernels/attention.ts';
import { range } from './wgsl.ts';

/**
 * What the attention kernels have in common. A thread owns some rows (queries, or keys in the gradient by keys) and
 * walks over the rows of the other side that these see, a few at a time. Each own row sees an interval of other rows.
 */
export interface AttentionFrame {
  readonly headDim: number;
  /** Own rows a thread. */
  readonly ownRows: number;
  /** The number in its sequence of the thread's own row r: an expression. */
  readonly ownNumber: (r: number) => string;
  /** Other rows taken in one step. */
  readonly stepRows: number;
  /** Lanes that each load some of a step's other rows for all; absent: a thread loads all that it needs. */
  readonly lanes?: number;
  /** How many own and other rows a sequence has. */
  readonly sizes: { readonly own: 'queries' | 'keys'; readonly other: 'queries' | 'keys' };
}

/** Vectors of four that hold one head; where headDim is no multiple of 4 the last is filled up with zeros. */
export const vectorsOfHead = ({ headDim }: AttentionFrame): number => Math.ceil(headDim / 4);

const isVec4 = (frame: AttentionFrame): boolean => headVector(frame) === 4;

/** An address in elements as one in the units of the binding. */
export const inUnits = (frame: AttentionFrame, elements: string): string =>
  isVec4(frame) ? `(${elements}) / 4u` : elements;

/** `fetch_<name>(at, d)`: vector d of the head that begins at `at`. */
export function fetchFunctions(frame: AttentionFrame, names: readonly string[]): string {
  const element = (name: string, c: number): string => {
    const value = `${name}[at + 4u * d + ${c}u]`;
    return c === 0 ? value : `select(0.0, ${value}, 4u * d + ${c}u < ${frame.headDim}u)`;
  };
  const result = (name: string): string =>
    isVec4(frame) ? `${name}[at + d]` : `vec4<f32>(${range(4).map((c) => element(name, c))})`;
  return names.map((name) => `fn fetch_${name}(at: u32, d: u32) -> vec4<f32> { return ${result(name)}; }`).join('\n');
}

/** `store_<name>(at, d, value)`: writes vector d of the head that begins at `at`. */
export function storeFunctions(frame: AttentionFrame, names: readonly string[]): string {
  const element = (name: string, c: number): string =>
    `if (4u * d + ${c}u < ${frame.headDim}u) { ${name}[at + 4u * d + ${c}u] = value[${c}]; }`;
  const body = (name: string): string =>
    isVec4(frame)
      ? `${name}[at + d] = value;`
      : range(4)
          .map((c) => element(name, c))
          .join(' ');
  return names.map((name) => `fn store_${name}(at: u32, d: u32, value: vec4<f32>) { ${body(name)} }`).join('\n');
}

/** Lines for every own row. */
export const eachRow = (frame: AttentionFrame, line: (r: number) => string): string =>
  range(frame.ownRows).map(line).join('\n');

/** Lines for every own row and every other row of a step. */
export const eachPair = (frame: AttentionFrame, line: (r: number, c: number) => string): string =>
  range(frame.ownRows)
    .flatMap((r) => range(frame.stepRows).map((c) => line(r, c)))
    .join('\n');

/** Which group of loads has other row c of a step, and which lane: each lane loads one row of a group. */
const groupOf = ({ lanes = 1 }: AttentionFrame, c: number): number => Math.floor(c / lanes);

/**
 * Says where the other rows of the step at `j` begin, `at<g>` for those that this thread loads, given the place of the
 * first of all and how far they lie apart.
 */
export function declareOthers(frame: AttentionFrame): string {
  const { lanes = 1, stepRows } = frame;
  return range(Math.ceil(stepRows / lanes))
    .map((g) => `let at${g} = start + u32(min(${otherNumber(frame, g)}, threadHi - 1)) * stride;`)
    .join('\n');
}

/** The number of the other row that this thread loads in a group. */
export const otherNumber = ({ lanes = 1 }: AttentionFrame, g: number): string =>
  lanes === 1 ? `j + ${g}` : `j + ${g * lanes} + i32(local.x)`;

/** Declares `<name><c>` for every other row of a step: `load` is what this thread loads of the row of a group. */
export function everyOther(frame: AttentionFrame, name: string, load: (g: number) => string): string {
  const { lanes = 1, stepRows } = frame;
  if (lanes === 1)
    return range(stepRows)
      .map((c) => `let ${name}${c} = ${load(c)};`)
      .join('\n');
  const own = range(Math.ceil(stepRows / lanes)).map((g) => `let ${name}Own${g} = ${load(g)};`);
  const all = range(stepRows).map(
    (c) => `let ${name}${c} = subgroupBroadcast(${name}Own${groupOf(frame, c)}, ${c % lanes}u);`,
  );
  return [...own, ...all].join('\n');
}

/** A sum over the other rows of a step. */
export const overStep = (frame: AttentionFrame, term: (c: number) => string): string =>
  range(frame.stepRows).map(term).join(' + ');

/**
 * Declares, for each own row r: `own<r>`, its number in its sequence; `ownRow<r>`, its row in memory (the last one's
 * where it is beyond the end); and the other rows it sees, `lo<r>` ≤ j < `hi<r>`, none where it is beyond the end.
 * `threadLo` ≤ j < `threadHi` is what any of them sees.
 */
export function declareOwnRows(frame: AttentionFrame, rangeName: string): string {
  const { own, other } = frame.sizes;
  const rows = eachRow(
    frame,
    (r) => `let own${r} = ${frame.ownNumber(r)};
let ownRow${r} = group.z * dims.${own} + min(own${r}, dims.${own} - 1u);
let seen${r} = select(vec2<i32>(), ${rangeName}[ownRow${r}], own${r} < dims.${own});
let lo${r} = max(seen${r}.x, 0);
let hi${r} = max(min(seen${r}.y, i32(dims.${other})), lo${r});`,
  );
  // A row that sees nothing must not widen what the others see.
  const least = range(frame.ownRows).map((r) => `select(0x7fffffff, lo${r}, lo${r} < hi${r})`);
  const most = range(frame.ownRows).map((r) => `select(0, hi${r}, lo${r} < hi${r})`);
  // Lanes that share what they load walk over the same rows.
  const [low, high] = frame.lanes === undefined ? ['', ''] : ['subgroupMin', 'subgroupMax'];
  return `${rows}
let threadLo = ${low}(${least.reduce((a, b) => `min(${a}, ${b})`)});
let threadHi = ${high}(${most.reduce((a, b) => `max(${a}, ${b})`)});`;
}

/**
 * Whether own row r sees the c-th row of the step that begins at `j`. Both sides are worked out: `&&` would be a branch, and
 * SwiftShader compiles a loop in a time that doubles with each.
 */
export const sees = (r: number, c: number): string => `((j + ${c} >= lo${r}) & (j + ${c} < hi${r}))`;

/** `bitcast` of −∞'s bits; WGSL has no literal for it, and refuses one it can compute at once. */
export const minusInfinity = 'bitcast<f32>(0xff800000u | min(dims.heads, 0u))';
