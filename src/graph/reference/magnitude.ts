import type { Reference } from './interpret.ts';

export const inverse_norm: Reference<'inverse_norm'> = (node, [weight, a, b]) => {
  const { scale, transposed } = node.attributes;
  const [rank, width] = node.inputs[1]!.shape as [number, number];
  const rows = node.inputs[2]!.shape[0]!;
  const norms = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) {
      let value = weight![transposed ? i * rows + row : row * width + i]!;
      for (let k = 0; k < rank; k++) value += scale * b![row * rank + k]! * a![k * width + i]!;
      norms[row]! += value ** 2;
    }
  }
  return [norms.map((squares) => 1 / Math.sqrt(squares))];
};
