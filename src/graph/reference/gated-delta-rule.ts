import { type GatedDeltaRuleAttributes, gatedDeltaInputs, gatedDeltaSizes, type Value } from '../types.ts';
import type { Reference } from './interpret.ts';

/** Where the numbers of a head lie, and the states S of one head of a sequence: [length + 1][keyWidth · valueWidth]. */
function layoutOf(inputs: readonly Value[], values: readonly Float64Array[], attributes: GatedDeltaRuleAttributes) {
  const sizes = gatedDeltaSizes(gatedDeltaInputs(inputs), attributes);
  const { rows, heads, keyWidth, valueWidth } = sizes;
  const [, k, v, g, beta, starts, before] = values as Float64Array[];
  const length = rows / attributes.batch;
  const size = keyWidth * valueWidth;
  const keyAt = (row: number, head: number): number =>
    (row * attributes.keyHeads + Math.floor((head * attributes.keyHeads) / heads)) * keyWidth;
  const valueAt = (row: number, head: number): number => (row * heads + head) * valueWidth;
  const isStart = (sequence: number, t: number): boolean => starts![sequence * length + t] === t;
  /** S′ and S of every row, and the errors. */
  const scan = (sequence: number, head: number) => {
    const first = (sequence * heads + head) * size;
    let state = before ? before.slice(first, first + size) : new Float64Array(size);
    return Array.from({ length }, (_, t) => {
      const row = sequence * length + t;
      const decay = isStart(sequence, t) ? 0 : Math.exp(g![row * heads + head]!);
      const decayed = state.map((each) => each * decay);
      const errors = Float64Array.from({ length: valueWidth }, (_, j) => {
        let predicted = 0;
        for (let d = 0; d < keyWidth; d++) predicted += k![keyAt(row, head) + d]! * decayed[d * valueWidth + j]!;
        return v![valueAt(row, head) + j]! - predicted;
      });
      const update = beta![row * heads + head]!;
      state = decayed.map(
        (each, i) => each + k![keyAt(row, head) + Math.floor(i / valueWidth)]! * update * errors[i % valueWidth]!,
      );
      return { row, decay, decayed, errors, update, state };
    });
  };
  return { ...sizes, size, keyAt, valueAt, scan };
}

export const gated_delta_rule: Reference<'gated_delta_rule'> = (node, values) => {
  const { batch } = node.attributes;
  const { heads, size, valueWidth, keyAt, valueAt, scan } = layoutOf(node.inputs, values, node.attributes);
  const q = values[0]!;
  const [y, errors] = [new Float64Array(values[2]!.length), new Float64Array(values[2]!.length)];
  const after = new Float64Array(batch * heads * size);
  for (let index = 0; index < batch * heads; index++) {
    const head = index % heads;
    for (const each of scan(Math.floor(index / heads), head)) {
      errors.set(each.errors, valueAt(each.row, head));
      for (let i = 0; i < size; i++)
        y[valueAt(each.row, head) + (i % valueWidth)]! +=
          q[keyAt(each.row, head) + Math.floor(i / valueWidth)]! * each.state[i]!;
      after.set(each.state, index * size);
    }
  }
  return [y, after, errors];
};

/** By the chain rule through each row, from the states of all rows. */
export const gated_delta_rule_backward: Reference<'gated_delta_rule_backward'> = (node, [dy, , , ...values]) => {
  const inputs = node.inputs.slice(3);
  const { batch } = node.attributes;
  const { heads, size, valueWidth, keyAt, valueAt, scan } = layoutOf(inputs, values, node.attributes);
  const [q, k] = [values[0]!, values[1]!];
  const [dq, dk, dv, dg, dBeta] = [0, 1, 2, 3, 4].map((i) => new Float64Array(values[i]!.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const dBefore = new Float64Array(batch * heads * size);
  for (let index = 0; index < batch * heads; index++) {
    const head = index % heads;
    let gradient = new Float64Array(size);
    for (const { row, decay, decayed, errors, update, state } of scan(Math.floor(index / heads), head).toReversed()) {
      const [key, value, gate] = [keyAt(row, head), valueAt(row, head), row * heads + head];
      const dUpdate = new Float64Array(valueWidth);
      for (let i = 0; i < size; i++) {
        const [d, j] = [key + Math.floor(i / valueWidth), i % valueWidth];
        dq[d]! += state[i]! * dy![value + j]!;
        gradient[i]! += q[d]! * dy![value + j]!;
        dk[d]! += gradient[i]! * update * errors[j]!;
        dUpdate[j]! += gradient[i]! * k[d]!;
      }
      for (let j = 0; j < valueWidth; j++) {
        dBeta[gate]! += dUpdate[j]! * errors[j]!;
        dv[value + j] = update * dUpdate[j]!;
      }
      for (let i = 0; i < size; i++) {
        const [d, j] = [key + Math.floor(i / valueWidth), i % valueWidth];
        dk[d]! -= decayed[i]! * dv[value + j]!;
        gradient[i]! -= k[d]! * dv[value + j]!;
        dg[gate]! += gradient[i]! * decayed[i]!;
      }
      gradient = gradient.map((each) => each * decay);
    }
    dBefore.set(gradient, index * size);
  }
  return [dq, dk, dv, dg, dBeta, ...(inputs.length > 6 ? [dBefore] : [])];
};
