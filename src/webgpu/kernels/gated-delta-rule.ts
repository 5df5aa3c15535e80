import type {
  GatedDeltaErrorGradientSpec,
  GatedDeltaKeyGradientSpec,
  GatedDeltaQueryGradientSpec,
  GatedDeltaRuleSpec,
} from '../../plan/kernels/gated-delta-rule.ts';
import { flatIndex, floatType, type KernelText, range, repeat } from './wgsl.ts';

/** A vector of the state in registers s0, s1, …: its length, or that of each of its fours. */
interface Registers {
  readonly count: number;
  readonly type: string;
  readonly each: (line: (n: number) => string) => string;
  /** Σ over all of a_n · b_n, as an f32. */
  readonly dot: (a: string, b: string) => string;
  readonly load: (name: string, buffer: string, base: string) => string;
}

function registers(width: number, vec4: boolean): Registers {
  const count = vec4 ? width / 4 : width;
  const each = (line: (n: number) => string): string => repeat(count, line);
  const product = (a: string, b: string, n: number): string =>
    vec4 ? `dot(${a}${n}, ${b}${n})` : `${a}${n} * ${b}${n}`;
  return {
    count,
    type: floatType(vec4),
    each,
    dot: (a, b) =>
      range(count)
        .map((n) => product(a, b, n))
        .join(' + '),
    load: (name, buffer, base) => each((n) => `let ${name}${n} = ${buffer}[${base} + ${n}u];`),
  };
}

/** s = the state before the first row; `at` is the place of value i of the vector. */
function firstState({ each, type }: Registers, vec4: boolean, continues: boolean, at: (i: number) => string): string {
  const parts = (n: number): string =>
    range(vec4 ? 4 : 1)
      .map((i) => `before[${at(vec4 ? 4 * n + i : n)}]`)
      .join(', ');
  return each((n) => `var s${n} = ${type}(${continues ? parts(n) : ''});`);
}

/** A thread's column j of head `head` in sequence `sequence`. */
const column = ({ keyWidth, valueWidth }: GatedDeltaRuleSpec | GatedDeltaErrorGradientSpec, body: string): string =>
  `let thread = ${flatIndex};
if (thread < dims.batch * dims.heads * ${valueWidth}u) {
let j = thread % ${valueWidth}u;
let head = thread / ${valueWidth}u % dims.heads;
let sequence = thread / ${valueWidth}u / dims.heads;
let keyHead = head * dims.keyHeads / dims.heads;
let stateAt = (sequence * dims.heads + head) * ${keyWidth * valueWidth}u + j;
${body}
}`;

/** A thread's row d of the heads that read key head `keyHead`, one after the other. */
const stateRow = ({ keyWidth, valueWidth }: GatedDeltaQueryGradientSpec | GatedDeltaKeyGradientSpec, body: string) =>
  `let thread = ${flatIndex};
if (thread < dims.batch * dims.keyHeads * ${keyWidth}u) {
let d = thread % ${keyWidth}u;
let keyHead = thread / ${keyWidth}u % dims.keyHeads;
let sequence = thread / ${keyWidth}u / dims.keyHeads;
let shared_by = dims.heads / dims.keyHeads;
for (var head = keyHead * shared_by; head < (keyHead + 1u) * shared_by; head++) {
let stateAt = ((sequence * dims.heads + head) * ${keyWidth}u + d) * ${valueWidth}u;
${body}
}
}`;

/** Row t of the sequence, and its gates. */
const rowAndGates = `let row = sequence * dims.length + t;
let gate = gates[row * dims.heads + head];`;

/** Decays are at most 1 and states are never multiplied by anything else: no sum of logarithms, nothing overflows. */
export function gatedDeltaRule(spec: GatedDeltaRuleSpec): KernelText {
  const { keyWidth, valueWidth, vec4, continues, output, errors, after } = spec;
  const s = registers(keyWidth, vec4);
  const stateAt = (i: number): string => `stateAt + ${i * valueWidth}u`;
  const stored = (n: number): string =>
    range(vec4 ? 4 : 1)
      .map((i) => `after[${stateAt(vec4 ? 4 * n + i : n)}] = s${n}${vec4 ? `[${i}]` : ''};`)
      .join('\n');
  return {
    workgroupSize: [64, 1, 1],
    body: column(
      spec,
      `${firstState(s, vec4, continues, stateAt)}
for (var t = 0u; t < dims.length; t++) {
${rowAndGates}
let key = (row * dims.keyHeads + keyHead) * ${s.count}u;
let value = (row * dims.heads + head) * ${valueWidth}u + j;
${s.load('k', 'k', 'key')}
${s.each((n) => `s${n} *= gate.x;`)}
let error = v[value] - (${s.dot('k', 's')});
let update = gate.y * error;
${s.each((n) => `s${n} += k${n} * update;`)}
${output ? `${s.load('q', 'q', 'key')}\ny[value] = ${s.dot('q', 's')};` : ''}
${errors ? 'errors[value] = error;' : ''}
}
${after ? repeat(s.count, stored) : ''}`,
    ),
  };
}

export function gatedDeltaErrorGradient(spec: GatedDeltaErrorGradientSpec): KernelText {
  const { keyWidth, valueWidth, vec4, before } = spec;
  const s = registers(keyWidth, vec4);
  const stored = (n: number): string =>
    range(vec4 ? 4 : 1)
      .map((i) => `dBefore[stateAt + ${(vec4 ? 4 * n + i : n) * valueWidth}u] = s${n}${vec4 ? `[${i}]` : ''};`)
      .join('\n');
  return {
    workgroupSize: [64, 1, 1],
    body: column(
      spec,
      `${s.each((n) => `var s${n} = ${s.type}();`)}
for (var after = dims.length; after > 0u; after--) {
let t = after - 1u;
${rowAndGates}
let key = (row * dims.keyHeads + keyHead) * ${s.count}u;
let value = (row * dims.heads + head) * ${valueWidth}u + j;
let upstream = dy[value];
${s.load('k', 'k', 'key')}
${s.load('q', 'q', 'key')}
${s.each((n) => `s${n} += q${n} * upstream;`)}
let dUpdate = ${s.dot('k', 's')};
let dError = gate.y * dUpdate;
dUpdates[value] = dUpdate;
dv[value] = dError;
${s.each((n) => `s${n} = gate.x * (s${n} - k${n} * dError);`)}
}
${before ? repeat(s.count, stored) : ''}`,
    ),
  };
}

export function gatedDeltaQueryGradient(spec: GatedDeltaQueryGradientSpec): KernelText {
  const { keyWidth, valueWidth, vec4, continues } = spec;
  const s = registers(valueWidth, vec4);
  return {
    workgroupSize: [64, 1, 1],
    body: stateRow(
      spec,
      `${firstState(s, vec4, continues, (i) => `stateAt + ${i}u`)}
let isFirst = head == keyHead * shared_by;
for (var t = 0u; t < dims.length; t++) {
${rowAndGates}
let key = (row * dims.keyHeads + keyHead) * ${keyWidth}u + d;
let value = (row * dims.heads + head) * ${s.count}u;
let update = gate.y * k[key];
${s.load('e', 'errors', 'value')}
${s.load('dv', 'dv', 'value')}
${s.load('dy', 'dy', 'value')}
${s.each((n) => `s${n} *= gate.x;`)}
let ofKey = ${s.dot('dv', 's')};
${s.each((n) => `s${n} += e${n} * update;`)}
dk[key] = select(dk[key], 0.0, isFirst) - ofKey;
dq[key] = select(dq[key], 0.0, isFirst) + ${s.dot('dy', 's')};
}`,
    ),
  };
}

export function gatedDeltaKeyGradient(spec: GatedDeltaKeyGradientSpec): KernelText {
  const { keyWidth, valueWidth, vec4 } = spec;
  const s = registers(valueWidth, vec4);
  return {
    workgroupSize: [64, 1, 1],
    body: stateRow(
      spec,
      `${s.each((n) => `var s${n} = ${s.type}();`)}
for (var after = dims.length; after > 0u; after--) {
let t = after - 1u;
${rowAndGates}
let key = (row * dims.keyHeads + keyHead) * ${keyWidth}u + d;
let value = (row * dims.heads + head) * ${s.count}u;
${s.load('e', 'errors', 'value')}
${s.load('dv', 'dv', 'value')}
${s.load('dy', 'dy', 'value')}
${s.each((n) => `s${n} += q[key] * dy${n};`)}
dk[key] += gate.y * (${s.dot('e', 's')});
${s.each((n) => `s${n} = gate.x * (s${n} - k[key] * dv${n});`)}
}`,
    ),
  };
}

export const gatedDeltaGates = (): KernelText => ({
  workgroupSize: [64, 1, 1],
  body: `let i = ${flatIndex};
if (i < dims.batch * dims.length * dims.heads) {
let row = i / dims.heads;
let isStart = starts[row] == i32(row % dims.length);
gates[i] = vec2<f32>(select(exp(g[i]), 0.0, isStart), beta[i]);
}`,
});

export const gatedDeltaGateProducts = (): KernelText => ({
  workgroupSize: [64, 1, 1],
  body: `let i = ${flatIndex};
if (i < dims.count) {
var ofBeta = 0.0;
var product = 0.0;
for (var value = i * dims.width; value < (i + 1u) * dims.width; value++) {
ofBeta += dUpdates[value] * errors[value];
product += y[value] * dy[value] - v[value] * dv[value];
}
dBeta[i] = ofBeta;
products[i] = product;
}`,
});

export const gatedDeltaDecayGradient = (): KernelText => ({
  workgroupSize: [64, 1, 1],
  body: `let i = ${flatIndex};
if (i < dims.batch * dims.heads) {
let sequence = i / dims.heads;
var sum = 0.0;
for (var after = dims.length; after > 0u; after--) {
let row = sequence * dims.length + after - 1u;
let at = row * dims.heads + i % dims.heads;
sum = select(sum + products[at], 0.0, starts[row] == i32(after - 1u));
dg[at] = sum;
}
}`,
});
