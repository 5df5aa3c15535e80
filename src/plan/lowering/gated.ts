import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import type { Storage } from '../storage.ts';
import type { Lowering } from './context.ts';
import { emitElementwise, lowerElementwise } from './elementwise.ts';
import type { GatedSide } from './fusion.ts';
import { canPair, type GatedStorages, hasWholeFactor, lowerProduct } from './matmul.ts';

/** f(gate)·up: where it computes the gate itself, as the epilogue of that product. */
export function lowerGated(lowering: Lowering, node: NodeOf<'gated_activation'>): void {
  const side = lowering.fusion.sideOf(node);
  if (side === undefined) {
    lowerElementwise(lowering, node);
    return;
  }
  const [gate, up] = node.inputs as [Value, Value];
  if (!isOneDispatch(lowering, side)) {
    lowering.place(gate.node, gate.index, sumOf(lowering, side));
    lowerElementwise(lowering, node);
    return;
  }
  const { keeps } = side;
  const epilogue = { of: 'gate', activation: node.attributes.activation, keeps } as const;
  const kept = keeps ? lowering.define(gate.node, gate.index) : undefined;
  lowerSide(lowering, side, lowering.define(node), { epilogue, gate: kept, up: lowering.storage(up) });
  for (const input of node.inputs) lowering.release(input);
}

/** (gate, up, dy) → (dGate, dUp): where it computes dy itself, as the epilogue of that product, over gate and up. */
export function lowerGatedBackward(lowering: Lowering, node: NodeOf<'gated_activation_backward'>): void {
  const [gate, up, dy] = node.inputs as [Value, Value, Value];
  const { activation } = node.attributes;
  const count = elementCount(gate.shape);
  const [gatePlace, upPlace] = [lowering.overwritable(gate), lowering.overwritable(up)];
  const inPlace = gatePlace !== undefined && upPlace !== undefined;
  const outputs = inPlace ? [gatePlace, upPlace] : [lowering.allocate(count), lowering.allocate(count)];
  const operands = [lowering.storage(gate), lowering.storage(up)];
  const side = lowering.fusion.sideOf(node);
  if (side !== undefined && inPlace && isOneDispatch(lowering, side)) {
    const epilogue = { of: 'gradient', activation, keeps: false } as const;
    lowerSide(lowering, side, gatePlace, { epilogue, gate: gatePlace, up: upPlace });
  } else {
    emitElementwise(lowering, {
      operation: node.op,
      activation,
      operands: [...operands, side === undefined ? lowering.storage(dy) : sumOf(lowering, side)],
      outputs,
      inPlace: inPlace ? 0 : 'none',
      count,
    });
  }
  outputs.forEach((storage, index) => {
    lowering.place(node, index, storage);
  });
  for (const input of node.inputs) lowering.release(input);
}

function isOneDispatch(lowering: Lowering, { products: [first, second] }: GatedSide): boolean {
  if (first!.node.attributes.transposeA) return false;
  return second === undefined ? hasWholeFactor(lowering, first!) : canPair(lowering, first!, second);
}

function lowerSide(lowering: Lowering, { products }: GatedSide, out: Storage, gated: GatedStorages): void {
  lowerProduct(lowering, products[0]!, out, { kind: 'none' }, products[1], gated);
}

/** The side by itself, where it takes more than one dispatch. */
function sumOf(lowering: Lowering, { value, products }: GatedSide): Storage {
  const out = lowering.allocate(elementCount(value.shape));
  for (const [index, product] of products.entries())
    lowerProduct(lowering, product, out, { kind: index === 0 ? 'none' : 'self' });
  return out;
}
