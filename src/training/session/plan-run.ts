import { textPairColumn } from '../../data/columns.ts';
import type { Graph } from '../../graph/types.ts';
import { isObject } from '../../models/config-reader.ts';
import { layerPath, type Model } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { textConfig } from '../../models/wrapper.ts';
import { combineSheets } from '../../plan/cost.ts';
import type { CostSheet } from '../../plan/cost-sheet.ts';
import { planProgram } from '../../plan/plan.ts';
import type { DeviceProfile } from '../../plan/profile.ts';
import type { Plan } from '../../plan/types.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { type Tuning, trainedShare } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { Settings } from '../config/stage.ts';
import { checkedModel, generalSettings, plannedGeneral } from '../programs/general-texts.ts';
import { insideProgram } from '../programs/inside.ts';
import { keptDTypes, type PublishedModel } from '../programs/kept-weights.ts';
import { profileOf } from '../programs/precision.ts';
import {
  divergenceProgram,
  evaluateProgram,
  microStepProgram,
  type Recomputed,
  referenceProgram,
  statesProgram,
  updateProgram,
} from '../programs/programs.ts';
import { chosenFor, recomputedBy } from '../programs/training-programs.ts';
import { plannedHead } from './fit-run.ts';
import { plannedCodes } from './planned-codes.ts';
import { type StepMemory, stepMemory } from './step-memory.ts';

/** What one optimizer step of a run costs, and what the run keeps on the GPU. */
export interface RunPlan {
  /** What the backward part computes again. */
  readonly recomputed: Recomputed;
  readonly trainedParameters: number;
  readonly totalParameters: number;
  readonly trainedPercent: number;
  /** Padded tokens of one micro-step. */
  readonly batchSize: number;
  readonly length: number;
  readonly microStepsPerStep: number;
  /** All micro-steps of an accumulation window and the update; memory includes evaluation, where the run evaluates. */
  readonly step: CostSheet;
  readonly microStep: CostSheet;
  readonly update: CostSheet;
  /** One batch of an evaluation; null where the run evaluates none. */
  readonly evaluation: CostSheet | null;
  /** The norms of what is trained, taken at each evaluation and at the end. */
  readonly inside: CostSheet;
  /** One batch read before training, for a loss that compares with what the model said then; else null. */
  readonly reference: CostSheet | null;
  /** One batch of general texts at an evaluation, and read before with the published model; null where none is. */
  readonly general: { readonly tuned: CostSheet; readonly base: CostSheet; readonly batches: number } | null;
  /** Keys of the kernels that all these need. */
  readonly kernels: readonly string[];
  /** How memory rises and falls over one optimizer step. */
  readonly memory: StepMemory;
  /** Dispatches of one micro-step that belong to each layer. */
  readonly dispatchesByLayer: readonly number[];
}

export interface RunPlanOptions extends PublishedModel {
  readonly profile: DeviceProfile;
  /** Padded length of the longest batch, where the data is known; default: that of max_length. */
  readonly length?: number | undefined;
}

/** What of a run config its plan follows from. The rates of training are numbers that programs are given. */
export const plannedSettings = [
  ...(['model.weights', 'tuning', 'tokenizer.max_length', 'tokenizer.packing'] as const),
  ...(['architecture.gradient_checkpointing', 'architecture.intermediate_dropout'] as const),
  ...(['augmentation.neftune_noise_alpha', 'environment.mixed_precision'] as const),
  ...(['training.grad_accumulation', 'training.loss_function'] as const),
  ...(['training.beta', 'training.label_smoothing', 'training.simpo_gamma', 'training.cpo_alpha'] as const),
  ...(['training.desirable_weight', 'training.undesirable_weight'] as const),
  ...(['training.optimizer', 'training.weight_decay'] as const),
  ...(['training.adam_beta1', 'training.adam_beta2', 'training.adam_epsilon'] as const),
  ...(['dataset.text_pair_column', 'dataset.validation_strategy'] as const),
  ...generalSettings,
] as const;
export type PlannedSettings = Settings<(typeof plannedSettings)[number]>;

/**
 * Plans a run at its largest batch. Pure: no weights, no GPU.
 * @throws AppError 'nothing-matched', 'nothing-trained', 'nothing-quantised', 'gpu-limit'
 */
export function planRun(config: RunConfig, options: RunPlanOptions): RunPlan {
  const { model } = options;
  return planTuning(config, resolveTuning(model, config.tuning, config.training.learning_rate), options);
}

/**
 * The same for a tuning that is resolved already. Where `gradient_checkpointing` is `auto` and the run would not fit the
 * profile's memory, whole layers are computed again.
 */
export function planTuning(config: PlannedSettings, tuning: Tuning, options: RunPlanOptions): RunPlan {
  const plan = planWith(recomputedBy(config), config, tuning, options);
  const budget = options.profile.memoryBudget ?? Number.POSITIVE_INFINITY;
  const mayChange = config.architecture.gradient_checkpointing === 'auto';
  return mayChange && plan.step.peakBytes > budget ? planWith('blocks', config, tuning, options) : plan;
}

function planWith(recomputed: Recomputed, config: PlannedSettings, tuning: Tuning, options: RunPlanOptions): RunPlan {
  const { model } = options;
  const { shape, microStep, update, others } = programsOf(recomputed, config, tuning, options);
  const { inside, evaluation, reference, general } = others();
  // The last of them has all persistent buffers.
  const plans = [microStep, update, inside, evaluation, reference, general?.tuned, general?.base].filter(
    (program) => program !== undefined,
  );
  const share = trainedShare(model, tuning);
  const step = combineSheets(plans.map(({ plan, times }) => ({ sheet: plan.cost, times })));
  return {
    recomputed,
    trainedParameters: share.trained,
    totalParameters: share.total,
    trainedPercent: share.percent,
    batchSize: shape.batchSize,
    length: shape.length,
    microStepsPerStep: config.training.grad_accumulation,
    step,
    microStep: microStep.plan.cost,
    update: update.plan.cost,
    inside: inside.plan.cost,
    evaluation: evaluation?.plan.cost ?? null,
    reference: reference?.plan.cost ?? null,
    general: general
      ? { tuned: general.tuned.plan.cost, base: general.base.plan.cost, batches: general.batches }
      : null,
    kernels: kernelsOf(plans.map(({ plan }) => plan)),
    memory: stepMemory(microStep.plan, update.plan, step.peakByKind),
    dispatchesByLayer: byLayer(microStep.plan, model),
  };
}

/** A program of a run: its graph, its plan, and how often an optimizer step runs it. */
export interface PlannedProgram {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly times: number;
}

interface PlannedGeneral {
  readonly tuned: PlannedProgram;
  readonly base: PlannedProgram;
  readonly batches: number;
}

/**
 * The programs of a run at its largest batch, planned one after the other over the same persistent buffers. `others` plans
 * those that an optimizer step does not run.
 */
export function programsOf(
  recomputed: Recomputed,
  config: PlannedSettings,
  tuning: Tuning,
  options: RunPlanOptions,
): {
  readonly shape: { readonly batchSize: number; readonly length: number };
  readonly microStep: PlannedProgram;
  readonly update: PlannedProgram;
  readonly others: () => {
    readonly inside: PlannedProgram;
    readonly evaluation: PlannedProgram | undefined;
    readonly reference: PlannedProgram | undefined;
    readonly general: PlannedGeneral | undefined;
  };
} {
  const { model } = options;
  const profile = profileOf(config, options.profile);
  const dtypes = keptDTypes(options, config.model.weights, tuning);
  const { training, dataset, logging } = config;
  const { longestRow, readsReference, readsPairs, ...objective } = objectiveOf(model);
  const rowsPerExample = objective.rowsPerExample?.(model, training) ?? 1;
  const batchSize = rowsPerExample * training.batch_size;
  const length = options.length ?? longestRow(model, tuning, config);
  const pairs = readsPairs && textPairColumn(dataset) !== undefined;
  const shape = { batchSize, length, pairs, ...chosenFor(config) };
  const program = (graph: Graph, times: number, after?: PlannedProgram): PlannedProgram => ({
    graph,
    plan: planProgram(graph, profile, after?.plan.persistent),
    times,
  });
  const microStep = program(microStepProgram(model, tuning, dtypes, shape, recomputed), training.grad_accumulation);
  const update = program(updateProgram(model, tuning, training), 1, microStep);
  const rows = rowsPerExample * (logging.eval_batch_size || training.batch_size);
  const read = { batchSize: rows, length, pairs, lossSettings: training };
  const withAdapter = config.tuning.init_from !== '';
  const general = (): PlannedGeneral | undefined => {
    const checked = checkedModel(model, config);
    if (!checked) return undefined;
    const { batches, shape } = plannedGeneral(checked, tuning, config);
    const tuned = program(divergenceProgram(model, tuning, dtypes, shape), 0, update);
    return { tuned, base: program(statesProgram(model, tuning, dtypes, shape), 0, tuned), batches };
  };
  const others = () => ({
    inside: program(insideProgram(model, tuning, dtypes).graph, 0, update),
    evaluation:
      dataset.validation_strategy === 'none'
        ? undefined
        : program(evaluateProgram(model, tuning, dtypes, read), 0, update),
    reference: readsReference?.(training)
      ? program(referenceProgram(model, tuning, dtypes, read, withAdapter), 0, update)
      : undefined,
    general: general(),
  });
  return { shape, microStep, update, others };
}

const kernelsOf = (plans: readonly Plan[]): string[] => [
  ...new Set(plans.flatMap(({ dispatches }) => dispatches.map(({ pipelineKey }) => pipelineKey))),
];

function byLayer({ dispatches }: Plan, { layers, parameters }: Model): number[] {
  const counts = layers.map(() => 0);
  const layerAt = new Map(parameters.map(({ name, layer }) => [layerPath(name), layer]));
  for (const { scope } of dispatches) {
    const path = layerPath(scope);
    if (path === undefined) continue;
    // The scopes of layers that share parameters are no modules, and end in the layer's index.
    const layer = layerAt.get(path) ?? Number(path.slice(path.lastIndexOf('.') + 1));
    if (counts[layer] !== undefined) counts[layer]++;
  }
  return counts;
}

const publishedDTypes: Readonly<Record<string, 'f32' | 'f16' | 'bf16'>> = {
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
};

/** The model and the data type of its weights as config.json says, for planning before any weight is there. */
export function modelFromConfigAlone(config: unknown, run?: RunConfig): PublishedModel {
  const model = modelFromConfig(config, run && isObject(config) ? plannedHead(run, config) : undefined);
  const { dtype, torch_dtype } = { ...textConfig(model), ...model.config };
  const published = publishedDTypes[String(dtype ?? torch_dtype).replace('torch.', '')] ?? 'f32';
  return { model, dtypes: () => published, codedAs: plannedCodes(model, config) };
}
