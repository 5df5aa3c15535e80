import type { Graph } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { Settings } from '../config/stage.ts';
import { insideName, insideProgram } from './inside.ts';
import { weighsTokens } from './loss-share.ts';
import { lossFactorOf } from './precision.ts';
import {
  type BatchShape,
  type DTypes,
  evaluateProgram,
  microStepProgram,
  type Recomputed,
  referenceProgram,
  type Side,
  updateProgram,
} from './programs.ts';
import { evaluationSteps, type Schedule, scheduleOf, totalSteps } from './schedule.ts';

export const updateName = 'update';
export const microStepName = (batchSize: number, length: number): string => `micro-step/${batchSize}x${length}`;
export const referenceName = (batchSize: number, length: number): string => `reference/${batchSize}x${length}`;
export const evaluateName = (batchSize: number, length: number, side: Side = 'tuned'): string =>
  `evaluate/${side === 'base' ? 'base/' : ''}${batchSize}x${length}`;

/**
 * What `gradient_checkpointing` means. `auto` gives up a thousandth of the work for a fifth of the activations, and
 * whole layers where even that does not fit (`planTuning` knows).
 */
export const recomputedBy = ({ architecture }: Settings<'architecture.gradient_checkpointing'>): Recomputed =>
  (({ off: 'nothing', auto: 'activations', on: 'blocks' }) as const)[architecture.gradient_checkpointing];

/** What the config says of a micro-step beside its sizes. */
export const chosenFor = (
  config: Settings<
    | 'training.loss_function'
    | 'training.beta'
    | 'training.label_smoothing'
    | 'training.simpo_gamma'
    | 'training.cpo_alpha'
    | 'training.desirable_weight'
    | 'training.undesirable_weight'
    | 'augmentation.neftune_noise_alpha'
    | 'architecture.intermediate_dropout'
    | 'environment.mixed_precision'
  >,
): Pick<BatchShape, 'weighsTokens' | 'noiseAlpha' | 'dropout' | 'lossFactor' | 'lossSettings'> => ({
  weighsTokens: weighsTokens(config.training),
  noiseAlpha: config.augmentation.neftune_noise_alpha,
  dropout: config.architecture.intermediate_dropout,
  lossFactor: lossFactorOf(config),
  lossSettings: config.training,
});

/** Everything about a run that is settled before it begins. */
export interface TrainingPlan {
  readonly schedule: Schedule;
  readonly stepsPerEpoch: number;
  /** Updates between two evaluations. */
  readonly evaluationSteps: number;
  readonly programs: ReadonlyMap<string, () => Graph>;
  /** Those that read what the model says before training; none where no loss wants that. */
  readonly referencePrograms: ReadonlyMap<string, () => Graph>;
}

/** The programs of all padded lengths that the run will meet, so that none compiles in the middle of it. */
export function trainingPrograms(
  { model, dtypes }: { readonly model: Model; readonly dtypes: DTypes },
  tuning: Tuning,
  config: RunConfig,
  { train, validation, everyRow }: Pick<PreparedData, 'train' | 'validation' | 'everyRow'>,
  recomputed: Recomputed,
): TrainingPlan {
  const { training, tuning: settings } = config;
  const { stepsPerEpoch } = train;
  const steps = totalSteps(training, stepsPerEpoch);
  const programs = new Map<string, () => Graph>();
  if (steps > 0) {
    const { batchSize } = train;
    const places = trainingBatches(train, steps, training.grad_accumulation);
    for (const shape of shapesOf(model, train, places, batchSize)) {
      const { length } = shape;
      const whole = { ...shape, ...chosenFor(config) };
      const build = () => microStepProgram(model, tuning, dtypes, whole, recomputed);
      programs.set(microStepName(batchSize, length), build);
    }
    programs.set(updateName, () => updateProgram(model, tuning, training));
    programs.set(insideName, () => insideProgram(model, tuning, dtypes).graph);
  }
  if (validation) {
    for (const each of validationShapes(model, validation)) {
      const shape = { ...each, lossSettings: training };
      programs.set(evaluateName(shape.batchSize, shape.length), () => evaluateProgram(model, tuning, dtypes, shape));
    }
  }
  const referencePrograms = new Map<string, () => Graph>();
  if (objectiveOf(model).readsReference?.(training)) {
    // An adapter that is gone on with belongs to what was there before training.
    const withAdapter = settings.init_from !== '';
    const all = [everyRow?.() ?? train, validation].filter((batches) => batches !== null);
    for (const shape of roomiest(all.flatMap((batches) => validationShapes(model, batches)))) {
      const build = () => referenceProgram(model, tuning, dtypes, shape, withAdapter);
      referencePrograms.set(referenceName(shape.batchSize, shape.length), build);
    }
  }
  return {
    schedule: scheduleOf(training, stepsPerEpoch, steps),
    stepsPerEpoch,
    evaluationSteps: evaluationSteps(training, stepsPerEpoch),
    programs,
    referencePrograms,
  };
}

/** Of shapes that share a program the one with the most room for labels. */
export function roomiest<S extends BatchShape>(shapes: readonly S[]): S[] {
  const room = ({ scoredRows, batchSize, length }: S) => scoredRows ?? batchSize * length;
  const most = new Map<string, S>();
  for (const shape of shapes) {
    const name = referenceName(shape.batchSize, shape.length);
    const known = most.get(name);
    if (!known || room(known) < room(shape)) most.set(name, shape);
  }
  return [...most.values()];
}

/** A shape for each padded length among the batches of an evaluation. */
export function validationShapes(model: Model, validation: PreparedData['train']): BatchShape[] {
  const batches = Array.from({ length: validation.batchesPerEpoch }, (_, index) => ({ epoch: 0, index }));
  return shapesOf(model, validation, batches, validation.batchSize);
}

/** Which batch of which epoch. */
interface BatchPlace {
  readonly epoch: number;
  readonly index: number;
}

function trainingBatches(train: PreparedData['train'], steps: number, accumulation: number): BatchPlace[] {
  return Array.from({ length: steps }, (_, step) => {
    const epoch = Math.floor(step / train.stepsPerEpoch);
    const first = (step % train.stepsPerEpoch) * accumulation;
    const count = Math.min(accumulation, train.batchesPerEpoch - first);
    return Array.from({ length: count }, (_, offset) => ({ epoch, index: first + offset }));
  }).flat();
}

/**
 * One shape for each padded length among the batches, with room for the most labels that one of them has. The largest
 * comes first: the memory of all programs is then settled, or refused, by the first.
 */
function shapesOf(
  model: Model,
  batches: PreparedData['train'],
  places: readonly BatchPlace[],
  batchSize: number,
): BatchShape[] {
  const { scoredRows } = objectiveOf(model);
  const most = new Map<number, number>();
  for (const { epoch, index } of places) {
    const length = batches.lengthAt(epoch, index);
    most.set(length, Math.max(most.get(length) ?? 0, batches.scoredAt(epoch, index)));
  }
  return [...most]
    .sort(([a], [b]) => b - a)
    .map(([length, scored]) => ({
      ...{ batchSize, length, pairs: batches.pairs },
      scoredRows: scoredRows(scored, batchSize * length),
    }));
}
