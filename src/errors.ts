/**
 * The only error that crosses a layer. `code` is stable, `params` fill the wording, `cause` keeps the original.
 * The English wording lives here because the command line has no page; `ui/text/ja.ts` words the same codes.
 */

/** Cause in one sentence, then the next action. `{name}` is replaced by the parameter of that name. */
export interface ErrorWording {
  readonly cause: string;
  readonly action: string;
}

export const errorWording = {
  'safetensors-invalid': {
    cause: '{file} is not a safetensors file: {reason}.',
    action: 'Choose the .safetensors file of the model, or download it again.',
  },
  'safetensors-truncated': {
    cause: '{file} ends early: its header needs {needed} bytes and the file has {actual}.',
    action: 'Download the file again; the copy is incomplete.',
  },
  'torch-invalid': {
    cause: '{file} is not read: {reason}.',
    action: 'Save the model as safetensors (save_pretrained of transformers does), or use a newer upload of it.',
  },
  'dtype-unsupported': {
    cause: 'Tensor {tensor} has data type {dtype}, which cannot be trained here.',
    action: 'Use a checkpoint saved as F32, F16 or BF16.',
  },
  'tensor-missing': {
    cause: 'The checkpoint has no tensor {tensor}.',
    action: 'Check that every shard is present and that config.json belongs to these weights.',
  },
  'tensors-named-otherwise': {
    cause: 'The checkpoint has no tensor {tensor}; its tensors have names such as {found}.',
    action: 'Save the model itself (save_pretrained of transformers), without what wraps it, and open that folder.',
  },
  'checkpoint-holds-adapter': {
    cause: 'The checkpoint still holds an adapter beside the weights ({found}).',
    action: 'Fold it in with PEFT (merge_and_unload), save the model again and open that folder.',
  },
  'head-missing': {
    cause: 'The checkpoint has no output embedding {tensor}, and config.json says that it is not tied to {embedding}.',
    action: 'Add the shard that holds it, or set tie_word_embeddings to true if the model was trained tied.',
  },
  'weights-several': {
    cause: 'There are several sets of weights: {sets}.',
    action: 'Move all but one of them out of the folder: nothing says which is the newest.',
  },
  'weights-quantised': {
    cause: 'The weights are quantised ({scheme}): {tensor}.',
    action: 'Choose the model as published in F32, F16 or BF16; model.weights keeps it in 8 or 4 bits here.',
  },
  'tensor-shape': {
    cause: 'Tensor {tensor} has shape [{actual}], but config.json implies [{expected}].',
    action: 'Use the config.json that was published with these weights.',
  },
  'config-invalid': {
    cause: 'config.json cannot be used: {reason}.',
    action: 'Use the config.json that was published with the model.',
  },
  'model-type-unsupported': {
    cause: 'Models of type "{modelType}" are not supported.',
    action: 'Choose a model of one of these types: {supported}.',
  },
  'task-unsupported': {
    cause: 'Models of type "{modelType}" are not made for this problem type ({task}).',
    action: 'Set dataset.problem_type to what the model is for, or choose another model.',
  },
  'half-unsupported': {
    cause: 'mixed_precision is f16, and {device} has no 16-bit arithmetic (shader-f16).',
    action: 'Set mixed_precision to auto.',
  },
  'file-missing': { cause: 'The file {file} is missing.', action: 'Add {file} to the folder and try again.' },
  'path-missing': {
    cause: 'There is no file or folder {path}.',
    action: 'Check its spelling. Paths in a run config are against the folder of that file.',
  },
  'not-a-file': { cause: '{path} is a folder, and a file is needed.', action: 'Name the file in it.' },
  'tokenizer-missing': {
    cause:
      'The model has no tokenizer.json, no SentencePiece model (tokenizer.model, spiece.model) and no vocabulary (vocab.json with merges.txt, vocab.txt).',
    action: 'Add tokenizer.json (and tokenizer_config.json) from the model page.',
  },
  'tokenizer-convert': {
    cause: 'The tokenizer cannot be made from {file}: {reason}.',
    action:
      'Add what is missing, or write a tokenizer.json with Python, AutoTokenizer.from_pretrained(model).save_pretrained(folder), and put it beside the model.',
  },
  'tokenizer-no-eos': {
    cause: 'The tokenizer names no end-of-text token, and {key} asks for one.',
    action: 'Add "eos_token" to tokenizer_config.json, or turn {key} off.',
  },
  'template-missing': {
    cause: 'The model has no chat template.',
    action: 'Choose another prompt template: alpaca, h2o or custom.',
  },
  'template-refused': {
    cause: 'The chat template of the model refuses the conversation: "{reason}"',
    action: 'Change the rows as it says, or choose another prompt template: alpaca, h2o or custom.',
  },
  'template-refuses-system': {
    cause: 'The chat template of the model takes no system text: "{reason}"',
    action: 'Choose no system column, or move the system text into the prompts.',
  },
  'template-failed': {
    cause: 'The chat template of the model cannot be run: {reason}.',
    action: 'Choose another prompt template: alpaca, h2o or custom.',
  },
  'tokenizer-invalid': {
    cause: 'The tokenizer cannot be read: {reason}.',
    action: 'Download the tokenizer files of the model again.',
  },
  'hub-unauthorized': {
    cause: '{host} asks for a sign-in to read {model}.',
    action: 'Enter an access token; it is kept in memory only.',
  },
  'hub-forbidden': {
    cause: 'Your account may not read {model} on {host}.',
    action: 'Accept the terms on the model page, then try again with your token.',
  },
  'hub-not-found': {
    cause: '{host} has no {model} at revision {revision}.',
    action: 'Check the name (owner/name) and the revision.',
  },
  'hub-offline': {
    cause: '{host} could not be reached.',
    action: 'Check the connection and try again; what was downloaded is kept.',
  },
  'hub-failed': { cause: '{host} answered {status} for {file}.', action: 'Try again in a minute.' },
  'hash-mismatch': {
    cause: '{file} was damaged on the way: its hash differs from the published one.',
    action: 'Download it again; the damaged copy was removed.',
  },
  'storage-full': {
    cause: 'The browser refused to store {bytes} bytes.',
    action: 'Free space or clear old models and runs, then try again.',
  },
  'dataset-empty': {
    cause: 'The data set {dataset} on {host} holds no table that is read.',
    action: 'Choose one with Parquet, CSV, TSV, JSON or JSONL files.',
  },
  'validation-missing': {
    cause: 'Validation rows are to come from a file of their own, and none is open.',
    action: 'Open the validation file in the data step, or hold back a share of the table.',
  },
  'csv-empty': { cause: '{file} has no data rows.', action: 'Add rows below the header line.' },
  'csv-quotes': {
    cause: '{file} has an unclosed quote that starts at row {row}.',
    action: 'Close the quote, or double quotes that belong to the text.',
  },
  'data-format-unsupported': {
    cause: '{file} is not a table this version reads.',
    action: 'Save the data as CSV, TSV, JSON or JSONL in UTF-8, as Parquet or as Excel (.xlsx).',
  },
  'table-invalid': {
    cause: '{file} cannot be read as what its name says: {reason}.',
    action: 'Save or download it again, or use CSV.',
  },
  'json-invalid': {
    cause: '{file} is not JSON: line {line}, character {column}: “{found}” cannot stand there.',
    action:
      'Correct the file there, or save it again: one JSON object per line (.jsonl), or a list of objects (.json).',
  },
  'json-no-rows': {
    cause: '{file} has no list of rows; it begins with {found}',
    action: 'Save a list of objects, [{"column": "text"}, …], or one object per line (.jsonl).',
  },
  'zip-unreadable': {
    cause: '{file} cannot be unpacked: {reason}.',
    action: 'Pack the folder again as an ordinary .zip, or choose the folder itself.',
  },
  'pictures-missing': {
    cause: '{pictures} pictures of {classes} classes were found: nothing can be told apart.',
    action:
      'Put the pictures of each class into a folder of its own, named after the class, and choose the folder above.',
  },
  'picture-unreadable': {
    cause: '{file} is no picture that can be read here.',
    action: 'Save it as PNG or JPEG, or take it out.',
  },
  'column-missing': {
    cause: 'The data has no column {column}; it has: {columns}.',
    action: 'Choose the columns in the data step, or name them in dataset.prompt_column and dataset.answer_column.',
  },
  'column-unchosen': {
    cause: 'No column is chosen to be learned; the data has: {columns}.',
    action: 'Choose the columns in the data step, or name them in dataset.prompt_column and dataset.answer_column.',
  },
  'preference-data': {
    cause:
      'This is preference data (chosen and rejected answers, or answers labelled true and false), which are not trained on here.',
    action:
      'Keep the good answers only and choose their column: dataset.answer_column (or messages_column), chosen or completion.',
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
  'conversation-circular': {
    cause: 'The conversation of row {row} leads back to itself: its parent ids go round in a circle.',
    action: 'Correct the parent ids, or choose no parent column.',
  },
  'rows-too-few': {
    cause: 'Too few rows to train on: {rows}, where one batch needs {batchSize}.',
    action: 'Lower the batch size or the validation share, or add rows. With packing, several examples make one row.',
  },
  'labels-none': {
    cause: 'No row has a label in the column "{column}".',
    action: 'Choose the column of the labels (dataset.answer_column).',
  },
  'labels-no-number': {
    cause: 'The label "{label}" in row {row} of the column "{column}" is not a number.',
    action: 'Correct the row (numbers are written with a point), choose another column, or learn classes.',
  },
  'labels-one-class': {
    cause: 'Every row has the same label, "{label}", in the column "{column}".',
    action: 'Add rows of another class, or choose the column of the labels (dataset.answer_column).',
  },
  'labels-count': {
    cause: 'The column "{column}" has {found} classes ({names}), and num_classes is {classes}.',
    action: 'Set num_classes to {found}, or to 0 to count them, or correct the labels.',
  },
  'labels-all-masked': {
    cause: 'No token would be learned: every answer is empty or cut off.',
    action: 'Raise max_length, check the answer column, or switch prompt masking off.',
  },
  'answers-empty': {
    cause: 'Nothing would be learned: every answer is empty, or has the weight 0.',
    action: 'Choose the column that holds the answers (dataset.answer_column).',
  },
  'nothing-trained': {
    cause: 'Nothing is trained: no parameter is ticked.',
    action: 'Tick layers to train, or give LoRA to some (tuning.train_parameters, tuning.lora_target_modules).',
  },
  'nothing-quantised': {
    cause: 'Weights cannot be kept in {weights}: every matrix is trained, and what is trained is kept whole.',
    action: 'Train with LoRA or leave some layers frozen, or keep the weights as published.',
  },
  'nothing-matched': {
    cause: '"{pattern}" matches no parameter of this model.',
    action: 'Use a part of a name shown in the parameter tree.',
  },
  'all-excluded': {
    cause: 'Every module that "{pattern}" picks is excluded, by exclude_modules or because it is trained whole.',
    action: 'Shorten exclude_modules or modules_to_save, or give the adapter to other modules.',
  },
  'nothing-excluded': {
    cause: '"{pattern}" (exclude_modules) excludes nothing: no module of this model that has weights is called so.',
    action: 'Correct it: a whole path or its end after a dot, or one expression for whole paths. Or leave it empty.',
  },
  'pattern-unsaid': {
    cause: 'The pattern {pattern} uses {syntax}, which only Python has.',
    action:
      'Put a list of the modules in its place: target_modules in adapter_config.json, tuning.lora_target_modules in a run config.',
  },
  'run-config-strange-key': {
    cause: 'The run config has an unknown key {key}.',
    action: 'Remove it; docs/run-config.md lists every key, and names the programs whose settings are read as well.',
  },
  'run-config-unknown-key': {
    cause: 'The run config has an unknown key {key}.',
    action: 'Did you mean {nearest}? Remove or rename the key.',
  },
  'run-config-invalid': {
    cause: 'The run config value {key} is not valid: {reason}.',
    action: 'Correct the value; docs/run-config.md lists what is allowed.',
  },
  'settings-unreadable': {
    cause: '{file} cannot be read as settings: {reason}.',
    action: 'Correct that place, or save the settings anew.',
  },
  'settings-of-another': {
    cause: '{file} holds settings of {program}, which are not taken over.',
    action: 'Set what you need of them in the page or in a run config; docs/run-config.md lists every key.',
  },
  'not-settings': {
    cause: '{file} is {what}, and holds no settings of a run.',
    action:
      'Choose the run config (run.json). It names a model as model.llm_backbone, and an adapter to go on from as tuning.init_from.',
  },
  'setting-unsupported': {
    cause: '{key} = {value} is not available in this version.',
    action: 'Choose one of: {supported}.',
  },
  'adapter-invalid': {
    cause: 'The adapter cannot be loaded: {reason}.',
    action: 'Choose an adapter made for this model.',
  },
  'adapter-otherwise': {
    cause: 'The run would not continue the adapter as it is: {reason}.',
    action:
      'Give tuning what its adapter_config.json says (lora_r for r, lora_target_modules for target_modules, the rest by the same names), or continue it in the page, which takes these over.',
  },
  'adapter-not-continued': {
    cause: 'The adapter cannot be trained on: {reason}.',
    action: '{instead}',
  },
  'adapter-unsupported': {
    cause: 'The adapter uses {what}, which is not supported.',
    action:
      'Merge it into its base with PEFT, where its method allows that (merge_and_unload, then save_pretrained), and open that folder as the model.',
  },
  'adapter-vocabulary': {
    cause: 'The adapter has {found} tokens against {expected} of the model ({tensor}): the vocabulary was resized.',
    action:
      'Resize the model as for the training (resize_token_embeddings({found}) of transformers), save it with the tokenizer of the adapter, and open that folder.',
  },
  'adapter-changes-base': {
    cause:
      'The adapter was trained with init_lora_weights "{init}", which changed the weights of the base, and {reason}.',
    action:
      'Save it with PEFT as an ordinary LoRA: save_pretrained with path_initial_model_for_weight_conversion, given the adapter as it was before the training.',
  },
  'cannot-merge': {
    cause: 'The method "{method}" is no change of weights, so it cannot be folded into them.',
    action: 'Download the adapter, and load it beside the model.',
  },
  'export-unfit': {
    cause: 'What {method} trains is not written as {target}.',
    action: 'Choose another form of the result.',
  },
  'export-needs-run': {
    cause: 'This is written from the folder of a run, and only weights are given.',
    action: 'Name the folder of the run (--run DIR).',
  },
  'loss-not-finite': {
    cause: 'The loss became {value} at step {step}.',
    action: 'Lower the learning rate or set gradient_clip to 1; the last good checkpoint is kept.',
  },
  'webgpu-unavailable': {
    cause: 'This browser offers no WebGPU: {reason}.',
    action:
      'Use a current Chrome, Edge or (on Windows and Apple silicon) Firefox, or train on the processor with executor "tfjs-wasm" (slower).',
  },
  'gpu-out-of-memory': {
    cause: 'The GPU has no room for {bytes} more bytes.',
    action: 'Lower batch_size or max_length, or train fewer layers.',
  },
  'gpu-limit': {
    cause: 'This needs {what} of {needed}, and the GPU allows {limit}.',
    action: 'Lower batch_size or max_length, or use a smaller model.',
  },
  'gpu-validation': {
    cause: 'The GPU refused a command: {reason}.',
    action: 'This is a defect of Atelier; please report it with the details.',
  },
  'device-lost': {
    cause: 'The GPU was reset (often: out of memory, or the driver): {reason}.',
    action: 'Your run is saved; resume it, or resume with a smaller batch.',
  },
  'memory-too-small': {
    cause: 'The model needs {needed} bytes on {executor}, over the limit of {limit}.',
    action: 'Use WebGPU, or a smaller model.',
  },
  'checkpoint-invalid': {
    cause: 'The checkpoint cannot be used: {reason}.',
    action: 'Start the run anew, or choose another checkpoint.',
  },
  'archive-invalid': {
    cause: 'The file is not an exported run: {reason}.',
    action: 'Choose a .zip that was saved with "Export" in the list of runs.',
  },
  'merge-differs': {
    cause:
      'The merged model does not answer as base and adapter do: its logits are off by {error}, and {limit} is expected.',
    action: 'Download the adapter instead, and load it beside the model.',
  },
  'run-model-missing': {
    cause: 'This run was made with the model "{model}" from a folder, which is not open.',
    action: 'Open that folder in the model step, then come back to the run.',
  },
  'run-going-on': {
    cause: 'Another run is training on this device.',
    action: 'Wait until it has ended, or stop it first: it can be resumed later.',
  },
  'judge-failed': {
    cause: 'The judge at {endpoint} gave no score: {reason}.',
    action: 'Check its address, model and key, and that it allows requests from this page.',
  },
  'prompt-too-long': {
    cause: 'The conversation has {tokens} tokens and the model has room for {limit}.',
    action: 'Start a new conversation or shorten the prompt.',
  },
  usage: { cause: '{reason}', action: 'See the usage with --help.' },
  internal: {
    cause: 'Something went wrong inside Atelier: {reason}.',
    action: 'Please report it with the details; what you opened is still here.',
  },
} as const satisfies Record<string, ErrorWording>;

export type ErrorCode = keyof typeof errorWording;
/** What fills a wording: a text as it is, a reason or an error to be worded in its turn. */
export type ErrorValue = string | number | Reason | { readonly code: ErrorCode; readonly params: ErrorParams };
export type ErrorParams = Readonly<Record<string, ErrorValue>>;

/** A part of a sentence in English, with `{0}`, `{1}` … for its values; `ui/text/ja-reasons.ts` words the same texts. */
export interface Reason {
  readonly text: string;
  readonly values: readonly ErrorValue[];
}

/** A reason as a template: because`tensor ${name} overlaps the one before it`. */
export const because = (strings: TemplateStringsArray, ...values: readonly unknown[]): Reason => ({
  text: strings.reduce((text, next, index) => `${text}{${index - 1}}${next}`),
  values: values.map(asValue),
});

function asValue(value: unknown): ErrorValue {
  if (value instanceof AppError) return { code: value.code, params: value.params };
  return typeof value === 'number' || isReason(value) ? value : String(value);
}

const isReason = (value: unknown): value is Reason => typeof value === 'object' && value !== null && 'text' in value;

/** How errors and reasons are worded in a language; a reason that has no wording stands as it is. */
export interface Wordings {
  readonly errors: Readonly<Record<ErrorCode, ErrorWording>>;
  readonly reasons: Readonly<Record<string, string>>;
}
const english: Wordings = { errors: errorWording, reasons: {} };

/** Fills `{name}` in a template; an unknown name stays as it stands. */
export function fillTemplate(
  template: string,
  params: Readonly<Record<string, ErrorValue>> | readonly ErrorValue[],
  wordings = english,
): string {
  const values = new Map<string, ErrorValue>(Object.entries(params));
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => inWords(values.get(name) ?? whole, wordings));
}

function inWords(value: ErrorValue, wordings: Wordings): string {
  if (typeof value !== 'object') return String(value);
  if ('text' in value) return fillTemplate(wordings.reasons[value.text] ?? value.text, value.values, wordings);
  const { cause, action } = wordings.errors[value.code];
  return fillTemplate(`${cause} ${action}`, value.params, wordings);
}

export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    readonly params: ErrorParams = {},
    options?: { cause?: unknown },
  ) {
    const { cause, action } = errorWording[code];
    super(`${fillTemplate(cause, params)} ${fillTemplate(action, params)}`, options);
  }
}

/** Any thrown value as an AppError: what is none becomes `internal` and keeps the original as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', { reason }, { cause: thrown });
}
