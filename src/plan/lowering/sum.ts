import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import type { Storage } from '../storage.ts';
import type { Addend, SumAddend } from './addend.ts';
import type { Lowering } from './context.ts';
import { emitElementwise } from './elementwise.ts';
import type { Product } from './fusion.ts';
import { canPair, lowerProduct } from './matmul.ts';
import { lowerNormInput } from './normalization.ts';

/** The sum so far: where it lies, and whether the next term may be added in its place. */
interface Sum {
  readonly storage: Storage;
  readonly mayOverwrite: boolean;
}

/**
 * A sum, term by term. Products become matmuls, two in one dispatch where they can be, with the sum so far or a bias as
 * their addend; what is already computed is added first, so that a residual costs no pass of its own.
 */
export function lowerAdd(lowering: Lowering, node: NodeOf<'add'>): void {
  const { products, biased, norms, values } = lowering.fusion.termsOf(node);
  const count = elementCount(node.outputs[0]!.shape);
  let sum: Sum | undefined;
  const outFor = (): Storage => (sum?.mayOverwrite ? sum.storage : lowering.allocate(count));
  const rest = [...products];

  for (const { product, bias } of biased) {
    const addend: Addend = { kind: 'row', storage: lowering.storage(bias) };
    const out = lowering.allocate(count);
    lowerProduct(lowering, product, out, addend, takePartner(lowering, product, rest));
    lowering.release(bias);
    sum = sum === undefined ? { storage: out, mayOverwrite: true } : addStorages(lowering, sum, out, count, outFor());
  }
  for (const value of values) {
    sum = addValue(lowering, sum, value, count, outFor);
  }
  for (const norm of norms) {
    const out = outFor();
    lowerNormInput(lowering, norm, out, addendOf(sum, out));
    sum = { storage: out, mayOverwrite: true };
  }
  while (rest.length > 0) {
    const product = rest.shift()!;
    const out = outFor();
    lowerProduct(lowering, product, out, addendOf(sum, out), takePartner(lowering, product, rest));
    sum = { storage: out, mayOverwrite: true };
  }
  if (sum === undefined) throw new Error('a sum has no terms');
  lowering.place(node, 0, sum.storage);
}

function addendOf(sum: Sum | undefined, out: Storage): SumAddend {
  if (sum === undefined) return { kind: 'none' };
  return sum.storage === out ? { kind: 'self' } : { kind: 'matrix', storage: sum.storage };
}

/** Removes from `rest` the first product that can share a dispatch with this one. */
function takePartner(lowering: Lowering, product: Product, rest: Product[]): Product | undefined {
  const index = rest.findIndex((other) => canPair(lowering, product, other));
  return index < 0 ? undefined : rest.splice(index, 1)[0];
}

function addValue(lowering: Lowering, sum: Sum | undefined, value: Value, count: number, outFor: () => Storage): Sum {
  const isWhole = elementCount(value.shape) === count;
  if (sum === undefined && isWhole) {
    const mayOverwrite = lowering.overwritable(value) !== undefined;
    const storage = lowering.storage(value);
    lowering.release(value);
    return { storage, mayOverwrite };
  }
  if (sum === undefined) throw new Error('a broadcast term cannot begin a sum');
  const added = addStorages(lowering, sum, lowering.storage(value), count, outFor(), elementCount(value.shape));
  lowering.release(value);
  return added;
}

function addStorages(lowering: Lowering, sum: Sum, term: Storage, count: number, out: Storage, period = count): Sum {
  emitElementwise(lowering, {
    operation: 'add',
    operands: [sum.storage, term],
    outputs: [out],
    inPlace: out === sum.storage ? 0 : 'none',
    count,
    period,
  });
  return { storage: out, mayOverwrite: true };
}
