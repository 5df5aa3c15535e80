import { type DType, isQuantised } from '../../graph/types.ts';

export type Access = 'read' | 'read_write';

/** A storage buffer of a kernel: an array of values, or of vectors of them. */
export interface KernelBinding {
  /** What the kernel does. The plan may bind what is only read for writing, too (see `KernelDefinition`). */
  readonly access: Access;
  readonly dtype: DType;
  readonly vector: 1 | 2 | 4;
}

/** A binding that the kernel only reads. */
export const reads = (dtype: DType, vector: KernelBinding['vector'] = 1): KernelBinding => ({
  access: 'read',
  dtype,
  vector,
});

/** A binding that the kernel writes, and may read. */
export const writes = (dtype: DType, vector: KernelBinding['vector'] = 1): KernelBinding => ({
  access: 'read_write',
  dtype,
  vector,
});

/** Words of 32 bits in an element: 16-bit values lie packed, the first of each pair in the low half; blocks are words. */
function elementWords({ dtype, vector }: KernelBinding): number {
  if (isQuantised(dtype)) return 1;
  return dtype === 'bf16' || dtype === 'f16' ? Math.ceil(vector / 2) : vector;
}

/** The WGSL type of an element. */
export function elementType(binding: KernelBinding): string {
  const { dtype } = binding;
  const scalar = dtype === 'f32' || dtype === 'i32' ? dtype : 'u32';
  const words = elementWords(binding);
  return words === 1 ? scalar : `vec${words}<${scalar}>`;
}

export const elementBytes = (binding: KernelBinding): number => 4 * elementWords(binding);

export type UniformType = 'u32' | 'f32';

export type UniformFields = Readonly<Record<string, UniformType>>;

export type KernelBindings = Readonly<Record<string, KernelBinding | undefined>>;

/**
 * What the plan and the generators must know of a kernel. A spec holds only what changes the shader's text; sizes are
 * data in a uniform block, so that programs of different lengths share pipelines.
 *
 * The plan decides for each dispatch what is bound for writing, because a buffer must not be bound both ways in one: all
 * that the kernel writes, and what it reads from the same buffer. It is part of the pipeline's key. All indices and sizes
 * are in values unless said otherwise. Kernels over a flat range of elements (elementwise, rope, dropout, fill …) run 64
 * threads a workgroup; their workgroup number is y · num_workgroups.x + x.
 */
export interface KernelDefinition<Spec, Fields extends UniformFields, Bindings extends KernelBindings> {
  /** The uniform block: fields in order, four bytes each. It is bound after the storage buffers. */
  readonly uniforms: Fields;
  /** The storage buffers in order; undefined where this variant has none of that name. */
  bindings(spec: Spec): Bindings;
  /** How many uniform blocks, one after the other, it reads, where it is not one. */
  segments?(spec: NoInfer<Spec>): number;
  /** The uniform fields that say at which value of a buffer the work begins; in others it begins at the first. */
  readonly offsets?: { readonly [Name in keyof NoInfer<Bindings>]?: keyof NoInfer<Fields> };
}

/** A definition with its types as it says them. */
export const kernel = <Spec, const Fields extends UniformFields, Bindings extends KernelBindings>(
  definition: KernelDefinition<Spec, Fields, Bindings>,
): KernelDefinition<Spec, Fields, Bindings> => definition;

/** Sizes of kernels that take rows. */
export const rowUniforms = { rows: 'u32', width: 'u32' } as const;

/** Sizes of kernels that sum columns over chunks of rows: threads 64 over columns (x), chunks in y. */
export const columnUniforms = { rows: 'u32', columns: 'u32', rowsPerChunk: 'u32' } as const;

/** Segments that the uniform block of a grouped dispatch has room for. */
export const maxSegments = 6;

/** A block for each piece of work of a grouped dispatch. */
export const groupSegments = ({ grouping }: { readonly grouping: string }): number =>
  grouping === 'parts' || grouping === 'terms' ? maxSegments : 1;
