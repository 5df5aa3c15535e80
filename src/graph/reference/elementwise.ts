import { activations, derivatives } from './activations.ts';
import type { Reference } from './interpret.ts';

/** b broadcast over the leading axes of a lies in memory as b repeated. */
export const add: Reference<'add'> = (_node, [a, b]) => [a!.map((x, i) => x + b![i % b!.length]!)];

export const mul: Reference<'mul'> = (_node, [a, b]) => [a!.map((x, i) => x * b![i % b!.length]!)];

export const scale: Reference<'scale'> = (node, [x]) => [x!.map((value) => value * node.attributes.factor)];

export const activation: Reference<'activation'> = (node, [x]) => [x!.map(activations[node.attributes.activation])];

export const activation_backward: Reference<'activation_backward'> = (node, [x, dy]) => {
  const derivative = derivatives[node.attributes.activation];
  return [x!.map((value, i) => derivative(value) * dy![i]!)];
};

export const gated_activation: Reference<'gated_activation'> = (node, [gate, up]) => {
  const f = activations[node.attributes.activation];
  return [gate!.map((value, i) => f(value) * up![i]!)];
};

export const gated_activation_backward: Reference<'gated_activation_backward'> = (node, [gate, up, dy]) => {
  const f = activations[node.attributes.activation];
  const derivative = derivatives[node.attributes.activation];
  return [gate!.map((value, i) => derivative(value) * up![i]! * dy![i]!), gate!.map((value, i) => f(value) * dy![i]!)];
};
