import type { Reference } from './interpret.ts';

export const rms_norm: Reference<'rms_norm'> = (node, [x, weight]) => {
  const [rows, width] = node.inputs[0]!.shape as [number, number];
  const y = new Float64Array(rows * width);
  const rstd = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += x![row * width + i]! ** 2;
    rstd[row] = 1 / Math.sqrt(squares / width + node.attributes.epsilon);
    for (let i = 0; i < width; i++) y[row * width + i] = x![row * width + i]! * rstd[row]! * weight![i]!;
  }
  return [y, rstd];
};

export const rms_norm_backward: Reference<'rms_norm_backward'> = (node, [dy, x, weight, rstd]) => {
  const [rows, width] = node.inputs[1]!.shape as [number, number];
  const dx = new Float64Array(rows * width);
  const dWeight = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const normalised = (i: number): number => x![row * width + i]! * rstd![row]!;
    const weighted = (i: number): number => weight![i]! * dy![row * width + i]!;
    let mean = 0;
    for (let i = 0; i < width; i++) mean += (weighted(i) * normalised(i)) / width;
    for (let i = 0; i < width; i++) {
      dx[row * width + i] = rstd![row]! * (weighted(i) - normalised(i) * mean);
      dWeight[i]! += dy![row * width + i]! * normalised(i);
    }
  }
  return [dx, dWeight];
};
