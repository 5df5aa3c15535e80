/** What transformers and PEFT make of what stands on a model's layers. */
import type { JsonObject } from './config-reader.ts';
import { type HeadKind, images, isSaid, kindOf, kindOfTask, type Spoilt } from './head-kinds.ts';
import type { Head, Model, TextModel } from './model.ts';
import { labelledHead } from './sequence-classifier.ts';

export const headKind = ({ kind, classifier }: Pick<Model, 'kind' | 'classifier'>): HeadKind =>
  kind === 'image' ? images : kindOf(classifier?.problem);

/** transformers' class that opens a model of any type with such a head. */
export function autoClass(model: Model): string {
  const own = model.kind === 'text' && !model.classifier ? model.wrapper?.autoClass : undefined;
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
export const vocabularyHead = ({ classifier, headParameter }: Model): string | undefined =>
  classifier ? undefined : headParameter;

/** The model where it writes text; undefined where it looks at pictures or says labels. */
export const writerOf = (model: Model): TextModel | undefined =>
  model.kind === 'text' && !model.classifier ? model : undefined;

/**
 * What an adapter is for.
 * @param taskType PEFT's
 * @param outputs rows of the head that is saved beside it, where there is one
 * @param facts labels as in config.json, which count where they are as many
 */
export function headOf(taskType: unknown, outputs: number | undefined, facts: JsonObject): Head {
  if (outputs === undefined) return 'causal';
  const named = labelledHead(facts);
  const [only, ...others] = kindOfTask(taskType)?.problems ?? [];
  if (only && others.length === 0)
    return { outputs, problem: only, names: named.outputs === outputs ? named.names : [] };
  if (named.outputs === outputs) return named;
  return { outputs, problem: outputs === 1 ? 'regression' : 'single_label_classification', names: [] };
}

/** Why virtual tokens before a text would spoil what the head says of it, in PEFT; undefined where they do not. */
export const virtualTokensSpoil = (model: Model): Spoilt | undefined =>
  headKind(model).spoilt(model.classifier?.pooled);
