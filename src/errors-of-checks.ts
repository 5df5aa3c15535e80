/** What is found of a run's rows before it starts, as `errors.ts` words it. */
export const checkErrors = {
  'prompt-missing': {
    cause: 'No column is chosen as the prompt, or all its cells are empty.',
    action: 'Choose the prompt column (dataset.prompt_column), or train on plain text instead.',
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
