import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import type { TensorType, Value } from '../types.ts';

function requireFit(op: string, inputs: readonly TensorType[]): void {
  requireInputs(inputs, op, 4);
  const [a, b, logRate, bias] = inputs as [TensorType, TensorType, TensorType, TensorType];
  const fits =
    a.shape.length === 2 &&
    String(b.shape) === String(a.shape) &&
    [logRate, bias].every(({ shape, dtype }) => String(shape) === String([a.shape[1]]) && dtype === 'f32');
  requireShape(fits, () => `${op} takes two [rows, heads] and two f32[heads], got ${inputs.map(show).join(', ')}`);
}

/**
 * What a gated delta rule forgets and learns with, from what a layer of Qwen3.5 computes of each row and head:
 * (a, b [rows, heads], logRate, bias [heads]) → (g, beta [rows, heads]), g = −exp(logRate) · ln(1 + exp(a + bias)),
 * beta = 1 / (1 + exp(−b)) (transformers' `Qwen3_5GatedDeltaNet`, where they are A_log and dt_bias).
 */
export const delta_gates: OpDefinition<'delta_gates'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireFit('delta_gates', inputs);
    const type = f32(inputs[0]!.shape);
    return [type, type];
  },
  gradient(builder, node, upstream, needs) {
    const [dg, dBeta] = [0, 1].map((index) => upstream[index] ?? builder.constant(0, node.outputs[index]!.shape)) as [
      Value,
      Value,
    ];
    const [da, db] = builder.nodeOutputs('delta_gates_backward', [dg, dBeta, ...node.inputs], {}) as [Value, Value];
    const ofRate = () => builder.reduceSum(builder.mul(dg, builder.output(node, 0)), 1);
    return [da, db, needs[2] ? ofRate() : undefined, needs[3] ? builder.reduceSum(da, 1) : undefined];
  },
};

/** (dg, dBeta, a, b, logRate, bias) → (da, db): da = −exp(logRate) · σ(a + bias) · dg, db = σ(b) · σ(−b) · dBeta. */
export const delta_gates_backward: OpDefinition<'delta_gates_backward'> = {
  flops: 'elementwise',
  infer([dg, dBeta, ...inputs]) {
    requireFit('delta_gates_backward', inputs);
    return [f32(dg!.shape), f32(dBeta!.shape)];
  },
};
