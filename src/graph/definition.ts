import type { GraphBuilder } from './builder.ts';
import type { NodeOf, OpAttributes, OpName, TensorType, Value } from './types.ts';

export type Gradients = readonly (Value | undefined)[];

/** What an operation must say of itself, beside its kernels. */
export interface OpDefinition<O extends OpName> {
  /** Output types from input types. Throws a `ShapeError` in words a developer can act on. */
  infer(inputs: readonly TensorType[], attributes: OpAttributes[O]): TensorType[];
  /**
   * Gradients with respect to each input, given those of each output (undefined: that output was not used), as new
   * nodes. `needs[i]` is false where input i leads to nothing trained; the rule may then leave it out.
   * Absent: the operation is not differentiable and a gradient that reaches it is an error.
   */
  gradient?(builder: GraphBuilder, node: NodeOf<O>, outputGradients: Gradients, needs: readonly boolean[]): Gradients;
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
