import { type OpDefinition, ShapeError } from '../definition.ts';

const declaredByBuilder = (): never => {
  throw new ShapeError('parameter, input and constant are declared with their type through the builder');
};

const source = { infer: declaredByBuilder, gradient: () => [], flops: 'nothing' } as const;

/** A named persistent buffer: a weight, its gradient sum, an optimizer moment, a cache or a table. */
export const parameter: OpDefinition<'parameter'> = source;

/** A tensor fed anew for each run. */
export const input: OpDefinition<'input'> = source;

/** A tensor with one value everywhere. */
export const constant: OpDefinition<'constant'> = source;
