import * as v from 'valibot';
import { usualRejected } from '../../data/columns.ts';
import { delimiterNamed, isDelimiter } from '../../data/delimiter.ts';
import { problemMeanings, problemTypes } from '../../tasks/problem-types.ts';
import { choice, names, number, text, toggle, whole } from './setting.ts';

export const dataset = {
  problem_type: choice(problemTypes, 'instruction', {
    meaning: problemMeanings,
  }),
  num_classes: whole(0, {
    form: [0, 1000, 1],
    valid: [0, 100000],
    meaning: 'Classes of a classification; 0 = as many as the labels are.',
    elsewhere: 'num_labels (HF)',
  }),
  train_dataframe: text('', { meaning: 'The table of training rows.', elsewhere: 'train_file (HF)' }),
  encoding: text('', {
    meaning: 'Encoding of the data files, such as utf-8, shift_jis, gb18030, big5 or windows-1252; empty = found out.',
  }),
  delimiter: {
    ...text('', {
      meaning: 'What stands between the cells of CSV files: one character, or tab; empty = found out.',
    }),
    allowed: 'one character, or tab; empty = found out',
    schema: v.pipe(
      v.string('must be text'),
      v.transform(delimiterNamed),
      v.check(isDelimiter, 'must be one character, neither a quote nor a line break, or tab; empty = found out'),
    ),
  },
  prompt_column: names(['instruction'], { meaning: 'Columns that make up the prompt, in this order.' }),
  text_pair_column: text('', {
    meaning:
      'Column with the second text of a pair (premise and hypothesis, question and passage), which an encoder reads beside prompt_column with its separator and token types; empty = one text. Classification and regression only.',
    elsewhere: 'text_pair (transformers)',
  }),
  prompt_column_separator: text('\n\n', { meaning: 'Stands between the prompt columns; empty cells are left out.' }),
  answer_column: text('output', { meaning: 'The column to be learned.' }),
  rejected_prompt_column: text('', {
    meaning:
      'Column with the prompt of the worse answer, where it has its own; empty = prompt_column. Preference only.',
  }),
  rejected_answer_column: text(usualRejected, {
    meaning:
      'Column with the worse answer of a pair; answer_column has the better one. Sentence embeddings: column with a text that does not belong, where there is one. These two only.',
    elsewhere: 'rejected (TRL)',
  }),
  label_column: text('', {
    meaning:
      'Column that says of each answer whether it is good: true or false, 1 or 0, yes or no, good or bad. Empty = rows have a better and a worse answer (rejected_answer_column), of which the one is good and the other bad. Judged answers only.',
    elsewhere: 'label (TRL)',
  }),
  messages_column: text('', {
    meaning:
      'Column with whole conversations, as JSON lists of {role, content} or {from, value}; empty for none. Prompt and answer columns are not read then.',
    elsewhere: 'messages (TRL), conversations (ShareGPT)',
  }),
  system_column: text('', { meaning: 'Column with the system text; empty for none.' }),
  parent_id_column: text('', { meaning: "Column with the id of a row's parent turn; empty for single turns." }),
  id_column: text('', { meaning: 'Column with the id that parent_id_column points to; empty = id.' }),
  prompt_template: choice(['chat', 'alpaca', 'h2o', 'custom'], 'chat', {
    meaning: "How prompt and answer become one text: the model's own chat template, or a fixed one.",
  }),
  text_system_start: text('<|system|>', { meaning: 'Written before the system text (template custom).' }),
  text_prompt_start: text('<|prompt|>', { meaning: 'Written before the prompt (template custom).' }),
  text_answer_separator: text('<|answer|>', { meaning: 'Written between prompt and answer (template custom).' }),
  add_eos_token_to_system: toggle(false, { meaning: 'End-of-text token after the system text.' }),
  add_eos_token_to_prompt: toggle(false, { meaning: 'End-of-text token after the prompt.' }),
  add_eos_token_to_answer: toggle(true, { meaning: 'End-of-text token after the answer, so that the model stops.' }),
  mask_prompt_labels: toggle(true, {
    meaning: 'Learn the answer only; off learns the prompt too.',
    elsewhere: 'completion_only_loss (TRL)',
  }),
  only_last_answer: toggle(false, { meaning: 'In conversations, learn the last answer only.' }),
  limit_chained_samples: toggle(false, { meaning: 'In conversations, use only the longest chain of each.' }),
  drop_duplicates: toggle(false, {
    meaning:
      'Of rows with the same content only the first is used; a row that is held back for validation is not learned.',
  }),
  validation_strategy: choice(['automatic', 'custom', 'none'], 'automatic', {
    meaning: 'Validation rows: a share of the table, a table of their own, or none.',
    elsewhere: 'eval_strategy (HF)',
  }),
  validation_size: number(0.01, {
    form: [0.01, 0.95, 0.01],
    valid: [0, 0.99],
    meaning: 'Share of the rows kept for validation (automatic); at least one row.',
  }),
  validation_dataframe: text('', {
    meaning: 'The table of validation rows (custom).',
    elsewhere: 'validation_file (HF)',
  }),
  data_sample: number(1, {
    form: [0.01, 1, 0.01],
    valid: [0, 1],
    meaning: 'Fraction of the data used; conversations are kept whole.',
  }),
  data_sample_choice: names(['Train', 'Validation'], { meaning: 'Which rows data_sample thins out.' }),
};

export const tokenizer = {
  max_length: whole(512, {
    form: [32, 16384, 32],
    valid: [2, 131072],
    meaning: 'Most tokens of a row, prompt and answer together.',
    elsewhere: 'max_length (TRL), cutoff_len',
  }),
  max_length_prompt: whole(0, {
    form: [0, 16384, 32],
    valid: [0, 131072],
    meaning: 'Most tokens of a prompt, cut from the left; 0 = no limit.',
  }),
  max_length_answer: whole(0, {
    form: [0, 16384, 32],
    valid: [0, 131072],
    meaning: 'Most tokens of an answer, cut from the right; 0 = no limit.',
  }),
  padding_quantile: number(1, {
    form: [0, 1, 0.01],
    valid: [0, 1],
    meaning:
      'A batch is padded to this quantile of its lengths; longer rows are cut. 0 pads all to the longest; packed rows are never cut.',
  }),
  packing: toggle(false, {
    meaning: 'Put several examples into one row of up to max_length tokens, where none sees another.',
    elsewhere: 'packing, strategy bfd (TRL)',
  }),
  allow_truncation: toggle(false, {
    meaning:
      'Start although more than 5% of the rows, or whole questions, are cut at a max_length below what the model reads.',
    elsewhere: 'excess_length_strategy truncate (axolotl)',
  }),
};

export const augmentation = {
  token_mask_probability: number(0, {
    form: [0, 0.9, 0.05],
    valid: [0, 0.9],
    meaning:
      'Share of the input tokens, of prompts and answers, that the unknown (or mask, or padding) token replaces while training, drawn anew for each update; a masked token is not learned either.',
  }),
  mlm_probability: number(0.15, {
    form: [0.05, 0.6, 0.05],
    valid: [0.01, 1],
    meaning:
      'Share of the tokens of a text that masked language modelling masks and learns, drawn anew each epoch. Masked language modelling only.',
    elsewhere: 'mlm_probability (HF)',
  }),
  neftune_noise_alpha: number(0, {
    form: [0, 15, 0.05],
    meaning: 'Uniform noise of ±alpha/√(padded length · width) on the token embeddings while training (NEFTune).',
  }),
  skip_parent_probability: number(0, {
    form: [0, 1, 0.05],
    valid: [0, 1],
    meaning: 'Chance of each earlier turn to be left out.',
  }),
  random_parent_probability: number(0, {
    form: [0, 1, 0.05],
    valid: [0, 1],
    meaning: "Chance of another row's earlier turns.",
  }),
};
