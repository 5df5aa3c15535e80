/** What was measured of the weights, for groups of them: of a layer, or of a row of the parameter tree. */

import { spreadsheetCsv } from '../data/csv-text.ts';
import type { Inside, ParameterRow, WeightNorms } from '../worker/protocol.ts';

export interface Moved {
  /** √Σ‖ΔW‖² ÷ √Σ‖W‖² over the trained weights whose change is known; null where there is none. */
  readonly change: number | null;
  /** Σ‖g‖² of these, of that of all; null where the gradient is gone. */
  readonly share: number | null;
}

export interface MovedLayer extends Moved {
  readonly layer: string;
}

const square = (value: number | null): number => (value ?? 0) ** 2;

function movedOf(weights: readonly WeightNorms[], allSquares: number): Moved {
  const known = weights.filter(({ change }) => change !== null);
  const length = known.reduce((sum, { norm }) => sum + square(norm), 0);
  const moved = known.reduce((sum, { change }) => sum + square(change), 0);
  const own = weights.reduce((sum, { gradient }) => sum + square(gradient), 0);
  return {
    change: length > 0 ? Math.sqrt(moved / length) : null,
    share: allSquares > 0 && weights.length > 0 ? own / allSquares : null,
  };
}

const squaresOf = ({ weights }: Inside): number => weights.reduce((sum, { gradient }) => sum + square(gradient), 0);

/** `model.layers.3` of `model.layers.3.mlp.up_proj.weight`: up to the first number; else without what kind of tensor it is. */
export const layerOf = (name: string): string =>
  /^.*?(?:^|\.)\d+(?=\.)/.exec(name)?.[0] ?? name.replace(/\.(weight|bias)$/, '');

/** By layer, in the model's order. */
export function movedLayers(look: Inside): MovedLayer[] {
  const layers = new Map<string, WeightNorms[]>();
  for (const weight of look.weights) {
    const layer = layerOf(weight.name);
    layers.set(layer, [...(layers.get(layer) ?? []), weight]);
  }
  const all = squaresOf(look);
  return [...layers].map(([layer, weights]) => ({ layer, ...movedOf(weights, all) }));
}

/** For rows of the tree: of the parameters at these indices; null where none of them was trained. */
export function movedInTree(
  look: Inside,
  parameters: readonly ParameterRow[],
): (indices: readonly number[]) => Moved | null {
  const known = new Map(look.weights.map((weight) => [weight.name, weight]));
  const all = squaresOf(look);
  return (indices) => {
    const weights = indices.flatMap((index) => known.get(parameters[index]!.name) ?? []);
    return weights.length > 0 ? movedOf(weights, all) : null;
  };
}

/** Everything that was measured in a run, a line for each weight and step. */
export function movedCsv(looks: readonly Inside[]): string {
  const head = ['step', 'name', 'gradient_norm', 'gradient_share', 'change_norm', 'weight_norm', 'change_ratio'];
  const lines = looks.flatMap((look) => {
    const all = squaresOf(look);
    return look.weights.map((weight) => {
      const { change, share } = movedOf([weight], all);
      return [look.step, weight.name, weight.gradient, share, weight.change, weight.norm, change];
    });
  });
  return spreadsheetCsv(head, lines);
}
