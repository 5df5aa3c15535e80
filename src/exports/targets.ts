import { AppError, type ErrorCode, type ErrorParams, type Reason } from '../errors.ts';
import { embedderOf, type Probability, probabilityOf, saysLabels, writerOf } from '../models/heads.ts';
import type { ReadValues, TuningSettings } from '../tuning/method.ts';
import { methodOf } from '../tuning/methods.ts';
import { besideAdapter } from '../tuning/tuning.ts';
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
import { asTarget } from './refusal.ts';
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
const given = {
  ...{ peft, adapterhub, changed: changedWeights, merged },
  ...{ 'gguf-q8': ggufQ8, 'gguf-q4': ggufQ4, 'gguf-f16': ggufF16, 'gguf-bf16': ggufBf16 },
  ...{ 'gguf-lora': ggufLora, ollama },
  ...{ lora, mlx, onnx, card, config, tensorboard, archive, code, cluster },
};
export type TargetName = keyof typeof given;
export const targetNames = Object.keys(given) as readonly TargetName[];

/** What comes nearest to a target that refuses, before a run's own form; each where it can be had. */
const near: Partial<Record<TargetName, readonly TargetName[]>> = {
  'gguf-lora': ['gguf-q8', 'merged'],
  ollama: ['gguf-q8', 'merged'],
  ...Object.fromEntries(
    (['gguf-q8', 'gguf-q4', 'gguf-f16', 'gguf-bf16', 'mlx', 'onnx'] as const).map((name) => [name, ['merged']]),
  ),
};

/** The form that a run takes and that comes nearest to one that it does not: at last the run's own, the first that takes it. */
function nearest(name: TargetName, run: RunFacts): TargetName {
  const others = [...(near[name] ?? []), ...targetNames];
  return others.find((other) => other !== name && given[other].refuses(run) === undefined)!;
}

/** A refusal that says what to take instead. */
const saying = (refusal: AppError | undefined, name: TargetName, run: RunFacts): AppError | undefined =>
  refusal && instead.has(refusal.code)
    ? new AppError(refusal.code, { ...refusal.params, instead: asTarget(nearest(name, run)) })
    : refusal;

/** Refusals whose action names another target. */
const instead: ReadonlySet<ErrorCode> = new Set([
  ...(['export-unfit', 'lora-already', 'cannot-merge', 'target-unfit'] as const),
  ...(['gguf-unfit', 'gguf-lora-unfit', 'template-unsaid'] as const),
]);

/** Whether something thrown says that a run cannot be had in a form. */
export const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof AppError && (instead.has(thrown.code) || thrown.code === 'cluster-unfit');

const completed = ([name, target]: [string, Target]): [string, Target] => {
  const own = name as TargetName;
  const { refusesRead } = target;
  return [
    name,
    {
      ...target,
      refuses: (run) => saying(target.refuses(run), own, run),
      ...(refusesRead && { refusesRead: async (run, facts) => saying(await refusesRead(run, facts), own, facts) }),
      async write(run, choices) {
        try {
          return await target.write(run, choices);
        } catch (thrown) {
          if (!(thrown instanceof AppError) || !instead.has(thrown.code)) throw thrown;
          throw saying(thrown, own, factsOfTuned(await run.tuned()));
        }
      },
    },
  ];
};

export const targets = Object.fromEntries(Object.entries(given).map(completed)) as Readonly<Record<TargetName, Target>>;

/** A target and, where it cannot be had of a run, why. */
export interface Offer {
  readonly target: TargetName;
  readonly holds: Target['holds'];
  readonly refusal: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
}

export const offersOf = (run: RunFacts): Offer[] =>
  targetNames.map((target) => offerOf(target, targets[target].refuses(run)));

/** The same of a run whose parts may be read for it. */
export const offersOfRead = (run: ExportedRun, facts: RunFacts): Promise<Offer[]> =>
  Promise.all(
    targetNames.map(async (name) => {
      const { refuses, refusesRead } = targets[name];
      return offerOf(name, refuses(facts) ?? (await refusesRead?.(run, facts)));
    }),
  );

const offerOf = (target: TargetName, refusal: AppError | undefined): Offer => ({
  target,
  holds: targets[target].holds,
  refusal: refusal ? { code: refusal.code, params: refusal.params } : null,
});

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
    // Of judged answers the default stands for KTO.
    lossFunction:
      dataset.problem_type === 'judged-answers' && training.loss_function === 'TokenAveragedCrossEntropy'
        ? 'KTO'
        : training.loss_function,
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
export function factsOfTuned({ base, tuning }: Pick<Tuned, 'base' | 'tuning'>): RunFacts {
  const { model } = base;
  const { adapter } = tuning;
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
    beside: adapter !== undefined && besideAdapter(model, tuning).length > 0,
    tuned: { base, tuning },
  };
}

/** What settings say of a run, and over it what its model and its tuning do. */
export const withTuned = (facts: RunFacts, tuned: Pick<Tuned, 'base' | 'tuning'>): RunFacts => ({
  ...facts,
  ...factsOfTuned(tuned),
});

/** @throws AppError why the target cannot be had of the run */
export function requireTarget(name: TargetName, run: RunFacts): Target {
  const refusal = targets[name].refuses(run);
  if (refusal) throw refusal;
  return targets[name];
}

/** The first form that takes it. */
const ownForm = (tuned: Pick<Tuned, 'base' | 'tuning'>): TargetName =>
  targetNames.find((name) => targets[name].refuses(factsOfTuned(tuned)) === undefined)!;

/** The same by its name, for errors. */
export const ownFormOf = (tuned: Pick<Tuned, 'base' | 'tuning'>): Reason => asTarget(ownForm(tuned));

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
