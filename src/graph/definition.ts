import type { GraphBuilder } from './builder.ts';
import { elementCount, type NodeOf, type OpAttributes, type OpName, type TensorType, type Value } from './types.ts';

export type Gradients = readonly (Value | undefined)[];

/** What the FLOPs of a node depend on beside its shapes. */
export interface Demand {
  /** Output i is read; one that nobody reads is not computed. */
  readonly used: readonly boolean[];
  /** Products with keys that a query cannot see are left out. */
  readonly skipsMasked: boolean;
}

/** Everything that is known of an operation, beside the kernels and entries that the executors have for it. */
export interface OpDefinition<O extends OpName> {
  /** Output types from input types. Throws a `ShapeError` in words a developer can act on. */
  infer(inputs: readonly TensorType[], attributes: OpAttributes[O]): TensorType[];
  /**
   * Gradients with respect to each input, given those of each output (undefined: that output was not used), as new
   * nodes. `needs[i]` is false where input i leads to nothing trained; the rule may then leave it out.
   * Absent: the operation is not differentiable and a gradient that reaches it is an error.
   */
  gradient?(builder: GraphBuilder, node: NodeOf<O>, outputGradients: Gradients, needs: readonly boolean[]): Gradients;
  /**
   * FLOPs of the products it computes, a multiply-add counted twice. `elementwise`: no products, about one operation for
   * each number it gives; `nothing`: no arithmetic at all.
   */
  readonly flops: 'nothing' | 'elementwise' | ((node: NodeOf<O>, demand: Demand) => number);
  /** Its output is its first input under another name or shape, in the same storage. */
  readonly sharesStorage?: true;
  /** The inputs that it writes in place; such a node stays even if nobody reads its outputs. */
  writes?(inputs: readonly Value[]): readonly Value[];
  /** It ends the forward part: nodes after it belong to the backward part. */
  readonly isLoss?: true;
  /** Cheap to compute again from values that are kept anyway, and large to keep. */
  readonly isCheap?: true;
  /** The outputs that its kernel can write straight into a gradient sum. */
  readonly accumulates?: readonly number[];
}

/** A graph that does not fit together: a defect in a model or method file, never the user's fault. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

export function requireShape(condition: boolean, explain: () => string): asserts condition {
  if (!condition) throw new ShapeError(explain());
}

export const show = (type: TensorType | undefined): string =>
  type === undefined ? 'nothing' : `${type.dtype}[${type.shape.join(', ')}]`;

/** Exactly `count` inputs (or between two counts), as a tuple-like array; throws otherwise. */
export function requireInputs(inputs: readonly TensorType[], op: string, least: number, most = least): void {
  requireShape(inputs.length >= least && inputs.length <= most, () => {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    return `${op} takes ${wanted} inputs, got ${inputs.length}`;
  });
}

export const f32 = (shape: readonly number[]): TensorType => ({ shape, dtype: 'f32' });

/** FLOPs of a product whose result has this shape, summed over `depth` multiply-adds for each number. */
export const productFlops = (shape: readonly number[], depth: number): number => 2 * elementCount(shape) * depth;
