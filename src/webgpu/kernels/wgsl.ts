import { type FloatDType, isQuantised, type WeightDType } from '../../graph/types.ts';
import { type Access, elementType } from '../../plan/kernels/definition.ts';
import { bindingsOf, type KernelSpec, uniformFields, uniformSegments } from '../../plan/kernels.ts';
import { loadQuantised } from './quantised.ts';

/** What a generator writes. The buffers that it reads and writes stand in the kernel's definition, under these names. */
export interface KernelText {
  /** What the shader must enable. */
  readonly extensions?: readonly string[];
  /** Which diagnostics to leave out: rules that hold by what the language cannot see. */
  readonly diagnostics?: readonly string[];
  readonly workgroupSize: readonly [number, number, number];
  /** Functions and workgroup variables. */
  readonly declarations?: string;
  /** Has `group` (workgroup number), `local` (thread in it) and `groups` (how many) at hand. */
  readonly body: string;
}

/**
 * A whole shader: the uniform block `dims` (or the array of blocks `segments`), the storage buffers with the access modes
 * of the plan, and `main`.
 */
export function wholeShader(spec: KernelSpec, access: readonly Access[], text: KernelText): string {
  const { workgroupSize, extensions = [], diagnostics = [], declarations = '', body } = text;
  const bindings = bindingsOf(spec);
  if (bindings.length !== access.length)
    throw new Error(`${spec.kernel}: ${bindings.length} bindings, ${access.length} access modes`);
  const fields = uniformFields(spec.kernel).map(([name, type]) => `  ${name}: ${type},`);
  const segments = uniformSegments(spec);
  const storage = bindings.map(
    (binding, i) =>
      `@group(0) @binding(${i}) var<storage, ${access[i]}> ${binding.name}: array<${elementType(binding)}>;`,
  );
  // The alignment makes the struct fit to stand in an array of uniform data.
  const enabled = extensions.map((name) => `enable ${name};\n`);
  const left = diagnostics.map((name) => `diagnostic(off, ${name});\n`);
  return `${[...enabled, ...left].join('')}struct Dims {
${segments > 1 ? '@align(16)' : ''}${fields.join('\n')}
}
${storage.join('\n')}
@group(0) @binding(${bindings.length}) var<uniform> ${segments > 1 ? `segments: array<Dims, ${segments}>` : 'dims: Dims'};
${declarations}
@compute @workgroup_size(${workgroupSize.join(', ')})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>) {
${body}
}
`;
}

/** Number of a thread in kernels over a flat range of elements, 64 a workgroup. */
export const flatIndex = '(group.y * groups.x + group.x) * 64u + local.x';
/** Number of a workgroup where each takes one row, or one block of rows. */
export const flatGroup = 'group.y * groups.x + group.x';

/** The type of one value, or of four. */
export const floatType = (vec4: boolean): string => (vec4 ? 'vec4<f32>' : 'f32');

/** A function that reads one value (or four, by number of the group of four) of a float tensor as f32. */
export function loadFunction(name: string, buffer: string, type: WeightDType, vec4: boolean): string {
  if (isQuantised(type)) return loadQuantised(name, buffer, type, vec4 ? 4 : 1);
  const [result, expression] = vec4 ? load4(buffer, type) : load1(buffer, type);
  return `fn ${name}(i: u32) -> ${result} { ${expression} }`;
}

function load4(buffer: string, type: FloatDType): readonly [string, string] {
  // bf16 is the upper half of an f32: a shift loses nothing and needs no device feature.
  const expressions = {
    f32: `return ${buffer}[i];`,
    bf16: `let w = ${buffer}[i]; return bitcast<vec4<f32>>(vec4<u32>(w.x << 16u, w.x & 0xffff0000u, w.y << 16u, w.y & 0xffff0000u));`,
    f16: `let w = ${buffer}[i]; return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y));`,
  };
  return ['vec4<f32>', expressions[type]];
}

/** A function that reads two neighbours, which lie in one word. */
export function loadPairFunction(name: string, buffer: string, type: Exclude<WeightDType, 'f32'>): string {
  if (isQuantised(type)) return loadQuantised(name, buffer, type, 2);
  const pair = {
    bf16: 'vec2<f32>(bitcast<f32>(w << 16u), bitcast<f32>(w & 0xffff0000u))',
    f16: 'unpack2x16float(w)',
  };
  return `fn ${name}(i: u32) -> vec2<f32> { let w = ${buffer}[i]; return ${pair[type]}; }`;
}

function load1(buffer: string, type: FloatDType): readonly [string, string] {
  const expressions = {
    f32: `return ${buffer}[i];`,
    bf16: `let w = ${buffer}[i >> 1u]; return bitcast<f32>(select(w << 16u, w & 0xffff0000u, (i & 1u) == 1u));`,
    f16: `let w = unpack2x16float(${buffer}[i >> 1u]); return select(w.x, w.y, (i & 1u) == 1u);`,
  };
  return ['f32', expressions[type]];
}

/** `count` lines made from their number. */
export function repeat(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n');
}

/** Numbers 0 … count − 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
