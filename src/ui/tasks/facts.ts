/** What the page must know of what a run learns, by the run config's problem type. */
import {
  type JudgedLossSettings,
  judgedLosses,
  judgedReads,
  lossOf,
  type PairLossSettings,
  pairLosses,
  preferenceLosses,
  type RunConfig,
  textPairColumn,
} from '../../training/config/run-config.ts';
import type { DataSummary, ModelSummary, TextReading } from '../../worker/protocol.ts';
import type { Messages } from '../text/en.ts';

type Dataset = RunConfig['dataset'];
export type ProblemType = Dataset['problem_type'];
type Loss = RunConfig['training']['loss_function'];

/** Every task has it. */
const tokenLoss: Loss = 'TokenAveragedCrossEntropy';

/** What a column is used for. With plain text only `answer` has a meaning: the text. */
export type ColumnRole =
  | 'none'
  | 'prompt'
  | 'answer'
  | 'text-pair'
  | 'rejected'
  | 'rejected-prompt'
  | 'verdict'
  | 'system'
  | 'messages'
  | 'id'
  | 'parent';

export interface TaskFacts {
  /** Rows become tokens: settings of their length and noise mean something. */
  readonly readsText: boolean;
  /** Text is learned, token by token, and prompts can be answered. */
  readonly writes: boolean;
  /** Prompt and answer are written by a template. */
  readonly hasTemplate: boolean;
  /** Answers are learned against each other, or good ones against bad ones. */
  readonly comparesAnswers: boolean;
  /** Tokens are masked, and told. */
  readonly masksTokens: boolean;
  /** A column holds what is to be told of a row. */
  readonly hasLabels: boolean;
  /** Only a model that sees a text both ways learns it. */
  readonly needsEncoder: boolean;
  /** Rows may have one class or several. */
  readonly hasClasses: boolean;
  /** Losses that may be chosen, the usual one first. */
  readonly losses: readonly Loss[];
  /** What a model may make of its rows. */
  readonly makes: readonly ('paraphrase' | 'answer')[];
  /** What is counted a second. */
  speed(words: Messages): string;
  readonly roles: readonly ColumnRole[];
  /** Roles that are called otherwise than usual. */
  roleNames(words: Messages): Partial<Record<ColumnRole, string>>;
}

const writing = {
  ...{ readsText: true, writes: true, hasTemplate: false, hasLabels: false, hasClasses: false },
  needsEncoder: false,
  comparesAnswers: false,
  masksTokens: false,
  makes: [],
  losses: [tokenLoss, 'SampleAveragedCrossEntropy'] satisfies Loss[],
  speed: (words: Messages) => words.train.speed,
};
const labels = {
  ...writing,
  // Those of labels are chosen with the labels, in the data step.
  ...{ writes: false, hasLabels: true, losses: [tokenLoss], roles: ['none', 'prompt', 'answer'] as const },
};

const withPairs = ['none', 'prompt', 'text-pair', 'answer'] as const;
const sentences = { ...writing, writes: false, needsEncoder: true, losses: [tokenLoss] satisfies Loss[] };

const facts: Readonly<Record<ProblemType, TaskFacts>> = {
  instruction: {
    ...writing,
    makes: ['paraphrase', 'answer'],
    hasTemplate: true,
    roles: ['none', 'prompt', 'answer', 'system', 'messages', 'id', 'parent'],
    roleNames: () => ({}),
  },
  text: { ...writing, roles: ['none', 'answer'], roleNames: (words) => ({ answer: words.data.roles.text }) },
  'judged-answers': {
    ...writing,
    hasTemplate: true,
    comparesAnswers: true,
    losses: judgedLosses,
    makes: ['paraphrase'],
    roles: ['none', 'prompt', 'answer', 'verdict', 'rejected', 'system', 'id', 'parent'],
    roleNames: () => ({}),
  },
  preference: {
    ...writing,
    hasTemplate: true,
    comparesAnswers: true,
    losses: preferenceLosses,
    makes: ['paraphrase'],
    roles: ['none', 'prompt', 'answer', 'rejected', 'rejected-prompt', 'system', 'id', 'parent'],
    roleNames: (words) => ({ answer: words.data.roles.chosen }),
  },
  classification: {
    ...labels,
    ...{ hasClasses: true, roles: withPairs, makes: ['paraphrase'] },
    roleNames: (words) => ({ prompt: words.labels.text, answer: words.labels.label }),
  },
  regression: {
    ...labels,
    roles: withPairs,
    makes: ['paraphrase'],
    roleNames: (words) => ({ prompt: words.labels.text, answer: words.labels.number }),
  },
  'token-classification': {
    ...labels,
    roleNames: (words) => ({ prompt: words.labels.words, answer: words.labels.tags }),
  },
  'masked-language-modeling': {
    ...writing,
    ...{ writes: false, masksTokens: true, needsEncoder: true, roles: ['none', 'answer'] },
    roleNames: (words) => ({ answer: words.data.roles.text }),
  },
  'sentence-embeddings': {
    ...sentences,
    roles: ['none', 'prompt', 'answer', 'rejected'],
    roleNames: ({ labels: { anchor, positive, negative } }) => ({
      ...{ prompt: anchor, answer: positive, rejected: negative },
    }),
  },
  'sentence-similarity': {
    ...sentences,
    roles: ['none', 'prompt', 'answer'],
    roleNames: (words) => ({ prompt: words.labels.oneOfTwo, answer: words.labels.similarity }),
  },
  'image-classification': {
    ...labels,
    ...{ readsText: false, hasLabels: false },
    speed: (words) => words.pictures.speed,
    roleNames: () => ({}),
  },
};

export const taskFacts = ({ problem_type }: Pick<Dataset, 'problem_type'>): TaskFacts => facts[problem_type];

/** Whether rows are pairs of texts. */
export const hasTextPairs = (dataset: Pick<Dataset, 'problem_type' | 'text_pair_column'>): boolean =>
  textPairColumn(dataset) !== undefined;

/** The columns of what is learned now: a second text that another task read is no more. */
export const withoutUnread = <D extends Pick<Dataset, 'problem_type' | 'text_pair_column'>>(dataset: D): D => ({
  ...dataset,
  text_pair_column: textPairColumn(dataset) ?? '',
});

/** Whether it can be chosen to learn prompts; of pairs, which refuse it, it can only be taken back. */
export const mayLearnPrompts = (dataset: Pick<Dataset, 'problem_type' | 'mask_prompt_labels'>): boolean => {
  const { writes, comparesAnswers } = taskFacts(dataset);
  return writes && !(comparesAnswers && dataset.mask_prompt_labels);
};

/** Whether tokens are learned, each by itself: of other rows none is learned more than another. */
export const learnsTokens = (dataset: Pick<Dataset, 'problem_type'>): boolean => {
  const { writes, masksTokens } = taskFacts(dataset);
  return writes || masksTokens;
};

/** The loss that a run begins with which learns this. */
export const usualLoss = (problem: ProblemType): Loss => facts[problem].losses[0]!;

/** Whether the loss of answers that is chosen reads a setting; one that it refuses is shown to be put back. */
export function readsOfAnswers(
  { dataset, training }: RunConfig,
  setting: keyof PairLossSettings | keyof JudgedLossSettings,
): boolean {
  const { comparesAnswers, losses } = taskFacts(dataset);
  if (!comparesAnswers) return false;
  const reads: readonly string[] =
    losses === judgedLosses ? judgedReads : pairLosses[lossOf(training.loss_function)].reads;
  return reads.includes(setting) || (setting === 'label_smoothing' && training.label_smoothing > 0);
}

/** A config with its loss by name: of compared answers the default of the setting stands for the usual one. */
export const withLossNamed = (config: RunConfig): RunConfig =>
  taskFacts(config.dataset).comparesAnswers && config.training.loss_function === tokenLoss
    ? { ...config, training: { ...config.training, loss_function: usualLoss(config.dataset.problem_type) } }
    : config;

/** What is offered to be learned from a table. */
export const tableProblems = (Object.keys(facts) as ProblemType[]).filter((type) => facts[type].readsText);

/** Pictures a batch at the least: batch norms take its statistics. */
const leastPictures = 8;

/** What is asked of a model that was just opened: what it can do, and of that what was asked before. */
export function configForModel(summary: ModelSummary, { dataset, training }: RunConfig): Partial<RunConfig> {
  const { reads } = summary;
  if (reads.kind === 'text') return { dataset: { ...dataset, problem_type: textProblem(dataset.problem_type, reads) } };
  const { validation_size: size } = dataset;
  return {
    dataset: { ...dataset, problem_type: 'image-classification', validation_size: Math.max(0.1, size) },
    training: { ...training, batch_size: Math.max(leastPictures, training.batch_size) },
  };
}

/** Whether a model writes text, whatever is learned with it. */
export const modelWrites = (model: ModelSummary | null): boolean =>
  model?.reads.kind === 'text' && model.reads.canWrite;

/** Encoders classify, or fill in: they cannot learn to write. */
export function textProblem(problem: ProblemType, { canWrite }: TextReading): ProblemType {
  const { hasLabels, needsEncoder, readsText } = facts[problem];
  if (hasLabels) return problem;
  if (!canWrite) return needsEncoder ? problem : problem === 'text' ? 'masked-language-modeling' : 'classification';
  return readsText && !needsEncoder ? problem : 'instruction';
}

/** What an open model reads: a table of texts, or pictures; without one, a table. */
export const readsText = (model: ModelSummary | null): boolean => model?.reads.kind !== 'image';

/** Whether what is open is of the kind that the open model reads. */
export const isForModel = (data: DataSummary | null, model: ModelSummary | null): boolean =>
  data === null || model === null || (data.pictures === null) === readsText(model);

/** The method that is chosen for a model that was just opened. */
export const usualMethod = ({ reads }: ModelSummary): RunConfig['tuning']['method'] =>
  reads.kind === 'image' ? 'full' : 'lora';

/** How the result of a run is asked that is known by its model alone. */
export const problemOfModel = (model: ModelSummary | null): ProblemType =>
  model?.reads.kind === 'image' ? 'image-classification' : 'instruction';
