import type { GraphBuilder } from '../builder.ts';
import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { sameShape, type TensorType, type Value } from '../types.ts';

/** Only matrix products, norms and embeddings unpack 16-bit weights; vectors are widened when they are loaded. */
function requireF32(op: string, inputs: readonly TensorType[]): void {
  for (const type of inputs) requireShape(type.dtype === 'f32', () => `${op} takes f32, got ${show(type)}`);
}

function inferBroadcast(op: string, inputs: readonly TensorType[]): TensorType[] {
  requireInputs(inputs, op, 2);
  requireF32(op, inputs);
  const [a, b] = inputs as [TensorType, TensorType];
  const suffix = a.shape.slice(a.shape.length - b.shape.length);
  const fits = b.shape.length <= a.shape.length && sameShape(suffix, b.shape);
  requireShape(fits, () => `${op}: the shape of ${show(b)} must end that of ${show(a)}`);
  return [f32(a.shape)];
}

function inferSame(op: string, count: number, inputs: readonly TensorType[]): TensorType {
  requireInputs(inputs, op, count);
  requireF32(op, inputs);
  const first = inputs[0]!;
  for (const other of inputs)
    requireShape(sameShape(first.shape, other.shape), () => `${op}: ${show(first)} and ${show(other)} differ`);
  return f32(first.shape);
}

/** Sums a gradient over the leading axes that `to` was broadcast over. */
function sumTo(builder: GraphBuilder, gradient: Value, to: Value): Value {
  const leading = gradient.shape.length - to.shape.length;
  return leading === 0 ? gradient : builder.reduceSum(gradient, leading);
}

/** (a, b) → a + b; b is broadcast over the leading axes of a. */
export const add: OpDefinition<'add'> = {
  flops: 'elementwise',
  infer: (inputs) => inferBroadcast('add', inputs),
  gradient: (builder, node, [upstream], needs) =>
    upstream === undefined ? [] : [upstream, needs[1] ? sumTo(builder, upstream, node.inputs[1]!) : undefined],
};

/** (a, b) → a · b elementwise; b is broadcast over the leading axes of a. */
export const mul: OpDefinition<'mul'> = {
  flops: 'elementwise',
  infer: (inputs) => inferBroadcast('mul', inputs),
  gradient(builder, node, [upstream], needs) {
    if (upstream === undefined) return [];
    const [a, b] = node.inputs as [Value, Value];
    return [
      needs[0] ? builder.mul(upstream, b) : undefined,
      needs[1] ? sumTo(builder, builder.mul(upstream, a), b) : undefined,
    ];
  },
};

/** x → factor · x. */
export const scale: OpDefinition<'scale'> = {
  flops: 'elementwise',
  infer: (inputs) => [inferSame('scale', 1, inputs)],
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.scale(upstream, node.attributes.factor)],
};

/** x → f(x), f being SiLU, GELU (exact or tanh form), ReLU, tanh, the sigmoid, softplus, log(1 + exp x), or log(1 − exp x) (`log1mexp`). */
export const activation: OpDefinition<'activation'> = {
  flops: 'elementwise',
  isCheap: true,
  infer: (inputs) => [inferSame('activation', 1, inputs)],
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.node('activation_backward', [node.inputs[0]!, upstream], node.attributes)],
};

/** (x, dy) → f′(x) · dy. */
export const activation_backward: OpDefinition<'activation_backward'> = {
  flops: 'elementwise',
  infer: (inputs) => [inferSame('activation_backward', 2, inputs)],
};

/** (gate, up) → f(gate) · up: SwiGLU with SiLU (arXiv 2002.05202), GeGLU with GELU. */
export const gated_activation: OpDefinition<'gated_activation'> = {
  flops: 'elementwise',
  isCheap: true,
  infer: (inputs) => [inferSame('gated_activation', 2, inputs)],
  gradient(builder, node, [upstream]) {
    if (upstream === undefined) return [];
    const [gate, up] = node.inputs as [Value, Value];
    return builder.nodeOutputs('gated_activation_backward', [gate, up, upstream], node.attributes);
  },
};

/** (gate, up, dy) → (dGate, dUp). */
export const gated_activation_backward: OpDefinition<'gated_activation_backward'> = {
  flops: 'elementwise',
  infer(inputs) {
    const type = inferSame('gated_activation_backward', 3, inputs);
    return [type, type];
  },
};
