import { add as addTensors, mul as mulTensors } from '@tensorflow/tfjs-core';
import { activations, derivatives } from '../activations.ts';
import type { Evaluate } from '../run.ts';

export const add: Evaluate<'add'> = (node, run) => {
  const [a, b] = run.inputs(node);
  return [addTensors(a!, b!)];
};

export const mul: Evaluate<'mul'> = (node, run) => {
  const [a, b] = run.inputs(node);
  return [mulTensors(a!, b!)];
};

export const scale: Evaluate<'scale'> = (node, run) => [
  mulTensors(run.tensor(node.inputs[0]!), node.attributes.factor),
];

export const activation: Evaluate<'activation'> = (node, run) => [
  activations[node.attributes.activation](run.tensor(node.inputs[0]!)),
];

export const activation_backward: Evaluate<'activation_backward'> = (node, run) => {
  const [x, dy] = run.inputs(node);
  return [mulTensors(derivatives[node.attributes.activation](x!), dy!)];
};

export const gated_activation: Evaluate<'gated_activation'> = (node, run) => {
  const [gate, up] = run.inputs(node);
  return [mulTensors(activations[node.attributes.activation](gate!), up!)];
};

export const gated_activation_backward: Evaluate<'gated_activation_backward'> = (node, run, used) => {
  const [gate, up, dy] = run.inputs(node);
  const { activation: name } = node.attributes;
  return [
    used[0] ? mulTensors(derivatives[name](gate!), mulTensors(up!, dy!)) : undefined,
    used[1] ? mulTensors(activations[name](gate!), dy!) : undefined,
  ];
};
