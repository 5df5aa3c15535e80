import type { ParameterRow, ParameterState } from '../worker/protocol.ts';

/** Of the parameters of a layer, by their number: which part is trained itself, and which carries an adapter. */
export interface LayerShare {
  readonly trained: number;
  readonly adapted: number;
}

export function layerShares(
  parameters: readonly ParameterRow[],
  layers: number,
  states: readonly ParameterState[],
): LayerShare[] {
  const sums = Array.from({ length: layers }, () => ({ size: 0, train: 0, adapter: 0 }));
  parameters.forEach(({ layer, size }, index) => {
    const sum = layer === null ? undefined : sums[layer];
    if (!sum) return;
    sum.size += size;
    const state = states[index] ?? 'frozen';
    if (state !== 'frozen') sum[state] += size;
  });
  return sums.map(({ size, train, adapter }) => ({ trained: train / (size || 1), adapted: adapter / (size || 1) }));
}

/** Layers beside each other of which the same is trained. */
export function stretches(
  layers: readonly LayerShare[],
): { readonly from: number; readonly to: number; readonly share: LayerShare }[] {
  const found: { from: number; to: number; share: LayerShare }[] = [];
  layers.forEach((share, index) => {
    const last = found.at(-1);
    if (last && last.share.trained === share.trained && last.share.adapted === share.adapted) last.to = index;
    else found.push({ from: index, to: index, share });
  });
  return found;
}
