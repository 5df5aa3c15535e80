import {
  type GatedDeltaRuleAttributes,
  gatedDeltaInputs,
  gatedDeltaSizes,
  type NodeOf,
  type Value,
} from '../../graph/types.ts';
import type { Storage } from '../storage.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

function sizesOf(lowering: Lowering, inputs: readonly Value[], attributes: GatedDeltaRuleAttributes) {
  const named = gatedDeltaInputs(inputs);
  const sizes = gatedDeltaSizes(named, attributes);
  const { rows, heads, keyWidth, valueWidth } = sizes;
  const { batch, keyHeads } = attributes;
  const product = 2 * rows * heads * keyWidth * valueWidth;
  return {
    ...sizes,
    product,
    widths: { keyWidth, valueWidth },
    uniforms: { batch, length: rows / batch, heads, keyHeads },
    /** A thread for each column of each state, and for each row of the states of a key head. */
    columns: flatWorkgroups(batch * heads * valueWidth, lowering.profile),
    stateRows: flatWorkgroups(batch * keyHeads * keyWidth, lowering.profile),
  };
}

type Sizes = ReturnType<typeof sizesOf>;

function lowerGates(lowering: Lowering, inputs: readonly Value[], { rows, heads, uniforms }: Sizes): Storage {
  const { g, beta, starts } = gatedDeltaInputs(inputs);
  const gates = lowering.allocate(2 * rows * heads);
  lowering.emit<'gated_delta_gates'>({
    spec: { kernel: 'gated_delta_gates' },
    storages: { g: lowering.storage(g), beta: lowering.storage(beta), starts: lowering.storage(starts), gates },
    uniforms,
    workgroups: flatWorkgroups(rows * heads, lowering.profile),
    flops: rows * heads,
  });
  return gates;
}

export function lowerGatedDeltaRule(lowering: Lowering, node: NodeOf<'gated_delta_rule'>): void {
  const { q, k, v, before } = gatedDeltaInputs(node.inputs);
  const sizes = sizesOf(lowering, node.inputs, node.attributes);
  const [output, after, errors] = [0, 1, 2].map((index) => lowering.isUsed(node, index)) as [boolean, boolean, boolean];
  const gates = lowerGates(lowering, node.inputs, sizes);
  lowering.emit<'gated_delta_rule'>({
    spec: {
      kernel: 'gated_delta_rule',
      ...sizes.widths,
      vec4: sizes.keyWidth % 4 === 0,
      continues: before !== undefined,
      ...{ output, errors, after },
    },
    storages: {
      q: output ? lowering.storage(q) : undefined,
      k: lowering.storage(k),
      v: lowering.storage(v),
      gates,
      before: before && lowering.storage(before),
      y: output ? lowering.define(node, 0) : undefined,
      errors: errors ? lowering.define(node, 2) : undefined,
      after: after ? lowering.define(node, 1) : undefined,
    },
    uniforms: sizes.uniforms,
    workgroups: sizes.columns,
    flops: 3 * sizes.product,
  });
  for (const input of node.inputs) lowering.release(input);
}

export function lowerGatedDeltaRuleBackward(lowering: Lowering, node: NodeOf<'gated_delta_rule_backward'>): void {
  const [dyValue, yValue, errorsValue, ...inputs] = node.inputs as [Value, Value, Value, ...Value[]];
  const named = gatedDeltaInputs(inputs);
  const sizes = sizesOf(lowering, inputs, node.attributes);
  const { rows, heads, keyWidth, valueWidth, widths, uniforms, product } = sizes;
  const stored = (value: Value): Storage => lowering.storage(value);
  const [dy, y, errors, q, k, v] = [dyValue, yValue, errorsValue, named.q, named.k, named.v].map(stored) as [
    Storage,
    Storage,
    Storage,
    Storage,
    Storage,
    Storage,
  ];
  /** A place for an output, also where nobody reads it but a kernel of this node. */
  const output = (index: number, elements: number): Storage =>
    lowering.isUsed(node, index) ? lowering.define(node, index) : lowering.allocate(elements);
  const gates = lowerGates(lowering, inputs, sizes);
  const dUpdates = lowering.allocate(rows * heads * valueWidth);
  const dv = output(2, rows * heads * valueWidth);
  const before = lowering.isUsed(node, 5);
  lowering.emit<'gated_delta_error_gradient'>({
    spec: { kernel: 'gated_delta_error_gradient', ...widths, vec4: keyWidth % 4 === 0, before },
    storages: { q, k, dy, gates, dUpdates, dv, dBefore: before ? lowering.define(node, 5) : undefined },
    uniforms,
    workgroups: sizes.columns,
    flops: 3 * product,
  });
  if (lowering.isUsed(node, 0) || lowering.isUsed(node, 1)) {
    const [dq, dk] = [0, 1].map((index) => output(index, rows * node.attributes.keyHeads * keyWidth)) as [
      Storage,
      Storage,
    ];
    const rowForm = { ...widths, vec4: valueWidth % 4 === 0 };
    lowering.emit<'gated_delta_query_gradient'>({
      spec: { kernel: 'gated_delta_query_gradient', ...rowForm, continues: named.before !== undefined },
      storages: { k, gates, errors, dy, dv, before: named.before && stored(named.before), dq, dk },
      uniforms,
      workgroups: sizes.stateRows,
      flops: 3 * product,
    });
    if (lowering.isUsed(node, 1))
      lowering.emit<'gated_delta_key_gradient'>({
        spec: { kernel: 'gated_delta_key_gradient', ...rowForm },
        storages: { q, k, gates, errors, dy, dv, dk },
        uniforms,
        workgroups: sizes.stateRows,
        flops: 3 * product,
      });
  }
  if (lowering.isUsed(node, 3) || lowering.isUsed(node, 4)) {
    const products = lowering.allocate(rows * heads);
    lowering.emit<'gated_delta_gate_products'>({
      spec: { kernel: 'gated_delta_gate_products' },
      storages: { dy, y, errors, v, dUpdates, dv, dBeta: output(4, rows * heads), products },
      uniforms: { count: rows * heads, width: valueWidth },
      workgroups: flatWorkgroups(rows * heads, lowering.profile),
      flops: 6 * rows * heads * valueWidth,
    });
    if (lowering.isUsed(node, 3))
      lowering.emit<'gated_delta_decay_gradient'>({
        spec: { kernel: 'gated_delta_decay_gradient' },
        storages: { products, starts: stored(named.starts), dg: lowering.define(node, 3) },
        uniforms,
        workgroups: flatWorkgroups(node.attributes.batch * heads, lowering.profile),
        flops: rows * heads,
      });
  }
  for (const input of node.inputs) lowering.release(input);
}
