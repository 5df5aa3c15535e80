import { rmsNormBackwardInputs } from '../types.ts';
import type { Reference } from './interpret.ts';

export const rms_norm: Reference<'rms_norm'> = (node, [x, weight]) => {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const y = new Float64Array(rows * width);
  const rstd = new Float64Array(rows);
  const factor = (i: number): number => (weight?.[i] ?? 0) + (node.attributes.weightOffset ?? 0);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += x![row * width + i]! ** 2;
    rstd[row] = 1 / Math.sqrt(squares / width + node.attributes.epsilon);
    for (let i = 0; i < width; i++) y[row * width + i] = x![row * width + i]! * rstd[row]! * factor(i);
  }
  return [y, rstd];
};

export const rms_norm_backward: Reference<'rms_norm_backward'> = (node, inputs) => {
  const { dy, x, weight, rstd } = rmsNormBackwardInputs(inputs);
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  const dx = new Float64Array(rows * width);
  const dWeight = new Float64Array(width);
  const offset = node.attributes.weightOffset ?? 0;
  for (let row = 0; row < rows; row++) {
    const normalised = (i: number): number => x[row * width + i]! * rstd[row]!;
    const weighted = (i: number): number => ((weight?.[i] ?? 0) + offset) * dy[row * width + i]!;
    let mean = 0;
    for (let i = 0; i < width; i++) mean += (weighted(i) * normalised(i)) / width;
    for (let i = 0; i < width; i++) {
      dx[row * width + i] = rstd[row]! * (weighted(i) - normalised(i) * mean);
      dWeight[i]! += dy[row * width + i]! * normalised(i);
    }
  }
  return weight ? [dx, dWeight] : [dx];
};

export const layer_norm: Reference<'layer_norm'> = (node, [x, weight, bias]) => {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const y = new Float64Array(rows * width);
  const statistics = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    const values = x!.subarray(row * width, (row + 1) * width);
    const mean = values.reduce((sum, value) => sum + value, 0) / width;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const rstd = 1 / Math.sqrt(variance + node.attributes.epsilon);
    statistics.set([mean, rstd], 2 * row);
    values.forEach((value, i) => {
      y[row * width + i] = (value - mean) * rstd * weight![i]! + bias![i]!;
    });
  }
  return [y, statistics];
};

export const layer_norm_backward: Reference<'layer_norm_backward'> = (node, [dy, x, weight, statistics]) => {
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  const dx = new Float64Array(rows * width);
  const dWeight = new Float64Array(width);
  const dBias = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const [mean, rstd] = [statistics![2 * row]!, statistics![2 * row + 1]!];
    const normalised = (i: number): number => (x![row * width + i]! - mean) * rstd;
    const weighted = (i: number): number => weight![i]! * dy![row * width + i]!;
    let [sum, product] = [0, 0];
    for (let i = 0; i < width; i++) {
      sum += weighted(i);
      product += weighted(i) * normalised(i);
    }
    for (let i = 0; i < width; i++) {
      dx[row * width + i] = rstd * (weighted(i) - sum / width - (normalised(i) * product) / width);
      dWeight[i]! += dy![row * width + i]! * normalised(i);
      dBias[i]! += dy![row * width + i]!;
    }
  }
  return [dx, dWeight, dBias];
};
