import { f32, type OpDefinition, requireInputs, requireShape, show } from '../definition.ts';
import { elementCount } from '../types.ts';

/** x → its sum over the first `leading` axes. */
export const reduce_sum: OpDefinition<'reduce_sum'> = {
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
  infer(inputs, { shape }) {
    requireInputs(inputs, 'reshape', 1);
    const [x] = inputs as [(typeof inputs)[0]];
    requireShape(elementCount(shape) === elementCount(x.shape), () => `reshape: ${show(x)} does not fill [${shape}]`);
    return [{ shape, dtype: x.dtype }];
  },
  gradient: (builder, node, [upstream]) =>
    upstream === undefined ? [] : [builder.reshape(upstream, node.inputs[0]!.shape)],
};
