import { attentionKernels } from './kernels/attention.ts';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { causalConvolutionKernels } from './kernels/causal-convolution.ts';
import { columnSumKernels } from './kernels/column-sum.ts';
import { crossEntropyKernels } from './kernels/cross-entropy.ts';
import {
  elementBytes,
  type KernelBinding,
  type KernelBindings,
  type KernelDefinition,
  type UniformFields,
  type UniformType,
} from './kernels/definition.ts';
import { deltaGatesKernels } from './kernels/delta-gates.ts';
import { divergenceKernels } from './kernels/divergence.ts';
import { dropoutKernels } from './kernels/dropout.ts';
import { elementwiseKernels } from './kernels/elementwise.ts';
import { embeddingKernels } from './kernels/embedding.ts';
import { expertKernels } from './kernels/experts.ts';
import { gatedDeltaRuleKernels } from './kernels/gated-delta-rule.ts';
import { inverseNormKernels } from './kernels/inverse-norm.ts';
import { layerNormKernels } from './kernels/layer-norm.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { optimizerKernels } from './kernels/optimizer.ts';
import { piecesKernels } from './kernels/pieces.ts';
import { predictionKernels } from './kernels/prediction.ts';
import { quantiseKernels } from './kernels/quantise.ts';
import { relativeAttentionKernels } from './kernels/relative-attention.ts';
import { rmsNormKernels } from './kernels/rms-norm.ts';
import { ropeKernels } from './kernels/rope.ts';
import { slabSumKernels } from './kernels/slab-sum.ts';
import { stateKernels } from './kernels/state.ts';
import { streamKernels } from './kernels/streams.ts';
import { windowKernels } from './kernels/window.ts';

/** The kernels there are, by family: what the plan asks for and `webgpu/kernels/` generates. */
const kernels = {
  ...matmulKernels,
  ...elementwiseKernels,
  ...columnSumKernels,
  ...slabSumKernels,
  ...inverseNormKernels,
  ...rmsNormKernels,
  ...layerNormKernels,
  ...piecesKernels,
  ...ropeKernels,
  ...attentionKernels,
  ...relativeAttentionKernels,
  ...embeddingKernels,
  ...dropoutKernels,
  ...crossEntropyKernels,
  ...divergenceKernels,
  ...predictionKernels,
  ...stateKernels,
  ...optimizerKernels,
  ...quantiseKernels,
  ...windowKernels,
  ...batchNormKernels,
  ...causalConvolutionKernels,
  ...deltaGatesKernels,
  ...gatedDeltaRuleKernels,
  ...expertKernels,
  ...streamKernels,
};

type Kernels = typeof kernels;

export type KernelName = keyof Kernels;

/** What a dispatch says of its kernel's shader; the name alone where there is but one shader. */
export type KernelSpec = {
  [K in KernelName]: { readonly kernel: K } & Parameters<Kernels[K]['bindings']>[0];
}[KernelName];

export type SpecOf<K extends KernelName> = Extract<KernelSpec, { readonly kernel: K }>;

export type Uniforms<K extends KernelName> = { readonly [F in keyof Kernels[K]['uniforms']]: number };

type Bindings<K extends KernelName> = ReturnType<Kernels[K]['bindings']>;

type Optional<T> = { [N in keyof T]: undefined extends T[N] ? N : never }[keyof T];

/** One thing for each storage buffer of a kernel, by name; those that only some variants have may be left out. */
export type Named<K extends KernelName, T> = {
  readonly [N in Exclude<keyof Bindings<K>, Optional<Bindings<K>>>]: T;
} & { readonly [N in Optional<Bindings<K>>]?: T | undefined };

type AnyDefinition = KernelDefinition<KernelSpec, UniformFields, KernelBindings>;

const definitionOf = (kernel: KernelName): AnyDefinition => kernels[kernel] as AnyDefinition;

/** A storage buffer of a kernel, and what is given for it. */
export interface Given<T> {
  readonly name: string;
  readonly binding: KernelBinding;
  readonly value: T;
}

/** The storage buffers of a kernel, in order. */
export function bindingsOf(spec: KernelSpec): (KernelBinding & { readonly name: string })[] {
  const bindings = Object.entries(definitionOf(spec.kernel).bindings(spec));
  return bindings.flatMap(([name, binding]) => (binding === undefined ? [] : [{ ...binding, name }]));
}

/** Puts what is given for each storage buffer in the kernel's order. Throws where a buffer has nothing, or is not there. */
export function inOrder<K extends KernelName, T>(spec: SpecOf<K>, given: Named<K, T>): Given<T>[] {
  const values = given as Readonly<Record<string, T | undefined>>;
  const bindings = definitionOf(spec.kernel).bindings(spec);
  const ordered: Given<T>[] = [];
  let unfit = false;
  for (const name in bindings) {
    const [binding, value] = [bindings[name], values[name]];
    if (binding !== undefined && value !== undefined) ordered.push({ name, binding, value });
    else if (binding !== undefined || value !== undefined) unfit = true;
  }
  for (const name in values) if (!(name in bindings) && values[name] !== undefined) unfit = true;
  if (!unfit) return ordered;
  const [wanted, got] = [bindings, values].map((named) =>
    Object.keys(named).filter((name) => named[name] !== undefined),
  );
  throw new Error(`${spec.kernel} binds ${wanted!.join(', ')}, got ${got!.join(', ')}`);
}

/** The uniform field that says where the work begins in a storage buffer, if there is one. */
export const offsetField = ({ kernel }: KernelSpec, binding: string): string | undefined =>
  definitionOf(kernel).offsets?.[binding];

const texts = new WeakMap<KernelSpec, string>();

/** Equal texts mean equal shader text. A plan asks again and again for those of thousands of dispatches. */
export function specText(spec: KernelSpec): string {
  const known = texts.get(spec);
  if (known !== undefined) return known;
  const text = JSON.stringify(spec);
  texts.set(spec, text);
  return text;
}

/** Equal keys mean equal shader text and access modes. */
export const pipelineKey = (spec: KernelSpec, bindings: readonly Pick<KernelBinding, 'access'>[]): string =>
  `${specText(spec)} ${bindings.map(({ access }) => (access === 'read' ? 'r' : 'w')).join('')}`;

/** A plan asks for the fields of thousands of blocks, so they are listed once. */
const fields = Object.fromEntries(
  Object.entries(kernels).map(([kernel, { uniforms }]) => [kernel, Object.entries<UniformType>(uniforms)]),
);

/** Name and type of each field of a kernel's uniform block, in order. */
export const uniformFields = (kernel: KernelName): readonly (readonly [string, UniformType])[] => fields[kernel]!;

/** How many uniform blocks, one after the other, a kernel reads. */
export const uniformSegments = (spec: KernelSpec): number => definitionOf(spec.kernel).segments?.(spec) ?? 1;

/** Bytes of one uniform block; blocks of an array must stand at multiples of 16. */
export const uniformBlockBytes = (kernel: KernelName): number => Math.ceil(uniformFields(kernel).length / 4) * 16;

/** The least bytes of each binding, the uniform block last: what WebGPU calls `minBindingSize`. */
export function leastBindingBytes(spec: KernelSpec): number[] {
  const segments = uniformSegments(spec);
  const uniformBytes = segments > 1 ? segments * uniformBlockBytes(spec.kernel) : 4 * uniformFields(spec.kernel).length;
  return [...bindingsOf(spec).map(elementBytes), uniformBytes];
}
