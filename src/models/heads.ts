/** What transformers and PEFT make of what stands on a model's layers. */
import type { JsonObject } from './config-reader.ts';
import type { Model, Task } from './model.ts';
import { labelledTask } from './sequence-classifier.ts';

interface HeadKind {
  /** transformers' class that opens a model of any type with such a head. */
  readonly autoClass: string;
  /** PEFT's `task_type`. */
  readonly taskType: string;
}

const kinds = {
  causal: { autoClass: 'AutoModelForCausalLM', taskType: 'CAUSAL_LM' },
  texts: { autoClass: 'AutoModelForSequenceClassification', taskType: 'SEQ_CLS' },
} as const satisfies Record<string, HeadKind>;

export const headKind = ({ classifier }: Pick<Model, 'classifier'>): HeadKind =>
  classifier ? kinds.texts : kinds.causal;

/** Whether PEFT's `task_type` is one of those that models are opened for here, and another one than this model's. */
export const isOtherTask = (model: Model, taskType: unknown): boolean =>
  taskType !== headKind(model).taskType && Object.values(kinds).some((kind) => kind.taskType === taskType);

/** Whether PEFT's `task_type` is one that has a head of its own, which is saved beside an adapter. */
export const hasHead = (taskType: unknown): boolean => taskType === kinds.texts.taskType;

/** The last matrices of transformers' classifiers. */
export const headNames = ['score.weight', 'classifier.weight', 'classifier.out_proj.weight'];

/** The parameter that turns hidden states into logits of tokens, where the model predicts some. */
export const vocabularyHead = ({ classifier, headParameter }: Model): string | undefined =>
  classifier ? undefined : headParameter;

/**
 * What an adapter is for.
 * @param outputs rows of the head that is saved beside it, where there is one
 * @param facts labels as in config.json, which count where they are as many
 */
export function taskOfHead(outputs: number | undefined, facts: JsonObject): Task {
  if (outputs === undefined) return 'causal';
  const named = labelledTask(facts);
  if (named.outputs === outputs) return named;
  return { outputs, problem: outputs === 1 ? 'regression' : 'single_label_classification', names: [] };
}

/** Why virtual tokens before a text would spoil what the head says of it, in PEFT; undefined where they do not. */
export function virtualTokensSpoil({ classifier }: Model): { of: string; because: string } | undefined {
  // A decoder's head reads the last token; PEFT loses where that is, and reads padding.
  const because = 'whose result in PEFT depends on the other rows of a batch';
  return classifier?.pooled === 'last' ? { of: 'a decoder that classifies', because } : undefined;
}
