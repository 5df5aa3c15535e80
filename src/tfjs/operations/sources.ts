import { fill } from '@tensorflow/tfjs-core';
import type { Evaluate } from '../run.ts';

/** Read where they are needed, as an effect may have replaced them by then. */
export const parameter: Evaluate<'parameter'> = () => [];

/** Uploaded where an operation needs them as tensors; many are read in JavaScript alone. */
export const input: Evaluate<'input'> = () => [];

export const constant: Evaluate<'constant'> = (node) => [fill([...node.outputs[0]!.shape], node.attributes.value)];
