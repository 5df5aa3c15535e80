import {
  abs,
  add,
  concat,
  exp,
  expandDims,
  gather,
  less,
  logSoftmax,
  matMul,
  mul,
  neg,
  reshape,
  scatterND,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { type DivergenceSide, divergenceInputs, type SoftCap, type Value } from '../../graph/types.ts';
import { capped } from '../activations.ts';
import type { Entry, Run } from '../run.ts';

/** Logits of one side that are held at once, in elements: 32 MiB. */
const LOGITS_AT_ONCE = 2 ** 23;
/** Tensors of the size of those logits that a chunk holds. */
const HELD_AT_ONCE = 8;

const rowsAtOnce = (vocabulary: number): number => Math.max(1, Math.floor(LOGITS_AT_ONCE / vocabulary));

/** log softmax of the logits of some rows. */
function logsOf(run: Run, { products, bias }: DivergenceSide<Value>, rows: readonly number[], { softCap }: SoftCap) {
  const at = tensor1d(Int32Array.from(rows), 'int32');
  const parts = products.map(([input, weight]) =>
    matMul(gather(run.tensor(input), at), run.tensor(weight), false, true),
  );
  const whole = parts.reduce((all, part) => add(all, part));
  return logSoftmax(capped(bias ? add(whole, run.tensor(bias)) : whole, softCap));
}

/** d + exp(−d) − 1: near 0, where the difference would be all rounding, by its series. */
function excess(d: Tensor): Tensor {
  const series = [-1 / 5040, 1 / 720, -1 / 120, 1 / 24, -1 / 6, 1 / 2].reduce<Tensor | undefined>(
    (inner, factor) => (inner === undefined ? mul(d, factor) : mul(d, add(inner, factor))),
    undefined,
  )!;
  return mul(d, series);
}

function divergenceOf(logP: Tensor, logQ: Tensor): Tensor {
  const [p, d] = [exp(logP), sub(logP, logQ)];
  const far = add(sub(exp(logQ), p), mul(p, d));
  return sum(where(less(abs(d), 0.5), mul(p, excess(d)), far), 1);
}

export const token_divergence: Entry<'token_divergence'> = {
  transientBytes({ inputs: [labels, , head] }) {
    return HELD_AT_ONCE * 4 * Math.min(labels!.shape[0]! * head!.shape[0]!, LOGITS_AT_ONCE);
  },

  evaluate(node, run) {
    const { labels: labelValue, base, tuned } = divergenceInputs(node.inputs, node.attributes);
    const labels = run.fed(labelValue);
    const scored = Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
    if (scored.length === 0) return node.outputs.map(({ shape }) => zeros([...shape]));
    const vocabulary = node.inputs[2]!.shape[0]!;
    const chunks: Tensor[][] = [];
    for (let start = 0; start < scored.length; start += rowsAtOnce(vocabulary)) {
      const rows = scored.slice(start, start + rowsAtOnce(vocabulary));
      const part = (): Tensor[] => {
        const [logP, logQ] = [logsOf(run, base, rows, node.attributes), logsOf(run, tuned, rows, node.attributes)];
        const places = tensor1d(
          Int32Array.from(rows, (row, index) => index * vocabulary + labels[row]!),
          'int32',
        );
        const lossOf = (logs: Tensor) => neg(gather(reshape(logs, [-1]), places));
        return [divergenceOf(logP, logQ), lossOf(logP), lossOf(logQ)];
      };
      chunks.push(tidy(part));
    }
    const at = tensor2d(Int32Array.from(scored), [scored.length, 1], 'int32');
    return node.outputs.map(({ shape }, output) => {
      const values = concat(chunks.map((chunk) => chunk[output]!));
      return sum(scatterND(at, expandDims(values, 1), [shape[0]!, 1]), 1);
    });
  },
};
