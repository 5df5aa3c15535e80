import type { Executor } from '../src/plan/executor.ts';
import { type OperationName, operations } from './operations.ts';
import { type ExampleFiles, loadWorkload, type Method, type WorkloadName } from './workloads.ts';

/** What is compared: a training step, or one operation alone. */
export type Task =
  | { readonly kind: 'step'; readonly model: WorkloadName; readonly method: Method }
  | { readonly kind: 'operation'; readonly operation: OperationName };

/** What contenders are held to: a step's loss and gradients by our parameters' names, or an operation's results. */
export interface Results {
  readonly loss?: number;
  /** f32, row-major. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** A task as one library does it. A step is AdamW without weight decay and without clipping. */
export interface Contender {
  /** The library and what it runs on. */
  readonly description: string;
  /** How often `step` does the task, so that a short one outlasts the clock; settled by `first`. */
  readonly repeats: number;
  /** Does the task once, and with it everything that only the first time needs, such as compiling. */
  first(): Promise<Results>;
  /** Does it again; resolves when the work is done, for a training step with its loss. */
  step(): Promise<number | undefined>;
}

/** What differs between Node and the browser. */
export interface Surroundings {
  readonly example: ExampleFiles;
  executor(name: 'webgpu' | 'tfjs-webgpu'): Promise<Executor>;
  /** Makes `navigator.gpu` and WebGPU's names global, for libraries that expect a browser. */
  provideNavigatorGpu(): Promise<void>;
}

export type ContenderName = 'ours' | 'tfjs' | 'tfjs-graph' | 'jax';

/** In the order of a table. */
export const contenderTitles: Readonly<Record<ContenderName, string>> = {
  ours: 'Atelier',
  tfjs: 'TensorFlow.js, variableGrads and Adam',
  'tfjs-graph': "TensorFlow.js running Atelier's graph, no tape",
  jax: 'jax-js, one jit',
};

export async function createContender(name: ContenderName, task: Task, surroundings: Surroundings): Promise<Contender> {
  const isGraph = name === 'ours' || name === 'tfjs-graph';
  if (!isGraph) await surroundings.provideNavigatorGpu();
  const executor = () => surroundings.executor(name === 'ours' ? 'webgpu' : 'tfjs-webgpu');
  if (task.kind === 'operation') {
    const operation = operations[task.operation];
    if (isGraph) return (await import('./contenders/graph-operation.ts')).graphOperation(await executor(), operation);
    if (name === 'tfjs') return (await import('./contenders/tfjs-operation.ts')).tfjsOperation(operation);
    throw new Error('jax-js has no operations alone');
  }
  const workload = await loadWorkload(task.model, task.method, surroundings.example);
  if (isGraph) return (await import('./contenders/graph.ts')).graphContender(await executor(), workload);
  if (name === 'tfjs') return (await import('./contenders/tfjs.ts')).tfjsContender(workload);
  return (await import('./contenders/jax.ts')).jaxContender(workload);
}

/** An adapter in words; browsers tell less of it than Node does. */
export const adapterName = ({ vendor, architecture, description }: GPUAdapterInfo): string =>
  description || `${vendor} ${architecture}`.trim();
