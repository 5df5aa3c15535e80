/** What transformers and PEFT make of what stands on a model's layers. */
import { isObject, type JsonObject } from './config-reader.ts';
import {
  type HeadKind,
  images,
  isSaid,
  kindOf,
  kindOfClass,
  kindOfTask,
  predicting,
  type Spoilt,
} from './head-kinds.ts';
import type { Head, Model, SentenceForm, TextModel } from './model.ts';
import { usualForm } from './sentence-encoder.ts';
import { labelledHead } from './sequence-classifier.ts';

export function headKind(model: Pick<Model, 'kind' | 'classifier' | 'masked' | 'sentence'>): HeadKind {
  const { kind, classifier, masked, sentence } = model;
  if (kind === 'image') return images;
  if (sentence) return predicting.sentences;
  return classifier ? kindOf(classifier.problem) : predicting[masked ? 'masked' : 'causal'];
}

/** transformers' class that opens a model of any type with such a head. */
export function autoClass(model: Model): string {
  const own = writerOf(model)?.wrapper?.autoClass;
  return own ?? `AutoModel${headKind(model).classEnd}`;
}

/** The library whose folders hold such a model. */
export const libraryOf = (model: Model): 'transformers' | 'timm' =>
  model.kind === 'image' ? model.library : 'transformers';

/** The Hub's `pipeline_tag`. */
export const pipelineOf = (model: Model): string => headKind(model).pipeline;

/** Whether PEFT's `task_type` is one of those that models are opened for here, and another one than this model's. */
export function isOtherTask(model: Model, taskType: unknown): boolean {
  const kind = kindOfTask(taskType);
  return kind !== undefined && kind !== headKind(model);
}

/** Whether PEFT's `task_type` is one that has a head of its own, which is saved beside an adapter. */
export const hasHead = (taskType: unknown): boolean => (kindOfTask(taskType)?.problems.length ?? 0) > 0;

/** Whether transformers' config says what the outputs mean. */
export const hasProblemType = ({ classifier }: Model): boolean =>
  classifier !== undefined && isSaid(classifier.problem);

/** The last matrices of transformers' classifiers. */
export const headNames = ['score.weight', 'classifier.weight', 'classifier.out_proj.weight'];

/** The parameter that turns hidden states into logits of tokens, where the model predicts some. */
export const vocabularyHead = ({ classifier, sentence, headParameter }: Model): string | undefined =>
  classifier || sentence ? undefined : headParameter;

/** Whether the two texts of a pair have types of their own in its embeddings. */
export const hasTokenTypes = ({ parameters }: Model): boolean =>
  parameters.some(({ name, shape }) => name.endsWith('.token_type_embeddings.weight') && shape[0]! > 1);

/** Whether a parameter is of a head that no fresh one can stand in for: weights without it were not trained for it. */
export const isOwnHead = ({ masked }: Model, parameter: string): boolean => masked?.parameters.has(parameter) ?? false;

/** What transformers unties together: where the output embedding is another than the token embedding, its bias is one's own, too. */
export const tiedTogether = ({ masked, headParameter, headBias }: Model): readonly string[] =>
  masked ? [headParameter, ...(headBias ? [headBias] : [])] : [];

/** The model where it writes text; undefined where it looks at pictures, or says something else of a text. */
export const writerOf = (model: Model): TextModel | undefined =>
  model.kind === 'text' && !model.classifier && !model.masked && !model.sentence ? model : undefined;

/** How the vector of a text is read, where the model gives one, and of how many tokens; undefined of others. */
export function embedderOf(model: Model): (SentenceForm & { readonly longest: number }) | undefined {
  if (model.kind !== 'text' || !model.sentence) return undefined;
  const { sentenceForm: form = usualForm, tablePositions } = model;
  return { ...form, longest: Math.min(form.longest ?? tablePositions, tablePositions) };
}

/** The model where it says labels, or numbers, of a whole text; undefined where it does not. */
export const saysLabels = (model: Model): TextModel | undefined =>
  model.kind === 'text' && model.classifier && isSaid(model.classifier.problem) ? model : undefined;

/** What the outputs of a model that says labels are called, by default as in transformers; none of another. */
export const outputNames = ({ classifier }: Model): readonly string[] =>
  Array.from({ length: classifier?.outputs ?? 0 }, (_, index) => classifier!.names[index] ?? `LABEL_${index}`);

/** What makes probabilities of the scores of a whole text; null where they are numbers of their own. */
export type Probability = 'softmax' | 'sigmoid' | null;

export function probabilityOf({ classifier }: TextModel): Probability {
  if (classifier?.problem === 'single_label_classification') return 'softmax';
  return classifier?.problem === 'multi_label_classification' ? 'sigmoid' : null;
}

/**
 * What an adapter is for.
 * @param config PEFT's: its `task_type`, and without one the class of its base in `auto_mapping`
 * @param outputs rows of the head that is saved beside it, where there is one
 * @param facts what is said of labels, as in config.json, by whom it counts first; it counts where they are as many
 */
export function headOf(config: JsonObject, outputs: number | undefined, facts: readonly JsonObject[]): Head {
  const { task_type: taskType, auto_mapping: mapping } = config;
  const named = isObject(mapping) ? kindOfClass(mapping.base_model_class) : undefined;
  if (kindOfTask(taskType) === predicting.sentences) return 'ranking';
  if (outputs === undefined) return named === predicting.masked ? 'masked' : 'causal';
  const labelled = facts.map(labelledHead).find((head) => head.outputs === outputs);
  const [only, ...others] = kindOfTask(taskType)?.problems ?? [];
  if (only && others.length === 0) return { outputs, problem: only, names: labelled?.names ?? [] };
  if (labelled) return labelled;
  return { outputs, problem: outputs === 1 ? 'regression' : 'single_label_classification', names: [] };
}

/** Why virtual tokens before a text would spoil what the head says of it, in PEFT; undefined where they do not. */
export const virtualTokensSpoil = (model: Model): Spoilt | undefined =>
  headKind(model).spoilt(model.classifier?.pooled);
