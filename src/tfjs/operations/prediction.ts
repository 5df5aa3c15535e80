import {
  abs,
  add,
  div,
  exp,
  expandDims,
  log1p,
  mul,
  neg,
  relu,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

const forms = {
  squared_error: {
    loss: (z: Tensor, target: Tensor) => square(sub(z, target)) as Tensor,
    slope: (z: Tensor, target: Tensor) => mul(sub(z, target), 2) as Tensor,
  },
  binary_cross_entropy: {
    loss: (z: Tensor, target: Tensor) => add(sub(relu(z), mul(z, target)), log1p(exp(neg(abs(z))))) as Tensor,
    slope: (z: Tensor, target: Tensor) => sub(sigmoid(z), target) as Tensor,
  },
};

export const prediction_loss: Entry<'prediction_loss'> = plain((node, run, used) => {
  const [z, targets, weights, lossScale] = run.inputs(node);
  const form = forms[node.attributes.loss];
  const factor = expandDims(div(mul(weights!, lossScale!), z!.shape[1]!), 1);
  return [sum(mul(form.loss(z!, targets!), factor)), used[1] ? mul(form.slope(z!, targets!), factor) : undefined];
});
