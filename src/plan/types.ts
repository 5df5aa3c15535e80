import type { DType, ParameterKind, TensorType } from '../graph/types.ts';
import type { CostSheet } from './cost-sheet.ts';
import type { Access } from './kernels/definition.ts';
import type { KernelSpec } from './kernels.ts';

/**
 * A byte range of a GPU buffer. Buffers are named: `persistent/…` (made once, by `PersistentLayout`), `pool/0…` (the
 * transient pool, shared by all programs), `feeds` and `uniforms` (one of each a program). Offsets are multiples of 256.
 */
export interface BufferRange {
  readonly buffer: string;
  readonly offset: number;
  /** A multiple of 4. */
  readonly bytes: number;
}

export interface Binding extends BufferRange {
  readonly access: Access;
}

export interface Dispatch {
  readonly spec: KernelSpec;
  /** Equal keys mean equal shader text and access modes: one pipeline. */
  readonly pipelineKey: string;
  /** Storage bindings in the kernel's order; the uniform block is bound after them. */
  readonly bindings: readonly Binding[];
  /** Byte offset of this dispatch's block in `Plan.uniforms`, a multiple of 256, and its size. */
  readonly uniformOffset: number;
  readonly uniformBytes: number;
  readonly workgroups: readonly [number, number, number];
  /** Command buffers are cut where this number changes. */
  readonly submit: number;
  readonly scope: string;
  readonly flops: number;
  readonly bytesMoved: number;
}

/** A persistent tensor: one range, or several by rows where it is too large for one binding or buffer. */
export interface PersistentTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly kind: ParameterKind;
  readonly segments: readonly PersistentSegment[];
}

export interface PersistentSegment extends BufferRange {
  readonly rowBegin: number;
  readonly rowEnd: number;
}

export interface PersistentLayout {
  readonly tensors: ReadonlyMap<string, PersistentTensor>;
  readonly buffers: ReadonlyMap<string, { readonly bytes: number; readonly kind: ParameterKind }>;
}

export interface FeedPlan {
  readonly dtype: DType;
  readonly offset: number;
  readonly bytes: number;
}

export interface OutputPlan extends BufferRange {
  /** Where it lies in the readback buffer. */
  readonly stagingOffset: number;
}

/** From which dispatch to which a transient value has its place, both included, and how many bytes that is. */
export interface Life {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** Made before the loss and read behind it: an activation that waits for the backward pass. */
  readonly kept: boolean;
}

/** All that an executor needs to replay a program. Plain data. */
export interface Plan {
  readonly dispatches: readonly Dispatch[];
  /** The layout the plan was given, with what it names for the first time added. */
  readonly persistent: PersistentLayout;
  /** Bytes of each transient buffer, `pool/0` first. */
  readonly pool: readonly number[];
  /** Of each value in the transient buffers; not needed to carry the program out. */
  readonly lives: readonly Life[];
  /** Inputs by name in the buffer `feeds`, uploaded in one write. */
  readonly feeds: Readonly<Record<string, FeedPlan>>;
  readonly feedBytes: number;
  readonly outputs: Readonly<Record<string, OutputPlan>>;
  readonly stagingBytes: number;
  /** The uniform blocks of all dispatches; written once. */
  readonly uniforms: Uint32Array<ArrayBuffer>;
  readonly cost: CostSheet;
}
