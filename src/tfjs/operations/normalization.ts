import {
  add,
  concat,
  expandDims,
  mean,
  mul,
  rsqrt,
  slice,
  square,
  squeeze,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { rmsNormBackwardInputs, type WeightOffset } from '../../graph/types.ts';
import { type Entry, plain } from '../run.ts';

const factorOf = (weight: Tensor | undefined, { weightOffset = 0 }: WeightOffset): Tensor | number => {
  if (weight === undefined) return weightOffset;
  return weightOffset === 0 ? weight : add(weight, weightOffset);
};

export const rms_norm: Entry<'rms_norm'> = plain((node, run) => {
  const [x, weight] = run.inputs(node);
  const rstd = rsqrt(add(mean(square(x!), -1, true), node.attributes.epsilon));
  return [mul(mul(x!, rstd), factorOf(weight, node.attributes)), squeeze(rstd, [-1])];
});

export const rms_norm_backward: Entry<'rms_norm_backward'> = plain((node, run, used) => {
  const { dy, x, weight, rstd } = rmsNormBackwardInputs(run.inputs(node));
  const perRow = expandDims(rstd, -1);
  const normalised = mul(x, perRow);
  const weighted = mul(dy, factorOf(weight, node.attributes));
  const dx = () => mul(perRow, sub(weighted, mul(normalised, mean(mul(weighted, normalised), -1, true))));
  return [used[0] ? dx() : undefined, used[1] ? sum(mul(dy, normalised), 0) : undefined];
});

export const layer_norm: Entry<'layer_norm'> = plain((node, run) => {
  const [x, weight, bias] = run.inputs(node);
  const rowMean = mean(x!, -1, true);
  const centred = sub(x!, rowMean);
  const rstd = rsqrt(add(mean(square(centred), -1, true), node.attributes.epsilon));
  return [add(mul(mul(centred, rstd), weight!), bias!), concat([rowMean, rstd], 1)];
});

export const layer_norm_backward: Entry<'layer_norm_backward'> = plain((node, run, used) => {
  const [dy, x, weight, statistics] = run.inputs(node);
  const rstd = slice(statistics!, [0, 1], [-1, 1]);
  const normalised = mul(sub(x!, slice(statistics!, [0, 0], [-1, 1])), rstd);
  const weighted = mul(dy!, weight!);
  const perRow = (values: Tensor): Tensor => mean(values, -1, true);
  const dx = () => mul(rstd, sub(sub(weighted, perRow(weighted)), mul(normalised, perRow(mul(weighted, normalised)))));
  return [
    used[0] ? dx() : undefined,
    used[1] ? sum(mul(dy!, normalised), 0) : undefined,
    used[2] ? sum(dy!, 0) : undefined,
  ];
});
