import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { elementCount, type TensorType } from '../types.ts';

/** x → its sum over the first `leading` axes. */
export const reduce_sum: OpDefinition<'reduce_sum'> = {
  flops: 'elementwise',
  infer(inputs, { leading }) {
    requireInputs(inputs, 'reduce_sum', 1);
    const [x] = inputs as [(typeof inputs)[0]];
    requireShape(
      leading >= 1 && leading <= x.shape.length,
      () => `reduce_sum: no ${leading} leading axes in ${show(x)}`,
    );
    return [f32(x.shape.slice(leading))];
  },
};

/** x → the same elements in the same order under another shape; costs nothing. */
export const reshape: OpDefinition<'reshape'> = {
  flops: 'nothing',
  sharesStorage: true,
  infer(inputs, { shape }) {
    requireInputs(inputs, 'reshape', 1);
    const [x] = inputs as [(typeof inputs)[0]];
    requireShape(elementCount(shape) === elementCount(x.shape), () => `reshape: ${show(x)} does not fill [${shape}]`);
    return [{ shape, dtype: x.dtype }];
  },
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.reshape(upstream, node.inputs[0]!.shape)],
};

/** x → x as a constant: no gradient goes through it, and what leads only to it has none. */
export const detach: OpDefinition<'detach'> = {
  flops: 'nothing',
  sharesStorage: true,
  infer(inputs) {
    requireInputs(inputs, 'detach', 1);
    return [inputs[0]!];
  },
  gradient: () => [],
};

/** x [rows, Σ sizes] → its columns in pieces [rows, size], left to right: the parts of a fused projection. */
export const split: OpDefinition<'split'> = {
  flops: 'elementwise',
  infer(inputs, { sizes }) {
    requireInputs(inputs, 'split', 1);
    const [x] = inputs as [TensorType];
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const fits = x.shape.length === 2 && x.shape[1] === total && (sizes.length === 2 || sizes.length === 3);
    requireShape(fits, () => `split: ${show(x)} is not two or three pieces of widths [${sizes}]`);
    return sizes.map((size) => f32([x.shape[0]!, size]));
  },
  gradient(builder, node, upstream) {
    const pieces = node.outputs.map(({ shape }, index) => upstream[index] ?? builder.constant(0, shape));
    return [builder.node('concat', pieces, {})];
  },
};

/** (two or three [rows, size]) → [rows, Σ sizes]: side by side, left to right. */
export const concat: OpDefinition<'concat'> = {
  flops: 'elementwise',
  infer(inputs) {
    requireInputs(inputs, 'concat', 2, 3);
    const rows = inputs[0]!.shape[0];
    const fits = inputs.every(({ shape, dtype }) => shape.length === 2 && shape[0] === rows && dtype === 'f32');
    requireShape(fits, () => `concat: ${inputs.map(show).join(', ')} do not have the same rows`);
    return [f32([rows!, inputs.reduce((sum, { shape }) => sum + shape[1]!, 0)])];
  },
  gradient: (builder, node, [upstream]) =>
    upstream === undefined
      ? []
      : builder.split(
          upstream,
          node.inputs.map(({ shape }) => shape[1]!),
        ),
};
