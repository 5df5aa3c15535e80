import { fill } from '@tensorflow/tfjs-core';
import { type Entry, plain } from '../run.ts';

/** Read where they are needed, as an effect may have replaced them by then. */
export const parameter: Entry<'parameter'> = plain(() => []);

/** Uploaded where an operation needs them as tensors; many are read in JavaScript alone. */
export const input: Entry<'input'> = plain(() => []);

export const constant: Entry<'constant'> = plain((node) => [fill([...node.outputs[0]!.shape], node.attributes.value)]);
