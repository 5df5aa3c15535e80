import { AppError, type ErrorCode, type ErrorParams } from '../errors.ts';
import { embedderOf, type Probability, probabilityOf, saysLabels, writerOf } from '../models/heads.ts';
import type { ReadValues, TuningSettings } from '../tuning/method.ts';
import { methodOf } from '../tuning/methods.ts';
import { adapterhub } from './adapterhub.ts';
import { archive } from './archive.ts';
import { changedWeights } from './changed-weights.ts';
import { cluster } from './cluster.ts';
import { code } from './code.ts';
import { ggufBf16, ggufF16, ggufQ4, ggufQ8 } from './gguf.ts';
import { ggufLora } from './gguf-lora.ts';
import { lora } from './lora.ts';
import { mlx } from './mlx.ts';
import { ollama } from './ollama.ts';
import { onnx } from './onnx.ts';
import { peft } from './peft.ts';
import { config } from './run-config.ts';
import { type RunStory, untold } from './run-story.ts';
import type { CourseFacts, ExportedRun, RunFacts, StreamedFile, Target, Tuned } from './target.ts';
import { tensorboard } from './tensorboard.ts';
import { merged } from './whole-model.ts';

/** The README of a run's own form, alone. */
const card: Target = {
  file: 'README.md',
  holds: 'run',
  refuses: () => undefined,
  async write(run) {
    const files = await targets[ownForm(await run.tuned())].write(run);
    return files.filter(({ path }) => path === 'README.md');
  },
};

/** Every form of a result, in the order in which they are offered; the first that a run takes is its own. */
const all = {
  ...{ peft, adapterhub, changed: changedWeights, merged },
  ...{ 'gguf-q8': ggufQ8, 'gguf-q4': ggufQ4, 'gguf-f16': ggufF16, 'gguf-bf16': ggufBf16 },
  ...{ 'gguf-lora': ggufLora, ollama },
  ...{ lora, mlx, onnx, card, config, tensorboard, archive, code, cluster },
};
export type TargetName = keyof typeof all;
export const targets: Readonly<Record<TargetName, Target>> = all;
export const targetNames = Object.keys(all) as readonly TargetName[];

/** A target and, where it cannot be had of a run, why. */
export interface Offer {
  readonly target: TargetName;
  readonly holds: Target['holds'];
  readonly refusal: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
}

export function offersOf(run: RunFacts): Offer[] {
  return targetNames.map((target) => {
    const refusal = targets[target].refuses(run);
    return {
      target,
      holds: targets[target].holds,
      refusal: refusal ? { code: refusal.code, params: refusal.params } : null,
    };
  });
}

interface ConfigFacts {
  readonly tuning: Pick<
    TuningSettings,
    'method' | 'use_dora' | 'modules_to_save' | 'train_parameters' | 'init_lora_weights'
  >;
  readonly dataset: { readonly problem_type: string };
  readonly model: { readonly llm_backbone: string; readonly weights: string };
  readonly training: { readonly optimizer: string; readonly loss_function: string };
  readonly environment: { readonly mixed_precision: string };
  readonly architecture: { readonly intermediate_dropout: number };
  readonly augmentation: { readonly neftune_noise_alpha: number; readonly token_mask_probability: number };
}

function labelsOf({ dataset, training }: ConfigFacts): Probability | false {
  if (dataset.problem_type === 'regression') return null;
  if (dataset.problem_type !== 'classification') return false;
  return training.loss_function === 'BinaryCrossEntropy' ? 'sigmoid' : 'softmax';
}

const courseOf = (config: ConfigFacts, { textPairs }: TaskFacts): CourseFacts => {
  const { dataset, model, training, environment, architecture, augmentation, tuning } = config;
  return {
    base: model.llm_backbone,
    learnsAnswers:
      ['instruction', 'text', 'classification', 'preference', 'judged-answers'].includes(dataset.problem_type) &&
      training.loss_function !== 'BinaryCrossEntropy',
    textPairs,
    optimizer: training.optimizer,
    // Judged answers have one loss, for which the default stands.
    lossFunction: dataset.problem_type === 'judged-answers' ? 'KTO' : training.loss_function,
    weights: model.weights,
    halfProducts: environment.mixed_precision === 'f16',
    dropout: architecture.intermediate_dropout,
    noise: augmentation.neftune_noise_alpha,
    maskedTokens: augmentation.token_mask_probability,
    startsElsewhere: !['lora', undefined].includes(tuning.init_lora_weights),
  };
};

/** What a run's task and rows are, which exports do not know. */
interface TaskFacts {
  /** Whether its model writes text. */
  readonly writes: boolean;
  /** Its rows are pairs of texts. */
  readonly textPairs: boolean;
}

export const factsOfConfig = (config: ConfigFacts, modelType: string | null, task: TaskFacts): RunFacts => {
  const { tuning, dataset } = config;
  return {
    method: tuning.method,
    pictures: dataset.problem_type === 'image-classification',
    modelType,
    writes: task.writes,
    labels: labelsOf(config),
    embeds: dataset.problem_type.startsWith('sentence-'),
    plainLora: tuning.method === 'lora' && !tuning.use_dora,
    // Whether `bias` trains anything depends on the model.
    beside: tuning.method !== 'full' && [tuning.modules_to_save, tuning.train_parameters].some((list) => list?.length),
    course: courseOf(config, task),
  };
};

/** The same of what was read or resolved without a config. */
export function factsOfTuned({ base: { model }, tuning: { adapter, trained } }: Tuned): RunFacts {
  const method = adapter ? methodOf(adapter.peftConfig)! : 'full';
  const labelled = saysLabels(model);
  return {
    method,
    pictures: model.kind === 'image',
    modelType: model.modelType,
    writes: writerOf(model) !== undefined,
    labels: labelled ? probabilityOf(labelled) : false,
    embeds: embedderOf(model) !== undefined,
    plainLora: method === 'lora' && !adapter?.peftConfig.use_dora && !adapter?.residuals,
    beside: adapter !== undefined && trained.size > 0,
  };
}

/** @throws AppError why the target cannot be had of the run */
export function requireTarget(name: TargetName, run: RunFacts): Target {
  const refusal = targets[name].refuses(run);
  if (refusal) throw refusal;
  return targets[name];
}

/** The first form that takes it. */
const ownForm = (tuned: Tuned): TargetName =>
  offersOf(factsOfTuned(tuned)).find(({ refusal }) => refusal === null)!.target;

/** What was trained, in its own form. */
export const trainedPart = (tuned: Tuned, read: ReadValues, story?: RunStory): Promise<readonly StreamedFile[]> =>
  targets[ownForm(tuned)].write(weightsAlone(tuned, read, story));

/** Weights that no run lies beside, or one of which no more is told. */
export function weightsAlone(tuned: Tuned, read: ReadValues, story = untold): ExportedRun {
  const missing = (): never => {
    throw new AppError('export-needs-run');
  };
  return {
    name: 'model',
    settings: async () => missing(),
    folder: missing,
    story: async () => story,
    tuned: async () => tuned,
    values: async () => read,
    continuation: async () => missing(),
  };
}
