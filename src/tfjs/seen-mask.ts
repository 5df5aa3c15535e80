import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { AttentionAttributes, Value } from '../graph/types.ts';
import { keyOf, type Run } from './run.ts';

/** Far below every score, and still finite, so that a row that sees nothing gives no NaN. */
export const HIDDEN = -1e30;

/** 1 where a query sees a key, else 0: [batch, 1, queries, keys]. */
export function seenMask(
  { batch, queries, keys }: Pick<AttentionAttributes, 'batch'> & { readonly queries: number; readonly keys: number },
  keyRange: Value,
  run: Run,
): Tensor {
  return run.sharedTensor(`mask ${keyOf(keyRange)} ${keys}`, () => {
    const ranges = run.fed(keyRange);
    const mask = new Float32Array(batch * queries * keys);
    for (let row = 0; row < batch * queries; row++)
      mask.fill(1, row * keys + Math.max(0, ranges[2 * row]!), row * keys + Math.min(keys, ranges[2 * row + 1]!));
    return tensor(mask, [batch, 1, queries, keys]);
  });
}
