/** Our training programs on an executor: the WebGPU engine, or TensorFlow.js interpreting the same graphs. */
import type { Executor, Feeds, Outputs, Session } from '../../src/plan/executor.ts';
import { batchFeeds, onlyWanted } from '../../src/training/programs/feeds.ts';
import { adamConstants } from '../../src/training/programs/optimizers.ts';
import { microStepProgram, updateProgram } from '../../src/training/programs/programs.ts';
import { recomputedBy } from '../../src/training/programs/training-programs.ts';
import { createModelSession } from '../../src/training/session/model-session.ts';
import { trainableParameters } from '../../src/tuning/tuning.ts';
import type { Contender } from '../contender.ts';
import type { Workload } from '../workloads.ts';

export interface GraphStep {
  readonly session: Session;
  /** Enqueues forward and backward. */
  backward(): Promise<Outputs>;
  /** Enqueues AdamW; resolves with the loss. */
  update(): Promise<number>;
}

/** A workload's programs in a session of their own, ready to run. */
export async function graphStep(executor: Executor, workload: Workload): Promise<GraphStep> {
  const { open, config, tuning, batch, adapter } = workload;
  const { model, dtypes } = open;
  const { session, load, inputsOf } = createModelSession({ executor, open, tuning });
  await load(
    new Map([
      ['micro-step', () => microStepProgram(model, tuning, dtypes, batch, recomputedBy(config))],
      ['update', () => updateProgram(model, tuning, { ...config.training, optimizer: 'AdamW', weight_decay: 0 })],
    ]),
  );
  for (const [name, values] of adapter) session.write(name, new Uint8Array(values.buffer));

  const wanted = inputsOf('micro-step');
  const scalars: Feeds = { lossScale: Float32Array.of(1 / batch.scoredTokens), keep: Float32Array.of(0) };
  const feeds = { ...batchFeeds(model, batch, wanted), ...onlyWanted(scalars, wanted) };
  let steps = 0;
  return {
    session,
    backward: () => session.run('micro-step', feeds),
    async update() {
      steps++;
      const { beta1, beta2 } = adamConstants(config.training);
      // The last one is the largest gradient norm; 0 clips nothing.
      const hyper = Float32Array.of(config.training.learning_rate, 1 - beta1 ** steps, 1 - beta2 ** steps, 0);
      return (await session.run('update', { hyper })).loss![0]!;
    },
  };
}

export async function graphContender(executor: Executor, workload: Workload): Promise<Contender> {
  const { session, backward, update } = await graphStep(executor, workload);
  return {
    description: executor.description,
    repeats: 1,
    async first() {
      await backward();
      const tensors = new Map<string, Float32Array>();
      for (const { name } of trainableParameters(workload.open.model, workload.tuning))
        tensors.set(name, new Float32Array((await session.read(`gradient/${name}`)).slice().buffer));
      return { loss: await update(), tensors };
    },
    step() {
      void backward();
      return update();
    },
  };
}
