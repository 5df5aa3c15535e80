/** The values of `dataset.problem_type`: what a run can learn. Which task each belongs to `registry.ts` says. */
export const problemTypes = [
  'instruction',
  'text',
  'preference',
  'judged-answers',
  'classification',
  'regression',
  'token-classification',
  'masked-language-modeling',
  'sentence-embeddings',
  'sentence-similarity',
  'image-classification',
] as const;

export type ProblemType = (typeof problemTypes)[number];

/** What rows are with each, for those who write a config. */
export const problemMeanings =
  'Instruction: prompt and answer. Text: one column, every token learned. Preference: a prompt with a better answer (answer_column) and a worse one (rejected_answer_column). Judged answers: a prompt, an answer and whether that is good (label_column), or both answers in a row. Classification and regression: a text (prompt_column) and its label or number (answer_column). Token classification: words and the tag of each, or a text and its spans. Masked language modeling: one column (answer_column), of which an encoder learns to tell masked tokens. Sentence embeddings: a text (prompt_column) and the one that belongs to it (answer_column), told from those of the other rows of a batch, and from rejected_answer_column where that names one. Sentence similarity: two texts (prompt_column names both) and how alike they are, −1 to 1 (answer_column).';
