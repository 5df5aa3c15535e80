/** Short trainings of the example in the forms that use the engine most differently. */
import { readTable } from '../../src/data/read-table.ts';
import type { ModelFiles } from '../../src/files/source.ts';
import type { Executor } from '../../src/plan/executor.ts';
import { parseRunConfig } from '../../src/training/config/run-config.ts';
import { createTraining } from '../../src/training/run/trainer.ts';
import { openModel, openTokenizer } from '../../src/training/session/open-model.ts';

/** Changes to the example's `tuning`; its own is LoRA with dropout on the last two layers. */
const tunings = {
  'LoRA with dropout': {},
  'LoRA without dropout': { lora_dropout: 0 },
  'last two layers': { method: 'full', train_parameters: [{ last_layers: 2 }] },
  everything: { method: 'full', train_parameters: [{ all: true }] },
} as const;

export type TrainingName = keyof typeof tunings;
export const trainingNames = Object.keys(tunings) as readonly TrainingName[];

export interface Trained {
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  /**
   * The mean of the steps after the first, from metrics to metrics: two steps are on their way, so single ones are no
   * measure. `null` of a single step.
   */
  readonly stepMilliseconds: number | null;
}

/** Trains the first `steps` updates of a run that would be as long as the example's. `folder` is public/example. */
export async function trainExample(
  name: TrainingName,
  { executor, folder, model, steps }: { executor: Executor; folder: ModelFiles; model: ModelFiles; steps: number },
): Promise<Trained> {
  const json = JSON.parse(await folder.text('run.json'));
  const open = await openModel(model);
  const losses: number[] = [];
  const gradNorms: number[] = [];
  const times: number[] = [];
  const training = createTraining({
    executor,
    open,
    tokenizer: await openTokenizer(model),
    config: parseRunConfig({
      ...json,
      tuning: { ...json.tuning, ...tunings[name] },
      // A rate that suits all four.
      training: { ...json.training, learning_rate: 1e-3 },
    }),
    tables: { training: await readTable(await folder.text('data.csv'), { fileName: 'data.csv' }) },
    stopAfter: steps,
    onEvent(event) {
      if (event.kind !== 'step') return;
      losses.push(event.metrics.loss);
      gradNorms.push(event.metrics.gradNorm);
      times.push(performance.now());
    },
  });
  await training.start();
  training.dispose();
  const stepMilliseconds = times.length < 2 ? null : (times.at(-1)! - times[0]!) / (times.length - 1);
  return { losses, gradNorms, stepMilliseconds };
}
