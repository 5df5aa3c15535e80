import {
  add,
  dispose,
  exp,
  gather,
  matMul,
  mul,
  reshape,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  elementCount,
  type GatedDeltaRuleAttributes,
  gatedDeltaInputs,
  gatedDeltaSizes,
  type Value,
} from '../../graph/types.ts';
import type { Entry, Run } from '../run.ts';

/** What each row has, as [batch, heads, …] of row t, with sizes and the state that the first row goes on from. */
function rowsOf(run: Run, inputs: readonly Value[], attributes: GatedDeltaRuleAttributes) {
  const named = gatedDeltaInputs(inputs);
  const { rows, heads, keyWidth, valueWidth } = gatedDeltaSizes(named, attributes);
  const { batch, keyHeads } = attributes;
  const length = rows / batch;
  const keyHeadOf = Array.from({ length: heads }, (_, head) => Math.floor((head * keyHeads) / heads));
  const at = (all: Tensor, t: number, width: number, count = heads): Tensor =>
    reshape(slice(all, [0, t, 0], [batch, 1, count * width]), [batch, count, width, 1]);
  const bySequence = (value: Value): Tensor =>
    reshape(run.tensor(value), [batch, length, elementCount(value.shape) / rows]);
  const keyAt = (all: Tensor, t: number): Tensor => {
    const one = at(all, t, keyWidth, keyHeads);
    return keyHeads === heads ? one : gather(one, keyHeadOf, 1);
  };
  const starts = run.fed(named.starts);
  const isWithin = Float32Array.from(starts, (start, row) => (start === row % length ? 0 : 1));
  const within = tensor(isWithin, [batch, length, 1]);
  const [q, k, v, beta] = [named.q, named.k, named.v, named.beta].map(bySequence) as [Tensor, Tensor, Tensor, Tensor];
  const decay = mul(exp(bySequence(named.g)), within);
  const shape: [number, number, number, number] = [batch, heads, keyWidth, valueWidth];
  return {
    ...{ batch, heads, keyHeads, keyWidth, valueWidth, length, bySequence, within },
    q: (t: number) => keyAt(q, t),
    k: (t: number) => keyAt(k, t),
    v: (t: number) => at(v, t, valueWidth),
    beta: (t: number) => at(beta, t, 1),
    decay: (t: number) => at(decay, t, 1),
    valueAt: (all: Tensor, t: number) => at(all, t, valueWidth),
    first: () => (named.before ? reshape(run.tensor(named.before).clone(), shape) : zeros(shape)),
    last: () => zeros(shape),
    /** Rows as they lie in a matrix, from those of each t. */
    joined: (each: readonly Tensor[], width: number): Tensor =>
      reshape(
        stack(
          each.map((row) => reshape(row, [batch, heads * width])),
          1,
        ),
        [batch * length, heads * width],
      ),
    /** As `joined` for q and k: heads that share a key are summed. */
    joinedKeys: (each: readonly Tensor[]): Tensor => {
      const all = stack(
        each.map((row) => sum(reshape(row, [batch, keyHeads, heads / keyHeads, keyWidth]), 2)),
        1,
      );
      return reshape(all, [batch * length, keyHeads * keyWidth]);
    },
  };
}

/** Takes a state through rows; each step gives the next state first. States that were left are freed. */
function scan(times: readonly number[], first: Tensor, step: (state: Tensor, t: number) => Tensor[]) {
  let state = first;
  const rows: Tensor[][] = [];
  for (const t of times) {
    const [next, ...row] = tidy(() => step(state, t));
    dispose(state);
    state = next!;
    rows[t] = row;
  }
  return { state, column: (index: number): Tensor[] => rows.map((row) => row[index]!) };
}

const outer = (a: Tensor, b: Tensor): Tensor => matMul(a, b, false, true);
const inner = (a: Tensor, b: Tensor): Tensor => matMul(a, b, true, false);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, t) => t);

/** The state of a few rows at a time, and every row again by itself. */
function transientBytes(inputs: readonly Value[], attributes: GatedDeltaRuleAttributes): number {
  const { rows, heads, keyWidth, valueWidth } = gatedDeltaSizes(gatedDeltaInputs(inputs), attributes);
  return 4 * heads * (4 * attributes.batch * keyWidth * valueWidth + rows * (2 * keyWidth + 2 * valueWidth));
}

export const gated_delta_rule: Entry<'gated_delta_rule'> = {
  transientBytes: ({ inputs, attributes }) => transientBytes(inputs, attributes),
  evaluate(node, run) {
    const rule = rowsOf(run, node.inputs, node.attributes);
    const { state, column } = scan(upTo(rule.length), rule.first(), (before, t) => {
      const [k, decayed] = [rule.k(t), mul(before, rule.decay(t))];
      const error = sub(rule.v(t), inner(decayed, k));
      const next = add(decayed, outer(k, mul(error, rule.beta(t))));
      return [next, inner(next, rule.q(t)), error];
    });
    const after = reshape(state, [...node.outputs[1]!.shape]);
    return [rule.joined(column(0), rule.valueWidth), after, rule.joined(column(1), rule.valueWidth)];
  },
};

export const gated_delta_rule_backward: Entry<'gated_delta_rule_backward'> = {
  transientBytes: ({ inputs, attributes }) => 2 * transientBytes(inputs.slice(3), attributes),
  evaluate(node, run) {
    const [dyValue, yValue, errorsValue, ...inputs] = node.inputs as [Value, Value, Value, ...Value[]];
    const rule = rowsOf(run, inputs, node.attributes);
    const { valueAt, valueWidth, length, batch, heads } = rule;
    const [allDy, allErrors] = [rule.bySequence(dyValue), rule.bySequence(errorsValue)];
    const back = scan(upTo(length).toReversed(), rule.last(), (later, t) => {
      const [k, beta, error] = [rule.k(t), rule.beta(t), valueAt(allErrors, t)];
      const gradient = add(later, outer(rule.q(t), valueAt(allDy, t)));
      const dUpdate = inner(gradient, k);
      const dv = mul(dUpdate, beta);
      const next = mul(sub(gradient, outer(k, dv)), rule.decay(t));
      return [next, dv, matMul(gradient, mul(error, beta)), sum(mul(dUpdate, error), 2)];
    });
    const dv = back.column(0);
    const forth = scan(upTo(length), rule.first(), (before, t) => {
      const decayed = mul(before, rule.decay(t));
      const next = add(decayed, outer(rule.k(t), mul(valueAt(allErrors, t), rule.beta(t))));
      return [next, matMul(next, valueAt(allDy, t)), matMul(decayed, dv[t]!)];
    });
    const [dvAll, dBefore] = [rule.joined(dv, valueWidth), reshape(back.state, [batch, -1])];
    const dk = sub(rule.joinedKeys(back.column(1)), rule.joinedKeys(forth.column(1)));
    const v = run.tensor(gatedDeltaInputs(inputs).v);
    const terms = sub(mul(run.tensor(yValue), run.tensor(dyValue)), mul(v, dvAll));
    const products = reshape(sum(reshape(terms, [batch, length, heads, valueWidth]), 3), [batch, length, heads]);
    const dg = decayGradient(products, rule.within);
    return [
      rule.joinedKeys(forth.column(0)),
      dk,
      dvAll,
      reshape(dg, [batch * length, heads]),
      rule.joined(back.column(2), 1),
      ...(inputs.length > 6 ? [dBefore] : []),
    ];
  },
};

/** Sums from each row to the end of its example; 0 where one starts. */
function decayGradient(products: Tensor, within: Tensor): Tensor {
  const [batch, length, heads] = products.shape as [number, number, number];
  const rows: Tensor[] = [];
  let total: Tensor = zeros([batch, heads]);
  for (let t = length - 1; t >= 0; t--) {
    const isWithin = reshape(slice(within, [0, t, 0], [batch, 1, 1]), [batch, 1]);
    total = mul(add(total, reshape(slice(products, [0, t, 0], [batch, 1, heads]), [batch, heads])), isWithin);
    rows[t] = total;
  }
  return transpose(stack(rows, 0), [1, 0, 2]);
}
