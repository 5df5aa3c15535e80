/** What is found of a run's rows before it starts, as `errors.ts` words it. */
export const checkErrors = {
  'prompt-missing': {
    cause: 'No column is chosen as the prompt, or all its cells are empty.',
    action: 'Choose the prompt column (dataset.prompt_column), or train on plain text instead.',
  },
  'verdicts-all-good': {
    cause: 'All {rows} answers are labelled good: there is no bad one to tell them from.',
    action:
      'Add bad answers, choose another label column (dataset.label_column), or choose the task that learns to give such answers (instruction).',
  },
  'verdicts-all-bad': {
    cause: 'All {rows} answers are labelled bad: there is no good one to learn.',
    action: 'Add good answers, or choose another label column (dataset.label_column).',
  },
  'verdicts-uneven': {
    cause: 'There are {good} good and {bad} bad answers, and with the weights set, one kind counts too much.',
    action: 'Set training.desirable_weight to a value from {low} to {high}.',
  },
  'questions-cut': {
    cause:
      '{rows} of {of} rows lose their whole prompt: max_length is {limit}, and the longest row has {longest} tokens.',
    action: 'Set max_length to {needed}, or train on truncated rows (tokenizer.allow_truncation).',
  },
  'rows-cut': {
    cause: '{rows} of {of} rows are truncated: max_length is {limit}, and the longest row has {longest} tokens.',
    action: 'Set max_length to {needed}, or train on truncated rows (tokenizer.allow_truncation).',
  },
  'questions-cut-at-reach': {
    cause:
      '{rows} of {of} rows lose their whole prompt: the context length is {limit} tokens, and the longest row has {longest}.',
    action:
      'Shorten, split or remove these rows, choose a model with a longer context, or train on truncated rows (tokenizer.allow_truncation).',
  },
  'rows-cut-at-reach': {
    cause:
      '{rows} of {of} rows are truncated: the context length is {limit} tokens, and the longest row has {longest}.',
    action: 'Shorten, split or remove these rows, or choose a model with a longer context.',
  },
  'rows-cut-in-part': {
    cause: '{rows} of {of} rows are truncated at max_length_prompt or max_length_answer.',
    action: 'Raise these two settings, or set them to 0 for no limit.',
  },
  'columns-unread': {
    cause: 'Only the column "{column}" is used as plain text; ignored: {columns}.',
    action: 'If another column belongs to it, choose instruction or classification instead of plain text.',
  },
  'labels-like-text': {
    cause:
      'The labels in the column "{column}" look like texts, such as "{label}": {classes} different ones in {rows} rows.',
    action: 'Choose the label column (dataset.answer_column), or choose instruction to write answers.',
  },
  'labels-as-many': {
    cause: 'The column "{column}" has {classes} classes in {rows} rows: too few rows per class.',
    action: 'Choose the label column (dataset.answer_column), or add rows of each class.',
  },
  'validation-small': {
    cause: 'Rows in the validation set: {rows}, too few for a reliable figure.',
    action: 'Use at least 5 rows for validation (dataset.validation_size, or a validation file).',
  },
  'validation-leaks': {
    cause: 'Training rows that are also in the validation set: {rows}. Its scores will be too good.',
    action: 'Remove duplicates (dataset.drop_duplicates).',
  },
} as const;
