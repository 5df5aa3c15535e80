/**
 * One training step of ours, TensorFlow.js and jax-js on the adapter that Node finds, in alternation.
 * npm run bench -- [--model example|1m|18m|25m|110m] [--method lora|full] [--steps N] [--seconds N]
 *   [--contenders ours,tfjs,tfjs-graph,jax] [--json FILE]
 */
import { compare } from './compare.ts';
import { connectProcess } from './node-contender.ts';
import { finish, printStep, readStepCommand } from './report.ts';

const options = readStepCommand({ model: 'example', steps: '10' });
const comparison = await compare(options, connectProcess, console.error);
printStep(comparison);
finish([comparison], options.json);
