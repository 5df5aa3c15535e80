/** What transformers and PEFT call a model by what stands on its layers, and what they make of it. */

import { because, type Reason } from '../errors.ts';

/** How a classifier's numbers are meant: transformers' `problem_type`, or one class for each token. */
export type Problem =
  | 'single_label_classification'
  | 'multi_label_classification'
  | 'regression'
  | 'token_classification';

/** Whose virtual tokens spoil what a head says, and why. */
export interface Spoilt {
  readonly of: Reason;
  readonly because: Reason;
}

export interface HeadKind {
  /** How transformers' classes with such a head end; `AutoModel` before it opens one of any type. */
  readonly classEnd: string;
  /** PEFT's `task_type`; null where it has none. */
  readonly taskType: string | null;
  /** The Hub's `pipeline_tag`. */
  readonly pipeline: string;
  /** What its numbers may mean; none where they are logits of tokens. */
  readonly problems: readonly Problem[];
  /** Why virtual tokens before a text would spoil, in PEFT, what a head says that reads this token. */
  spoilt(pooled: 'first' | 'last' | 'mean' | undefined): Spoilt | undefined;
}

const causal: HeadKind = {
  classEnd: 'ForCausalLM',
  taskType: 'CAUSAL_LM',
  pipeline: 'text-generation',
  problems: [],
  spoilt: () => undefined,
};

const masked: HeadKind = {
  classEnd: 'ForMaskedLM',
  taskType: null,
  pipeline: 'fill-mask',
  problems: [],
  spoilt: () => ({
    of: because`a model that fills in masked tokens`,
    because: because`to which PEFT adds no virtual tokens`,
  }),
};

const sentences: HeadKind = {
  // transformers' bare model: a class of any end.
  classEnd: '',
  taskType: 'FEATURE_EXTRACTION',
  pipeline: 'sentence-similarity',
  problems: [],
  spoilt: () => ({
    of: because`a model that gives a vector of each text`,
    because: because`which sentence-transformers pools without the virtual tokens`,
  }),
};

const texts: HeadKind = {
  classEnd: 'ForSequenceClassification',
  taskType: 'SEQ_CLS',
  pipeline: 'text-classification',
  problems: ['single_label_classification', 'multi_label_classification', 'regression'],
  spoilt: (pooled) =>
    // PEFT loses where the last token is, and reads padding.
    pooled === 'last'
      ? {
          of: because`a decoder that classifies`,
          because: because`whose result in PEFT depends on the other rows of a batch`,
        }
      : undefined,
};

const tokens: HeadKind = {
  classEnd: 'ForTokenClassification',
  taskType: 'TOKEN_CLS',
  pipeline: 'token-classification',
  problems: ['token_classification'],
  spoilt: () => ({
    of: because`a model that classifies tokens`,
    because: because`whose labels PEFT does not move behind the virtual tokens`,
  }),
};

export const images: HeadKind = {
  classEnd: 'ForImageClassification',
  taskType: null,
  pipeline: 'image-classification',
  problems: ['single_label_classification'],
  spoilt: () => undefined,
};

const kinds = [causal, masked, sentences, texts, tokens, images];

/** Of a classifier with this problem. */
export const kindOf = (problem: Problem): HeadKind => kinds.find(({ problems }) => problems.includes(problem))!;

/** Of a model that predicts tokens, or gives vectors of texts. */
export const predicting = { causal, masked, sentences };

/** By the name of transformers' class. */
export const kindOfClass = (name: unknown): HeadKind | undefined =>
  typeof name === 'string' ? kinds.find(({ classEnd }) => classEnd !== '' && name.endsWith(classEnd)) : undefined;

export const kindOfTask = (taskType: unknown): HeadKind | undefined =>
  kinds.find((kind) => kind.taskType !== null && kind.taskType === taskType);

/** Whether transformers' config says what the numbers mean: the head alone does not. */
export const isSaid = (problem: Problem): boolean => kindOf(problem).problems.length > 1;
