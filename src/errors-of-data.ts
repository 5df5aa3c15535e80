/** Errors of tables, pictures, conversations and labels, as `errors.ts` words them. */
export const dataErrors = {
  'dataset-empty': {
    cause: 'The dataset {dataset} on {host} has no file in a supported format.',
    action: 'Choose one with Parquet, CSV, TSV, JSON or JSONL files.',
  },
  'validation-missing': {
    cause: 'The validation set is to come from a separate file, and none is loaded.',
    action: 'Load the validation file in the Data step, or split it from the dataset.',
  },
  'csv-empty': { cause: '{file} has no data rows.', action: 'Add rows below the header line.' },
  'conll-apart': {
    cause:
      '{file} has no sentence in which each line has a word and a tag, and as many columns as the others; see line {row}.',
    action: 'Write one word per line with its tag after a tab, and an empty line between sentences.',
  },
  'csv-quotes': {
    cause: '{file} has an unclosed quote that starts at row {row}.',
    action: 'Close the quote, or double quotes that belong to the text.',
  },
  'data-format-unsupported': {
    cause: '{file} is not in a supported format.',
    action: 'Save the data as CSV, TSV, JSON or JSONL in UTF-8, as Parquet or as Excel (.xlsx).',
  },
  'table-invalid': {
    cause: '{file} cannot be read as what its name says: {reason}.',
    action: 'Save or download it again, or use CSV.',
  },
  'json-invalid': {
    cause: '{file} is not JSON: line {line}, character {column}: “{found}” is not allowed there.',
    action:
      'Correct the file there, or save it again: one JSON object per line (.jsonl), or a list of objects (.json).',
  },
  'json-no-rows': {
    cause: '{file} has no list of rows; it begins with {found}',
    action: 'Save a list of objects, [{"column": "text"}, …], or one object per line (.jsonl).',
  },
  'json-too-large': {
    cause: '{file} is a single JSON text, longer than can be read at once (512 million characters).',
    action: 'Save it with one object per line (.jsonl): lines are read one after the other.',
  },
  'table-too-wide': {
    cause: '{file} has more than {most} columns.',
    action: 'Keep only the columns you train on. If each row has its own keys, give all rows the same keys.',
  },
  'table-too-sparse': {
    cause: '{file} would be {rows} rows of {columns} columns or more, far more than the file holds.',
    action: 'Give all rows the same keys, or keep only the columns you train on.',
  },
  'cell-too-long': {
    cause: 'Row {row} of {file} is longer than {most} characters.',
    action: 'Break the text into several rows.',
  },
  'reading-too-long': {
    cause: '{file} was not read within {seconds} s, so reading it was stopped; everything else continues.',
    action: 'It may be damaged: save or download it again. Save a table as .csv.',
  },
  'zip-unreadable': {
    cause: '{file} cannot be unpacked: {reason}.',
    action: 'Pack the folder again as an ordinary .zip, or choose the folder itself.',
  },
  'pictures-missing': {
    cause: '{pictures} images of {classes} classes were found: at least two classes are needed.',
    action:
      'Put the images of each class into a folder named after it, and choose the folder above them or its .zip; or list them in a .csv with the columns file and label.',
  },
  'picture-unreadable': {
    cause: '{file} is not a readable image.',
    action: 'Save it as PNG or JPEG, or remove it.',
  },
  'picture-too-large': {
    cause: '{file} has {width} × {height} pixels, more than are read from a file of its size.',
    action: 'Make it smaller, or remove it: models see a few hundred pixels per side.',
  },
  'column-missing': {
    cause: 'The data has no column {column}; it has: {columns}.',
    action: 'Choose columns that it has (dataset.prompt_column, dataset.answer_column).',
  },
  'column-unchosen': {
    cause: 'No column to train on is chosen; the data has: {columns}.',
    action: 'Choose columns that it has (dataset.prompt_column, dataset.answer_column).',
  },
  'preference-data': {
    cause:
      'This is preference data (chosen and rejected answers, or answers labelled true and false), and no answer column is chosen.',
    action:
      'Where each row has a chosen and a rejected answer, learn which is better (dataset.problem_type: preference, answer_column and rejected_answer_column); where each answer is labelled, learn from good and bad ones (judged-answers, label_column). Otherwise keep only the good answers and choose their column (dataset.answer_column or messages_column).',
  },
  'conversations-none': {
    cause: 'No conversation could be read: the cell of row {row} is not a list of messages with roles and contents.',
    action: 'Choose another column as the conversation, or write [{"role": "user", "content": "…"}, …].',
  },
  'conversations-role': {
    cause: 'No conversation could be read: row {row} has a message with an unknown role.',
    action: 'Name the roles system, user, assistant and tool (or system, human and gpt).',
  },
  'conversations-no-text': {
    cause: 'No conversation could be read: row {row} has a message without text, such as an image.',
    action: 'Use conversations whose contents are texts.',
  },
  'conversations-unanswered': {
    cause: 'No conversation could be read: nobody answers in row {row}.',
    action: 'Use conversations with messages of the role assistant (or gpt).',
  },
  'conversations-tools': {
    cause:
      'No conversation can be written: row {row} has tools or tool calls that the prompt template does not know, or that are no JSON.',
    action: 'Use the template "chat" with a model whose chat template knows tools, or leave these rows out.',
  },
  'verdicts-unknown': {
    cause: 'The labels cannot be read: that of row {row} says neither good nor bad.',
    action:
      'Write true or false (or 1 and 0, yes and no, good and bad), or choose another column (dataset.label_column).',
  },
  'conversation-circular': {
    cause: 'The conversation of row {row} leads back to itself: its parent ids go round in a circle.',
    action: 'Correct the parent ids, or choose no parent column.',
  },
  'conversations-too-long': {
    cause:
      'The conversations are too long to train on each row with all turns before it: row {row} is turn {turns} of its conversation.',
    action:
      'Turn on limit_chained_samples, which trains on each conversation once, or cut the conversations into shorter ones.',
  },
  'rows-none': {
    cause: 'No row is left to train on.',
    action: 'Add rows: at least one to train on, besides the validation set (dataset.validation_size).',
  },
  'rows-only-made': {
    cause:
      'No row is left to train on: a model made {rows} of them, and they are not approved or made from rows that are not trained on.',
    action: 'Approve them (the column atelier_approved), and keep the rows that they were made from in the same table.',
  },
  'rows-too-few': {
    cause: 'Too few rows to train on: {rows}, where one batch needs {batchSize}.',
    action: 'Lower the batch size or the validation split, or add rows. With packing, several examples make one row.',
  },
  'labels-none': {
    cause: 'No row has a label in the column "{column}".',
    action: 'Choose the column of the labels (dataset.answer_column).',
  },
  'labels-no-number': {
    cause: 'The label "{label}" in row {row} of the column "{column}" is not a number.',
    action: 'Correct the row (numbers are written with a point), choose another column, or choose classification.',
  },
  'labels-one-class': {
    cause: 'Every row has the same label, "{label}", in the column "{column}".',
    action: 'Add rows of another class, or choose the column of the labels (dataset.answer_column).',
  },
  'labels-count': {
    cause: 'The column "{column}" has {found} classes ({names}), and num_classes is {classes}.',
    action: 'Set num_classes to {found}, or to 0 to count them, or correct the labels.',
  },
  'labels-many': {
    cause: 'The {rows} rows of the column "{column}" have {classes} different labels: too much to keep for each row.',
    action: 'Use fewer rows (dataset.data_sample), drop rare labels, or choose the column of the labels.',
  },
  'labels-all-masked': {
    cause: 'There is no token to train on: every answer is empty or truncated.',
    action: 'Raise max_length, choose another answer column, or turn off “Train on answers only” (mask_prompt_labels).',
  },
  'answers-empty': {
    cause: 'There is nothing to train on: every answer is empty, or has weight 0.',
    action: 'Choose the column that holds the answers (dataset.answer_column).',
  },
} as const;
