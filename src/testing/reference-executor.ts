/** For tests: an executor over the float64 reference. Persistent buffers are rounded to f32 after each run, as on a GPU. */
import { bytesToF32, type SafetensorsFloat } from '../files/half.ts';
import { dequantise, QuantisationError, quantise } from '../graph/quantisation.ts';
import { interpret } from '../graph/reference/interpret.ts';
import { byteLength, type DType, elementCount, type Graph, isQuantised, type TensorType } from '../graph/types.ts';
import type { CostSheet } from '../plan/cost-sheet.ts';
import type { Executor, Outputs, Session } from '../plan/executor.ts';
import { portable } from '../plan/profile.ts';

const safetensorsFloats: Partial<Record<DType, SafetensorsFloat>> = { f32: 'F32', f16: 'F16', bf16: 'BF16' };

export interface ReferenceExecutor extends Executor {
  /** Every write so far, `session/parameter`: what was uploaded. */
  readonly writes: string[];
}

export function referenceExecutor(): ReferenceExecutor {
  const writes: string[] = [];
  return {
    name: 'tfjs-cpu',
    profile: portable,
    description: 'float64 reference',
    writes,
    createSession: () => referenceSession(writes),
    lost: new Promise<never>(() => {}),
    dispose() {},
  };
}

function referenceSession(writes: string[]): Session {
  const programs = new Map<string, Graph>();
  const types = new Map<string, TensorType>();
  const parameters = new Map<string, Float64Array>();
  const quantised = new QuantisationError();
  let queue: Promise<unknown> = Promise.resolve();
  const typeOf = (name: string): TensorType => {
    const type = types.get(name);
    if (!type) throw new Error(`no program has a parameter ${name}`);
    return type;
  };
  const runNow = (program: string, inputs: Parameters<Session['run']>[1]): Outputs => {
    const { outputs } = interpret(programs.get(program)!, { parameters, inputs });
    for (const [name, values] of parameters) if (types.get(name)!.dtype === 'f32') roundAll(values);
    return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Float32Array.from(values)]));
  };
  return {
    define(program, graph) {
      programs.set(program, graph);
      for (const node of graph.nodes) {
        if (node.op !== 'parameter' || types.has(node.attributes.name)) continue;
        types.set(node.attributes.name, node.outputs[0]!);
        parameters.set(node.attributes.name, new Float64Array(elementCount(node.outputs[0]!.shape)));
      }
      return {} as CostSheet;
    },
    compile: async (_program, onProgress) => onProgress?.(1, 1),
    write(name, bytes, byteOffset = 0) {
      writes.push(name);
      const { dtype: kept } = typeOf(name);
      if (kept === 'u32') {
        parameters.get(name)!.set(new Uint32Array(bytes.slice().buffer), byteOffset / 4);
        return;
      }
      if (isQuantised(kept)) {
        const width = typeOf(name).shape.at(-1)!;
        const row = byteOffset / byteLength({ shape: [width], dtype: kept });
        parameters.get(name)!.set(dequantise(new Uint32Array(bytes.slice().buffer), width, kept), row * width);
        return;
      }
      const dtype = safetensorsFloats[kept]!;
      parameters.get(name)!.set(bytesToF32(bytes, dtype), byteOffset / (dtype === 'F32' ? 4 : 2));
    },
    quantise(name, published, dtype, firstRow) {
      writes.push(name);
      const { shape, dtype: target } = typeOf(name);
      if (!isQuantised(target)) throw new Error(`${name} is not of a quantised type`);
      const width = shape.at(-1)!;
      const values = bytesToF32(published, safetensorsFloats[dtype]!);
      const kept = dequantise(quantise(values, width, target), width, target);
      quantised.add(kept, values);
      parameters.get(name)!.set(kept, firstRow * width);
    },
    finishQuantising: async () => quantised.relative,
    async read(name) {
      await queue;
      const Elements = typeOf(name).dtype === 'u32' ? Uint32Array : Float32Array;
      return new Uint8Array(Elements.from(parameters.get(name)!).buffer);
    },
    run(program, feeds) {
      // Feeds may be reused by the caller at once, so they are copied; the run itself comes later, as on a GPU.
      const inputs = Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, values.slice()]));
      const run = queue.then(() => runNow(program, inputs));
      queue = run.catch(() => {});
      return run;
    },
    statistics: { dispatches: 0, submits: 0, bufferBytes: 0, buffers: 0, bindGroups: 0, pipelines: 0 },
    dispose() {},
  };
}

function roundAll(values: Float64Array): void {
  for (let index = 0; index < values.length; index++) values[index] = Math.fround(values[index]!);
}
