import type { Graph } from '../../graph/types.ts';
import type { Executor, Session } from '../../plan/executor.ts';
import type { InputSizes } from '../../tasks/inputs.ts';
import type { Encode } from '../../tuning/initial.ts';
import type { DTypes } from '../../tuning/seams.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import { inputSizes } from '../programs/feeds.ts';
import { type KeptWeights, keptDTypes } from '../programs/kept-weights.ts';
import type { AdapterValues } from './adapter-tuning.ts';
import { createParameterLoader, type LoadProgress } from './load.ts';
import type { OpenModel } from './open-model.ts';
import type { RunClock } from './run-clock.ts';
import type { SharedBase } from './shared-base.ts';

export interface LoadReport {
  /** Kernels are measured, before anything is loaded; the first time on an adapter only. */
  readonly onTune?: (done: number, total: number) => void;
  readonly onLoad?: (progress: LoadProgress) => void;
  /** Frozen weights were quantised: √(Σ(kept − published)² / Σ published²) over all of them. */
  readonly onQuantised?: (error: number) => void;
  /** The weights are there; what is left is compiling. */
  readonly onLoaded?: () => void;
  /** Pipelines over all programs. */
  readonly onCompile?: (done: number, total: number) => void;
}

/**
 * One model in one executor session: its weights, what is tuned, and the programs that share them. Training, chat and
 * export of a run all work on the same one, so no second copy of the weights is ever made.
 */
export interface ModelSession {
  readonly executor: Executor;
  readonly open: OpenModel;
  readonly tuning: Tuning | null;
  /** What each frozen weight is kept as. */
  readonly dtypes: DTypes;
  readonly session: Session;
  /**
   * Makes programs ready to run: defines them, uploads what their buffers lack, compiles. A name that is known already
   * is left out, so it may be asked for again.
   * @throws AppError 'gpu-out-of-memory', 'gpu-limit', 'memory-too-small' and what reading the weights throws
   */
  load(programs: ReadonlyMap<string, () => Graph>, report?: LoadReport): Promise<void>;
  has(program: string): boolean;
  /** Names of the inputs that a program reads. */
  inputsOf(program: string): InputSizes;
  dispose(): void;
}

export interface ModelSessionOptions {
  readonly executor: Executor;
  readonly open: OpenModel;
  readonly tuning: Tuning | null;
  /** What frozen weights are kept as; default: as published. */
  readonly weights?: KeptWeights;
  /** Of fresh adapter matrices. */
  readonly seed?: number;
  /** Products round their operands to f16. */
  readonly halfProducts?: boolean;
  /** Values that the tuning starts from in place of fresh ones. */
  readonly values?: AdapterValues | undefined;
  /** Times what the session does. */
  readonly clock?: RunClock | undefined;
  /** Gives the tokens of a text that fresh values come from. */
  readonly encode?: Encode | undefined;
  /** Shares frozen weights with the sessions before and after it. */
  readonly base?: SharedBase | undefined;
}

const nothingTuned: Tuning = { trained: new Map(), adapterParameters: [] };

/** Starts empty: `load` uploads. @throws AppError 'nothing-quantised' */
export function createModelSession(options: ModelSessionOptions): ModelSession {
  const { executor, open, tuning, weights = 'as-published', seed = 0, values, encode, base } = options;
  const dtypes = keptDTypes(open, weights, tuning);
  const made = executor.createSession({
    halfProducts: options.halfProducts,
    shelf: base?.shelfFor(executor, open.weights),
  });
  const session = options.clock?.watch(made) ?? made;
  const loader = createParameterLoader(session, { open, tuning: tuning ?? nothingTuned, seed, values, encode, base });
  const inputs = new Map<string, InputSizes>();
  return {
    executor,
    open,
    tuning,
    dtypes,
    session,
    async load(programs, report = {}) {
      const added = [...programs]
        .filter(([name]) => !inputs.has(name))
        .map(([name, build]) => [name, build()] as const);
      await executor.tune?.(
        added.map(([, graph]) => graph),
        report.onTune,
      );
      for (const [name, graph] of added) session.define(name, graph);
      const compiling = compile(
        session,
        added.map(([name]) => name),
        report.onCompile,
      );
      // Reading weights and compiling go on side by side; should reading fail first, the other's end is of no interest.
      compiling.catch(() => {});
      const error = await loader.load(
        added.map(([, graph]) => graph),
        report.onLoad,
      );
      if (error !== null) report.onQuantised?.(error);
      report.onLoaded?.();
      await compiling;
      for (const [name, graph] of added) inputs.set(name, inputSizes(graph));
    },
    has: (program) => inputs.has(program),
    inputsOf(program) {
      const names = inputs.get(program);
      if (!names) throw new RangeError(`program ${program} was not loaded`);
      return names;
    },
    dispose: () => session.dispose(),
  };
}

async function compile(session: Session, programs: readonly string[], onCompile: LoadReport['onCompile']) {
  const totals = programs.map(() => 0);
  const dones = programs.map(() => 0);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  await Promise.all(
    programs.map((program, index) =>
      session.compile(program, (done, total) => {
        dones[index] = done;
        totals[index] = total;
        onCompile?.(sum(dones), sum(totals));
      }),
    ),
  );
}
