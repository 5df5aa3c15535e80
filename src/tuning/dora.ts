/** DoRA (arXiv 2402.09353): LoRA whose result has a learned length for each output, as PEFT computes it. */
import type { Value } from '../graph/types.ts';
import { rowNorms } from './initial.ts';
import { gramOf, type LoraModule, loraMatrices, mergeLora, update } from './lora-module.ts';
import { scaleMatrix } from './merge.ts';
import type { AdapterParameter, Change, ChangeTools, ReadValues, SeamTools } from './method.ts';

export const magnitudeName = (module: string): string => `${module}.lora_magnitude_vector`;

/** m [out], at first the lengths of the rows of W. */
export const magnitudeParameter = (
  path: string,
  { outFeatures, transposed }: LoraModule,
  learningRateFactor: number,
): AdapterParameter => ({
  name: magnitudeName(path),
  shape: [outFeatures],
  init: { kind: 'row-norms', of: `${path}.weight`, transposed },
  learningRateFactor,
});

/**
 * g ⊙ (x·Wᵀ + s·BA·x) + bias, g = m / ‖W + s·BA‖ by row, the norm a constant to gradients. Where x loses values d to
 * dropout, W too sees what is left: x·Wᵀ − d(x)·Wᵀ + g ⊙ (d(x)·Wᵀ + s·BA·d(x)) + bias, at the price of a second product.
 */
export function applyDora(tools: SeamTools, path: string, module: LoraModule, x: Value): Value {
  const { builder, seed } = tools;
  const { a, b } = loraMatrices(tools, path, module);
  const magnitude = builder.parameter(magnitudeName(path), { shape: [module.outFeatures], dtype: 'f32' }, 'trained');
  const norm = builder.inverseNorm(tools.weight(path), a, b, module.scale, module.transposed);
  const factors = builder.mul(magnitude, norm);
  const kept = seed === undefined ? x : builder.dropout(x, seed, module.dropout, `${path}/lora_dropout`);
  const scaled = builder.mul(builder.add(tools.product(path, kept), update(tools, path, module, kept)), factors);
  if (kept === x) return tools.addBias(path, scaled);
  const lost = builder.add(x, builder.neg(kept));
  return tools.addBias(path, builder.add(tools.product(path, lost), scaled));
}

/**
 * ‖g ⊙ (W + s·BA) − W‖², by row (g−1)²‖w‖² + 2(g−1)g·s⟨Aw, b⟩ + g²s²·b(AAᵀ)bᵀ: only g−1 is a difference of numbers that
 * are alike, so that a change below a millionth of W is lost in rounding.
 */
export function doraChange(tools: ChangeTools, path: string, module: LoraModule): Change {
  const { builder } = tools;
  const { rank, scale, transposed, outFeatures } = module;
  const { a, b } = loraMatrices(tools, path, module);
  const weight = tools.weight(path);
  const magnitude = builder.parameter(magnitudeName(path), { shape: [outFeatures], dtype: 'f32' }, 'trained');
  const turned = builder.matmul(tools.identity(rank), b, { transposeB: true });
  const along = (x: Value): Value => builder.reduceSum(builder.mul(x, turned), 1);
  const outputs = {
    inverse: builder.inverseNorm(weight, a, b, 0, transposed),
    factors: builder.mul(magnitude, builder.inverseNorm(weight, a, b, scale, transposed)),
    cross: along(tools.product(path, a)),
    own: along(builder.matmul(gramOf(builder, a, true), b, { transposeB: true })),
  };
  return {
    outputs,
    squared: ({ inverse, factors, cross, own }) =>
      factors!.reduce((sum, g, row) => {
        const longer = ((g - 1) / inverse![row]!) ** 2;
        return sum + longer + 2 * (g - 1) * g * scale * cross![row]! + (g * scale) ** 2 * own![row]!;
      }, 0),
  };
}

/** g ⊙ (W + s·BA). */
export async function mergeDora(path: string, module: LoraModule, weight: Float32Array, read: ReadValues) {
  const adapted = await mergeLora(path, module, weight, read);
  const magnitude = await read(magnitudeName(path));
  const norms = rowNorms(adapted, module.outFeatures, module.transposed);
  const factors = magnitude.map((value, row) => value / norms[row]!);
  return scaleMatrix(adapted, factors, !module.transposed);
}
