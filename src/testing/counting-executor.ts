/**
 * For tests of what happens around a training: an executor that computes next to nothing. Every buffer holds one number,
 * each update moves all of those that it trains by what the window was fed, and the loss follows from them; so an update
 * that is lost, done twice or begun from other values shows in every loss after it. Its device can be lost.
 */
import { AppError } from '../errors.ts';
import { elementCount, type Graph, type ParameterKind, type TensorType } from '../graph/types.ts';
import type { CostSheet } from '../plan/cost-sheet.ts';
import type { Executor, Feeds, Session } from '../plan/executor.ts';
import { portable } from '../plan/profile.ts';
import { insideName } from '../training/programs/inside.ts';

export interface CountingExecutor extends Executor {
  lose(): void;
}

export function countingExecutor(): CountingExecutor {
  let failure: AppError | undefined;
  let tell = (_: AppError) => {};
  const lost = new Promise<never>((_, reject) => {
    tell = reject;
  });
  lost.catch(() => {});
  const check = () => {
    if (failure) throw failure;
  };
  return {
    name: 'webgpu',
    profile: portable,
    description: 'counts',
    lost,
    get isBroken() {
      return failure !== undefined;
    },
    createSession: () => new CountingSession(check),
    lose() {
      const reason = 'a test wanted it';
      failure = new AppError('device-lost', { reason });
      tell(failure);
    },
    dispose() {},
  };
}

class CountingSession implements Session {
  readonly statistics = { dispatches: 0, submits: 0, bufferBytes: 0, buffers: 0, bindGroups: 0, pipelines: 0 };
  private readonly programs = new Map<
    string,
    { readonly names: readonly string[]; readonly outputs: Graph['outputs'] }
  >();
  private readonly types = new Map<string, TensorType>();
  private readonly numbers = new Map<string, number>();
  private fed = 0;
  private isClosed = false;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly checkDevice: () => void) {}

  define(program: string, graph: Graph): CostSheet {
    this.check();
    const names: string[] = [];
    for (const { op, attributes, outputs } of graph.nodes) {
      if (op !== 'parameter') continue;
      const { name, kind } = attributes as { name: string; kind: ParameterKind };
      this.types.set(name, outputs[0]!);
      if (kind !== 'gradient') names.push(name);
    }
    this.programs.set(program, { names, outputs: graph.outputs });
    return { peakByKind: {} } as CostSheet;
  }

  async compile(): Promise<void> {
    await soon();
    this.check();
  }

  write(name: string, bytes: Uint8Array): void {
    this.check();
    if (this.types.get(name)?.dtype !== 'f32') return;
    this.numbers.set(name, new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true));
  }

  quantise(): void {}

  async finishQuantising(): Promise<number> {
    return 0;
  }

  async read(name: string): Promise<Uint8Array> {
    await this.queue;
    this.check();
    const { shape } = this.types.get(name)!;
    return new Uint8Array(new Float32Array(elementCount(shape)).fill(this.numbers.get(name) ?? 0).buffer);
  }

  run(program: string, feeds: Feeds) {
    const sum = Object.values(feeds).reduce((all, values) => all + digest(values), 0);
    const run = this.queue.then(soon).then(() => {
      this.check();
      if (program === 'update') return this.update(program, sum);
      return program === insideName ? this.look(program) : this.feed(sum);
    });
    this.queue = run.catch(() => {});
    return run;
  }

  dispose(): void {
    this.isClosed = true;
  }

  private check(): void {
    if (this.isClosed) throw new AppError('internal', { reason: 'the session is closed' });
    this.checkDevice();
  }

  private feed(sum: number) {
    this.fed = (this.fed * 7 + sum) % 8191;
    return { loss: Float32Array.of(sum) };
  }

  /** What only looks at the weights leaves no trace. */
  private look(program: string) {
    const { outputs } = this.programs.get(program)!;
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { shape }]) => [name, new Float32Array(elementCount(shape))]),
    );
  }

  private update(program: string, sum: number) {
    let loss = 0;
    for (const [index, name] of this.programs.get(program)!.names.entries()) {
      const moved = Math.fround(((this.numbers.get(name) ?? 0) * 5 + this.fed + (sum % 13) + index) % 1021);
      this.numbers.set(name, moved);
      loss = (loss * 3 + moved) % 65521;
    }
    this.fed = 0;
    return { loss: Float32Array.of(loss), gradNorm: Float32Array.of(1) };
  }
}

function digest(values: Feeds[string]): number {
  let sum = 0;
  for (const value of values) sum = (sum * 3 + value) % 8191;
  return sum;
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));
