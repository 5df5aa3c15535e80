/** Errors of checkpoints, tokenizers, templates and the Hub, as `errors.ts` words them. */
export const modelErrors = {
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
  'decoder-embeds': {
    cause:
      'The folder is one of sentence-transformers (modules.json) with a decoder of type "{modelType}" in it, and decoders are not embedded here.',
    action: 'Choose an encoder, such as BERT or ModernBERT, or the model with its output embedding, which writes text.',
  },
  'head-untrained': {
    cause: 'The weights hold no classifier: {tensor} is in none of their files.',
    action: 'Train one (studio train), or pass --adapter with an adapter that brings one.',
  },
  'vectors-otherwise': {
    cause: 'The folder says how a text becomes a vector (modules.json), and not in a way that is done here: {reason}.',
    action: 'Choose a model whose folder says it in a supported way, or ask sentence-transformers itself.',
  },
  'weights-several': {
    cause: 'There are several sets of weights: {sets}.',
    action: 'Leave one of them in the folder, or name the one that is meant: nothing says which is the newest.',
  },
  'weights-quantised': {
    cause: 'The weights are quantised ({scheme}): {tensor}.',
    action:
      'Choose its sibling in F32, F16 or BF16 (model.weights keeps it in 8 or 4 bits here), or in 4 bits of bitsandbytes (its name often ends in -bnb-4bit).',
  },
  'tensor-shape': {
    cause: 'Tensor {tensor} has shape [{actual}], but config.json implies [{expected}].',
    action: 'Use the config.json that was published with these weights.',
  },
  'config-invalid': {
    cause: 'config.json cannot be used: {reason}.',
    action:
      'Use the config.json that was published with the model. If it is that one, this model cannot be opened yet: choose another of its family, or one of the recommended models.',
  },
  'model-type-unsupported': {
    cause: 'Models of type "{modelType}" are not supported.',
    action: 'Choose a model of one of these types: {supported}.',
  },
  'model-type-refused': {
    cause: 'Models of type "{modelType}" are not supported: {reason}.',
    action: 'Choose a model of type {nearest}, which is nearest to it.',
  },
  'task-unsupported': {
    cause: 'Models of type "{modelType}" are not made for this problem type ({task}).',
    action: 'Choose another task in the Data step (dataset.problem_type), or another model.',
  },
  'text-pair-unread': {
    cause:
      'Models of type "{modelType}" do not read a second text beside the first for this task (dataset.text_pair_column).',
    action:
      'Choose an encoder, such as BERT or DeBERTa, that classifies or gives a number; or name both columns in dataset.prompt_column, which makes one text of them, and ask with one text.',
  },
  'mask-missing': {
    cause: 'The tokenizer has no mask token, which masked language modeling needs.',
    action: 'Choose a model that was pretrained with one, or add mask_token to tokenizer_config.json.',
  },
  'mask-wanted': {
    cause: 'The text has no {mask}.',
    action: 'Type {mask} where the model should fill in a token.',
  },
  'texts-wanted': {
    cause: 'It says how alike texts are, and there is one.',
    action: 'Write two texts or more, each on a line of its own.',
  },
  'masked-head-missing': {
    cause: 'The checkpoint has no head for masked tokens ({tensor}).',
    action: 'Choose a checkpoint that was saved with it (…ForMaskedLM), or choose classification for this one.',
  },
  'half-unsupported': {
    cause: 'mixed_precision is f16, and {device} has no 16-bit arithmetic (shader-f16).',
    action: 'Set mixed_precision to auto.',
  },
  'files-of-another-kind': {
    cause: '{name} contains {found}, but {wanted} is needed here.',
    action: '{instead}',
  },
  'pictures-wanted': {
    cause: 'Models of type "{modelType}" need images, and a table is loaded.',
    action: 'Load images in the Data step (a folder or .zip with one folder per class), or choose a model for text.',
  },
  'table-wanted': {
    cause: 'Models of type "{modelType}" read text, and images are loaded.',
    action: 'Load a table in the Data step, or choose a model for images.',
  },
  'file-missing': { cause: 'The file {file} is missing.', action: 'Add {file} to the folder and try again.' },
  'path-missing': {
    cause: 'There is no file or folder {path}.',
    action: 'Check its spelling. Paths in a run config are against the folder of that file.',
  },
  'not-a-file': { cause: '{path} is a folder, and a file is needed.', action: 'Name the file in it.' },
  'tokenizer-missing': {
    cause:
      'The model has no tokenizer.json, no SentencePiece model (tokenizer.model, spiece.model, spm.model, sentencepiece.bpe.model) and no vocabulary (vocab.json with merges.txt, vocab.txt).',
    action: 'Add tokenizer.json (and tokenizer_config.json) from the model page.',
  },
  'tokenizer-dictionary': {
    cause: 'The tokenizer of this model cuts words with {analyser} and its dictionary, which cannot run here.',
    action:
      'Choose a Japanese model that needs none, such as sbintuitions/modernbert-ja-130m or cl-nagoya/ruri-v3-130m.',
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
    cause: 'The chat template of the model takes no system prompt: "{reason}"',
    action: 'Choose no system column, or move the system prompt into the prompts.',
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
  'hub-stalled': {
    cause: '{host} sent nothing for {seconds} seconds.',
    action: 'Check the connection and try again; what was downloaded is kept.',
  },
  'hub-busy': {
    cause: '{host} is busy and asks to wait {minutes} minutes.',
    action: 'Try again then; what was downloaded is kept.',
  },
  'hub-answer-wrong': {
    cause: '{host} gave a wrong answer for {file}: {reason}.',
    action: 'Check that no sign-in page or proxy is in between, then try again; nothing of it was kept.',
  },
  'hub-cancelled': { cause: 'You cancelled it.', action: 'Try again; what was downloaded is kept.' },
  'hub-elsewhere': { cause: 'Another tab or process is downloading {file}.', action: 'This one waits for it.' },
  'hash-mismatch': {
    cause: '{file} was damaged on the way: its hash differs from the published one.',
    action: 'Download it again; the damaged copy was removed.',
  },
  'storage-full': {
    cause: 'There is no room for another {bytes} bytes: the disk, or what the browser may keep, is full.',
    action: 'Free space, or remove old models and runs, then try again.',
  },
} as const;
