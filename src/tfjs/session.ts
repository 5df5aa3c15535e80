import type { Tensor } from '@tensorflow/tfjs-core';
import { AppError, toAppError } from '../errors.ts';
import { dequantise, QuantisationError, quantise } from '../graph/quantisation.ts';
import { type FloatDType, type Graph, isQuantised, sameShape } from '../graph/types.ts';
import type { CostSheet } from '../plan/cost-sheet.ts';
import type { ExecutorName, Feeds, Outputs, Session, SessionStatistics } from '../plan/executor.ts';
import type { DeviceProfile } from '../plan/profile.ts';
import { type BackendName, selectBackend } from './backends.ts';
import { costOf } from './cost.ts';
import type { DeviceWatch } from './device-watch.ts';
import { fromBytes } from './half.ts';
import { Parameter } from './parameters.ts';
import { type Program, programOf, runProgram } from './program.ts';

/** What a session knows of the executor that made it. */
export interface SessionHost {
  readonly name: ExecutorName;
  readonly backend: BackendName;
  readonly profile: DeviceProfile;
  readonly watch: DeviceWatch;
  /** Bytes of tensors that a session may need; more is refused. */
  readonly memoryLimit: number;
}

const nothingLeft = (error: unknown): boolean =>
  error instanceof Error && /out of memory|allocation failed|cannot enlarge memory|array length/i.test(error.message);

/** Programs interpreted node by node. On wasm and cpu a run is over when `run` returns its promise. */
export class TfjsSession implements Session {
  private readonly programs = new Map<string, Program>();
  private readonly parameters = new Map<string, Parameter>();
  private readonly quantised = new QuantisationError();
  private closed = false;

  constructor(private readonly host: SessionHost) {}

  /** @throws AppError 'memory-too-small' | 'gpu-limit' */
  define(name: string, graph: Graph): CostSheet {
    this.requireOpen();
    const program = programOf(graph);
    const sheet = costOf(program, this.host.profile);
    this.declareParameters(graph);
    this.requireRoom(sheet);
    this.programs.set(name, program);
    return sheet;
  }

  /** Nothing to compile ahead: TensorFlow.js compiles what it meets, on webgpu during the first run. */
  async compile(program: string, onProgress?: (done: number, total: number) => void): Promise<void> {
    this.programOf(program);
    onProgress?.(0, 0);
  }

  write(parameter: string, bytes: Uint8Array, byteOffset = 0): void {
    this.requireOpen();
    selectBackend(this.host.backend);
    this.parameterOf(parameter).write(bytes, byteOffset);
  }

  /** The values that the quantised bits stand for: TensorFlow.js computes with what our kernels would. */
  quantise(name: string, published: Uint8Array, dtype: FloatDType, firstRow: number): void {
    this.requireOpen();
    selectBackend(this.host.backend);
    const parameter = this.parameterOf(name);
    const target = parameter.type.dtype;
    if (!isQuantised(target)) throw new AppError('internal', { reason: `${name} is not of a quantised type` });
    const width = parameter.type.shape.at(-1)!;
    const values = fromBytes(published, dtype) as Float32Array<ArrayBuffer>;
    const kept = dequantise(quantise(values, width, target), width, target);
    this.quantised.add(kept, values);
    parameter.put(kept, firstRow * width);
  }

  async finishQuantising(): Promise<number> {
    return this.quantised.relative;
  }

  async read(parameter: string): Promise<Uint8Array> {
    this.requireOpen();
    selectBackend(this.host.backend);
    return await this.host.watch.guard(() => this.parameterOf(parameter).read());
  }

  async run(name: string, feeds: Feeds): Promise<Outputs> {
    this.requireOpen();
    const program = this.programOf(name);
    try {
      return await this.host.watch.guard(() => {
        selectBackend(this.host.backend);
        return fetchAll(runProgram(program, this.parameters, feeds));
      });
    } catch (error) {
      const { name: executor, memoryLimit: limit } = this.host;
      if (nothingLeft(error))
        throw new AppError('memory-too-small', { needed: '?', executor, limit }, { cause: error });
      throw toAppError(error);
    }
  }

  /** Persistent tensors only: the rest is TensorFlow.js's own affair and stays 0. */
  get statistics(): SessionStatistics {
    const bufferBytes = [...this.parameters.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return { dispatches: 0, submits: 0, bufferBytes, buffers: this.parameters.size, bindGroups: 0, pipelines: 0 };
  }

  dispose(): void {
    this.closed = true;
    for (const parameter of this.parameters.values()) parameter.dispose();
    this.parameters.clear();
    this.programs.clear();
  }

  private declareParameters(graph: Graph): void {
    for (const node of graph.nodes) {
      if (node.op !== 'parameter') continue;
      const { name } = node.attributes;
      const type = node.outputs[0]!;
      const known = this.parameters.get(name);
      if (known === undefined) this.parameters.set(name, new Parameter(name, type));
      else if (known.type.dtype !== type.dtype || !sameShape(known.type.shape, type.shape))
        throw new AppError('internal', { reason: `parameter ${name} is declared twice with different types` });
    }
  }

  private requireRoom(sheet: CostSheet): void {
    const { name: executor, memoryLimit: limit, backend, profile } = this.host;
    const needed = this.statistics.bufferBytes + sheet.peakByKind.activations;
    if (needed > limit) throw new AppError('memory-too-small', { needed, executor, limit });
    const binding = profile.maxStorageBufferBindingSize;
    if (backend === 'webgpu' && sheet.largestBinding > binding)
      throw new AppError('gpu-limit', { what: 'a buffer', needed: sheet.largestBinding, limit: binding });
  }

  private programOf(name: string): Program {
    const program = this.programs.get(name);
    if (program === undefined) throw new AppError('internal', { reason: `no program ${name} is defined` });
    return program;
  }

  private parameterOf(name: string): Parameter {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) throw new AppError('internal', { reason: `no program has a parameter ${name}` });
    return parameter;
  }

  private requireOpen(): void {
    if (this.closed) throw new AppError('internal', { reason: 'the session is closed' });
    this.host.watch.check();
  }
}

/** Values of tensors, which are then disposed. */
async function fetchAll(tensors: Record<string, Tensor>): Promise<Outputs> {
  const entries = Object.entries(tensors);
  try {
    const values = await Promise.all(entries.map(([, tensor]) => tensor.data()));
    return Object.fromEntries(entries.map(([name], i) => [name, Float32Array.from(values[i]!)]));
  } finally {
    for (const [, tensor] of entries) tensor.dispose();
  }
}
