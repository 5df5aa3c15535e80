import { f32, type OpDefinition, productFlops, requireInputs, requireShape, show } from '../definition.ts';
import type { TensorType } from '../types.ts';

function rowsAndColumns(type: TensorType, transposed: boolean): readonly [number, number] {
  const [rows, columns] = type.shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/**
 * (a, b) → a·b, each optionally transposed in its last two axes. a: [M, K] or [batch, M, K]; b: [K, N] or
 * [batch, K, N] with the same batch, of any floating type. The output is f32 [M, N] or [batch, M, N].
 */
export const matmul: OpDefinition<'matmul'> = {
  flops: ({ inputs: [a], attributes, outputs: [result] }) =>
    productFlops(result!.shape, a!.shape.at(attributes.transposeA ? -2 : -1)!),
  accumulates: [0],
  infer(inputs, { transposeA, transposeB }) {
    requireInputs(inputs, 'matmul', 2);
    const [a, b] = inputs as [TensorType, TensorType];
    const fits = a.shape.length === b.shape.length && (a.shape.length === 2 || a.shape.length === 3);
    requireShape(fits, () => `matmul takes two matrices or two batches of them, got ${show(a)} and ${show(b)}`);
    const [m, k] = rowsAndColumns(a, transposeA);
    const [kOfB, n] = rowsAndColumns(b, transposeB);
    requireShape(k === kOfB, () => `matmul: inner sizes ${k} and ${kOfB} differ (${show(a)} by ${show(b)})`);
    const batch = a.shape.slice(0, -2);
    requireShape(batch[0] === b.shape.slice(0, -2)[0], () => `matmul: batches differ (${show(a)} by ${show(b)})`);
    return [f32([...batch, m, n])];
  },

  gradient(builder, node, [upstream], [needsA, needsB]) {
    if (upstream === undefined) return [];
    const [a, b] = node.inputs as [(typeof node.inputs)[0], (typeof node.inputs)[0]];
    const { transposeA, transposeB } = node.attributes;
    const product = builder.matmul.bind(builder);
    const gradientA = () =>
      transposeA
        ? product(b, upstream, { transposeA: transposeB, transposeB: true })
        : product(upstream, b, { transposeB: !transposeB });
    const gradientB = () =>
      transposeB
        ? product(upstream, a, { transposeA: true, transposeB: transposeA })
        : product(a, upstream, { transposeA: !transposeA });
    return [needsA ? gradientA() : undefined, needsB ? gradientB() : undefined];
  },
};
