/** What is found of a run's rows before it starts, as `errors.ts` words it. */
export const checkErrors = {
  'prompt-missing': {
    cause: 'No column is chosen as the prompt, or all its cells are empty: nothing says what the answers are to.',
    action: 'Choose the column of the prompts (dataset.prompt_column), or learn plain text instead.',
  },
  'questions-cut': {
    cause:
      '{rows} of {of} rows lose their whole question: max_length is {limit}, and the longest row has {longest} tokens.',
    action: 'Set max_length to {needed}, or train on what is left (tokenizer.allow_truncation).',
  },
  'rows-cut': {
    cause: '{rows} of {of} rows are cut: max_length is {limit}, and the longest row has {longest} tokens.',
    action: 'Set max_length to {needed}, or train on what is left (tokenizer.allow_truncation).',
  },
  'questions-cut-at-reach': {
    cause:
      '{rows} of {of} rows lose their whole question: the model reads {limit} tokens at most, and the longest row has {longest}.',
    action:
      'Shorten, split or leave out these rows, choose a model with a longer context, or train on what is left (tokenizer.allow_truncation).',
  },
  'rows-cut-at-reach': {
    cause: '{rows} of {of} rows are cut: the model reads {limit} tokens at most, and the longest row has {longest}.',
    action: 'Shorten or split these rows, leave them out, or choose a model with a longer context.',
  },
  'rows-cut-in-part': {
    cause: '{rows} of {of} rows are cut at max_length_prompt or max_length_answer.',
    action: 'Raise these two settings, or set them to 0 for no limit of their own.',
  },
  'columns-unread': {
    cause: 'Plain text is learned from the column "{column}" alone; not read: {columns}.',
    action: 'Where another column belongs to the text, learn answers to prompts, or classes, instead of plain text.',
  },
  'labels-like-text': {
    cause:
      'The labels in the column "{column}" read like texts, such as "{label}": {classes} different ones in {rows} rows.',
    action: 'Choose the column of the labels (dataset.answer_column), or learn to write answers.',
  },
  'labels-as-many': {
    cause: 'The column "{column}" has {classes} classes in {rows} rows: too few rows of each to learn from.',
    action: 'Choose the column of the labels (dataset.answer_column), or add rows of each class.',
  },
  'validation-small': {
    cause: 'Validation rows: {rows}, too few to tell anything.',
    action: 'Hold back at least 5 rows (dataset.validation_size, or a validation file).',
  },
  'validation-leaks': {
    cause: 'Training rows that stand in the validation set, too: {rows}. Its scores will be too good.',
    action: 'Leave duplicates out (dataset.drop_duplicates).',
  },
} as const;
