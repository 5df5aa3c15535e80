import { add as addTensors, mul as mulTensors } from '@tensorflow/tfjs-core';
import { activations, derivatives } from '../activations.ts';
import { type Entry, plain } from '../run.ts';

export const add: Entry<'add'> = plain((node, run) => {
  const [a, b] = run.inputs(node);
  return [addTensors(a!, b!)];
});

export const mul: Entry<'mul'> = plain((node, run) => {
  const [a, b] = run.inputs(node);
  return [mulTensors(a!, b!)];
});

export const scale: Entry<'scale'> = plain((node, run) => [
  mulTensors(run.tensor(node.inputs[0]!), node.attributes.factor),
]);

export const activation: Entry<'activation'> = plain((node, run) => [
  activations[node.attributes.activation](run.tensor(node.inputs[0]!)),
]);

export const activation_backward: Entry<'activation_backward'> = plain((node, run) => {
  const [x, dy] = run.inputs(node);
  return [mulTensors(derivatives[node.attributes.activation](x!), dy!)];
});

export const gated_activation: Entry<'gated_activation'> = plain((node, run) => {
  const [gate, up] = run.inputs(node);
  return [mulTensors(activations[node.attributes.activation](gate!), up!)];
});

export const gated_activation_backward: Entry<'gated_activation_backward'> = plain((node, run, used) => {
  const [gate, up, dy] = run.inputs(node);
  const { activation: name } = node.attributes;
  return [
    used[0] ? mulTensors(derivatives[name](gate!), mulTensors(up!, dy!)) : undefined,
    used[1] ? mulTensors(activations[name](gate!), dy!) : undefined,
  ];
});
