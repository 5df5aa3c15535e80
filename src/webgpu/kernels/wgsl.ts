import { isQuantised } from '../../graph/types.ts';
import {
  bindingNames,
  type FloatType,
  type KernelSpec,
  kernelUniforms,
  uniformBlockBytes,
  uniformSegments,
  type WeightType,
} from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { loadQuantised } from './quantised.ts';

/** Bytes of each type that a storage binding may be an array of. */
const elementBytes = {
  f32: 4,
  i32: 4,
  u32: 4,
  'vec2<f32>': 8,
  'vec2<i32>': 8,
  'vec2<u32>': 8,
  'vec4<f32>': 16,
} as const;

export type ElementType = keyof typeof elementBytes;

/** Variable name and element type of each storage binding, in the order of `bindingNames`. */
export type StorageBindings = readonly (readonly [name: string, elementType: ElementType])[];

export interface ShaderParts {
  readonly spec: KernelSpec;
  readonly access: readonly Access[];
  readonly bindings: StorageBindings;
  /** What the shader must enable. */
  readonly extensions?: readonly string[];
  readonly workgroupSize: readonly [number, number, number];
  /** Functions and workgroup variables. */
  readonly declarations?: string;
  readonly body: string;
}

export interface Shader {
  readonly code: string;
  /** The least bytes of each binding, the uniform block last: what WebGPU calls `minBindingSize`. */
  readonly bindingBytes: readonly number[];
}

/**
 * A whole shader: the uniform block `dims` (or the array of blocks `segments`), the bindings with the access modes of
 * the plan, and `main` with `group` (workgroup number), `local` (thread in it) and `groups` (how many) at hand.
 */
export function shader(parts: ShaderParts): Shader {
  const { spec, access, bindings, workgroupSize, extensions = [], declarations = '', body } = parts;
  const names = bindingNames(spec);
  if (names.length !== bindings.length || names.length !== access.length)
    throw new Error(
      `${spec.kernel}: ${names.length} bindings, ${bindings.length} types, ${access.length} access modes`,
    );
  const fields = Object.entries(kernelUniforms[spec.kernel]).map(([name, type]) => `  ${name}: ${type},`);
  const segments = uniformSegments(spec);
  const storage = bindings.map(
    ([name, type], i) => `@group(0) @binding(${i}) var<storage, ${access[i]}> ${name}: array<${type}>;`,
  );
  // The alignment makes the struct fit to stand in an array of uniform data.
  const code = `${extensions.map((name) => `enable ${name};\n`).join('')}struct Dims {
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
  const uniformBytes = segments > 1 ? segments * uniformBlockBytes(spec.kernel) : fields.length * 4;
  return { code, bindingBytes: [...bindings.map(([, type]) => elementBytes[type]), uniformBytes] };
}

/** Number of a thread in kernels over a flat range of elements, 64 a workgroup. */
export const flatIndex = '(group.y * groups.x + group.x) * 64u + local.x';
/** Number of a workgroup where each takes one row, or one block of rows. */
export const flatGroup = 'group.y * groups.x + group.x';

/** How a float tensor is declared: 16-bit values lie packed, the first of each pair in the low half. */
export function storageType(type: WeightType, vec4: boolean): ElementType {
  if (isQuantised(type)) return 'u32';
  if (type === 'f32') return vec4 ? 'vec4<f32>' : 'f32';
  return vec4 ? 'vec2<u32>' : 'u32';
}

/** A function that reads one value (or four, by number of the group of four) of a float tensor as f32. */
export function loadFunction(name: string, buffer: string, type: WeightType, vec4: boolean): string {
  if (isQuantised(type)) return loadQuantised(name, buffer, type, vec4 ? 4 : 1);
  const [result, expression] = vec4 ? load4(buffer, type) : load1(buffer, type);
  return `fn ${name}(i: u32) -> ${result} { ${expression} }`;
}

function load4(buffer: string, type: FloatType): readonly [string, string] {
  // bf16 is the upper half of an f32: a shift loses nothing and needs no device feature.
  const expressions = {
    f32: `return ${buffer}[i];`,
    bf16: `let w = ${buffer}[i]; return bitcast<vec4<f32>>(vec4<u32>(w.x << 16u, w.x & 0xffff0000u, w.y << 16u, w.y & 0xffff0000u));`,
    f16: `let w = ${buffer}[i]; return vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y));`,
  };
  return ['vec4<f32>', expressions[type]];
}

/** A function that reads two neighbours, which lie in one word. */
export function loadPairFunction(name: string, buffer: string, type: Exclude<WeightType, 'f32'>): string {
  if (isQuantised(type)) return loadQuantised(name, buffer, type, 2);
  const pair = {
    bf16: 'vec2<f32>(bitcast<f32>(w << 16u), bitcast<f32>(w & 0xffff0000u))',
    f16: 'unpack2x16float(w)',
  };
  return `fn ${name}(i: u32) -> vec2<f32> { let w = ${buffer}[i]; return ${pair[type]}; }`;
}

function load1(buffer: string, type: FloatType): readonly [string, string] {
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
