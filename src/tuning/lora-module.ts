/** One module that a low-rank update goes to: its matrices, what they add, and what they merge to. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { mergeProduct } from './merge.ts';
import type { Change, ChangeTools, ReadValues, SeamTools } from './method.ts';

export interface LoraModule {
  /** Rows of A and columns of B. */
  readonly rank: number;
  /** PEFT's r: more than the rank where a decomposition of the weight, which A and B began as, had no more to give. */
  readonly r: number;
  readonly alpha: number;
  /** alpha / r, or alpha / √r (rsLoRA). */
  readonly scale: number;
  readonly dropout: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The weight lies as [in, out]. */
  readonly transposed: boolean;
  /** It is the token embedding: its input is one of `inFeatures` tokens. */
  readonly embeds: boolean;
}

export const loraAName = (module: string): string => `${module}.lora_A.weight`;
export const loraBName = (module: string): string => `${module}.lora_B.weight`;

/** A and B as they lie in their buffers. */
export function loraMatrices(
  { builder }: Pick<SeamTools, 'builder'>,
  path: string,
  module: LoraModule,
): { a: Value; b: Value } {
  const matrix = (name: string, shape: readonly number[]): Value =>
    builder.parameter(name, { shape, dtype: 'f32' }, 'trained');
  return {
    a: matrix(loraAName(path), [module.rank, module.inFeatures]),
    b: matrix(loraBName(path), [module.outFeatures, module.rank]),
  };
}

/** scale · B(A(x)), without what it is added to. */
export function update(tools: SeamTools, path: string, module: LoraModule, x: Value): Value {
  const { narrow, wide } = factors(tools, path, module, x);
  return tools.builder.matmul(narrow, wide, { transposeB: true });
}

/** AAᵀ [rank, rank] of a [rank, in], or BᵀB of b [out, rank]. */
export const gramOf = (builder: GraphBuilder, x: Value, rankFirst: boolean): Value =>
  builder.matmul(x, x, rankFirst ? { transposeB: true } : { transposeA: true });

/** ‖scale · BA‖² = scale² · tr((BᵀB)(AAᵀ)). */
export const productChange = (builder: GraphBuilder, gramB: Value, gramA: Value, scale: number): Change => ({
  outputs: { trace: builder.reduceSum(builder.mul(gramB, gramA), 2) },
  squared: ({ trace }) => scale ** 2 * trace![0]!,
});

/** ‖scale · BA‖² of a module. */
export function loraChange(tools: ChangeTools, path: string, module: LoraModule): Change {
  const { a, b } = loraMatrices(tools, path, module);
  return productChange(tools.builder, gramOf(tools.builder, b, false), gramOf(tools.builder, a, true), module.scale);
}

/** scale · A(x) and B, whose product is the update. */
export function factors(tools: SeamTools, path: string, module: LoraModule, x: Value): { narrow: Value; wide: Value } {
  const { a, b } = loraMatrices(tools, path, module);
  return { narrow: tools.builder.scale(tools.builder.matmul(x, a, { transposeB: true }), module.scale), wide: b };
}

/** W + scale · BA. */
export async function mergeLora(path: string, module: LoraModule, weight: Float32Array, read: ReadValues) {
  return mergeProduct(weight, await read(loraBName(path)), await read(loraAName(path)), module);
}
