import type { Graph } from '../graph/types.ts';
import type { Tuning } from '../tuning/tuning.ts';
import type { ModelSession } from './model-session.ts';
import type { OpenModel } from './open-model.ts';
import type { PreparedData } from './prepare-data.ts';
import { evaluateProgram, microStepProgram, type Recomputed, updateProgram } from './programs.ts';
import type { RunConfig } from './run-config.ts';
import { type Schedule, totalSteps, warmupSteps } from './schedule.ts';

/** AdamW as PyTorch defines it by default; the decay comes from the config. */
export const adamwConstants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

export const updateName = 'update';
export const microStepName = (batchSize: number, length: number): string => `micro-step/${batchSize}x${length}`;
export const evaluateName = (batchSize: number, length: number): string => `evaluate/${batchSize}x${length}`;

/** What `gradient_checkpointing` means: `auto` gives up a thousandth of the work for a fifth of the activations. */
export const recomputedBy = ({ architecture }: RunConfig): Recomputed =>
  (({ off: 'nothing', auto: 'activations', on: 'blocks' }) as const)[architecture.gradient_checkpointing];

/** Everything about a run that is settled before it begins. */
export interface TrainingPlan {
  readonly schedule: Schedule;
  readonly stepsPerEpoch: number;
  /** Updates between two evaluations. */
  readonly evaluationSteps: number;
  readonly programs: ReadonlyMap<string, () => Graph>;
}

/** The programs of all padded lengths that the run will meet, so that none compiles in the middle of it. */
export function trainingPrograms(
  { model, dtypes }: Pick<ModelSession, 'dtypes'> & Pick<OpenModel, 'model'>,
  tuning: Tuning,
  config: RunConfig,
  { train, validation }: Pick<PreparedData, 'train' | 'validation'>,
): TrainingPlan {
  const { training, logging } = config;
  const { stepsPerEpoch } = train;
  const steps = totalSteps(training, stepsPerEpoch);
  const programs = new Map<string, () => Graph>();
  if (steps > 0) {
    const batchSize = training.batch_size;
    for (const length of trainingLengths(train, steps, training.grad_accumulation)) {
      const build = () => microStepProgram(model, tuning, dtypes, { batchSize, length }, recomputedBy(config));
      programs.set(microStepName(batchSize, length), build);
    }
    const optimizer = { ...adamwConstants, weightDecay: training.weight_decay };
    programs.set(updateName, () => updateProgram(model, tuning, optimizer));
  }
  if (validation) {
    const batchSize = logging.eval_batch_size || training.batch_size;
    for (let index = 0; index < validation.batchesPerEpoch; index++) {
      const length = validation.lengthAt(0, index);
      const build = () => evaluateProgram(model, tuning, dtypes, { batchSize, length });
      programs.set(evaluateName(batchSize, length), build);
    }
  }
  return {
    schedule: {
      kind: training.schedule,
      warmupSteps: warmupSteps(training, stepsPerEpoch, steps),
      totalSteps: steps,
      minimum: training.min_learning_rate_ratio,
    },
    stepsPerEpoch,
    evaluationSteps: Math.max(1, Math.round(training.evaluation_epochs * stepsPerEpoch)),
    programs,
  };
}

function trainingLengths(train: PreparedData['train'], steps: number, accumulation: number): number[] {
  const lengths = new Set<number>();
  for (let step = 0; step < steps; step++) {
    const epoch = Math.floor(step / train.stepsPerEpoch);
    const first = (step % train.stepsPerEpoch) * accumulation;
    const end = Math.min(first + accumulation, train.batchesPerEpoch);
    for (let index = first; index < end; index++) lengths.add(train.lengthAt(epoch, index));
  }
  // The largest first: the memory of all programs is then settled, or refused, by the first.
  return [...lengths].sort((a, b) => b - a);
}
