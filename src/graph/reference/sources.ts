import { elementCount } from '../types.ts';
import type { Reference } from './interpret.ts';

function requireLength(what: string, data: ArrayLike<number> | undefined, shape: readonly number[]): void {
  if (data === undefined) throw new Error(`${what} is not given`);
  if (data.length !== elementCount(shape)) throw new Error(`${what} has ${data.length} elements, not [${shape}]`);
}

/** The array of the map itself, so that an effect writes it in place. */
export const parameter: Reference<'parameter'> = (node, _inputs, { parameters }) => {
  const { name } = node.attributes;
  requireLength(`parameter ${name}`, parameters.get(name), node.outputs[0]!.shape);
  return [parameters.get(name)!];
};

export const input: Reference<'input'> = (node, _inputs, { inputs }) => {
  const { name } = node.attributes;
  requireLength(`input ${name}`, inputs[name], node.outputs[0]!.shape);
  return [Float64Array.from(inputs[name]!)];
};

export const constant: Reference<'constant'> = (node) => [
  new Float64Array(elementCount(node.outputs[0]!.shape)).fill(node.attributes.value),
];
