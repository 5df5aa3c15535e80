/** Errors of settings, adapters, exports, the GPU and runs, as `errors.ts` words them. */
export const runErrors = {
  'nothing-trained': {
    cause: 'Nothing is trained: no parameter is selected.',
    action: 'Select layers to train, or add LoRA to some (tuning.train_parameters, tuning.lora_target_modules).',
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
    cause: 'Every module that "{pattern}" picks is excluded, by exclude_modules or because it is trained in full.',
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
  'blind-other-base': {
    cause: 'The two runs were trained on different base models.',
    action: 'Compare results of one base model: choose another one.',
  },
  'benchmark-none': {
    cause: 'None of these files is a task in YAML.',
    action: 'Choose the task (.yaml) together with its data (.jsonl).',
  },
  'benchmark-invalid': {
    cause: 'The benchmark {file} cannot be run: {reason}.',
    action: 'Change the file accordingly, and choose it again.',
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
  'adapter-without-projection': {
    cause: 'The adapter was saved without its projection (save_projection=False): {tensor} is not in its file.',
    action:
      'Merge it into its base with PEFT, which draws the projection again (merge_and_unload, then save_pretrained), and open that folder as the model; or train it again with save_projection=True.',
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
    action: 'Take the adapter as it is ({instead}), and load it beside the model.',
  },
  'export-unfit': {
    cause: 'What {method} trains is not written as {target}.',
    action: 'Take this form instead: {instead}.',
  },
  'lora-already': {
    cause: 'What was trained is LoRA already.',
    action: 'Take it as it is: {instead}.',
  },
  'target-unfit': {
    cause: '{target} cannot hold what was trained: {reason}.',
    action: 'Take this form instead: {instead}.',
  },
  'export-needs-run': {
    cause: 'This is written from the folder of a run, and only weights are given.',
    action: 'Name the folder of the run (--run DIR).',
  },
  'cluster-unfit': {
    cause: 'This run cannot be continued on a cluster as it is: {reason}.',
    action: '{instead}',
  },
  'gguf-unfit': {
    cause: 'llama.cpp cannot take this model as it is: {reason}.',
    action: 'Take this form instead: {instead}.',
  },
  'gguf-lora-unfit': {
    cause: 'A LoRA adapter in GGUF cannot hold what was trained: {reason}.',
    action: 'Take this form instead: {instead}.',
  },
  'gguf-overflow': {
    cause: 'The model cannot be written in this type: {reason}.',
    action: 'Take BF16, which holds larger numbers.',
  },
  'gguf-invalid': {
    cause: '{file} cannot be read as GGUF: {reason}.',
    action: 'Write or download it again.',
  },
  'gguf-form': {
    cause: '{file} is a GGUF file of a form that is not read here: {reason}.',
    action: 'Choose another file of the same model: F32, F16, BF16, Q8_0, Q4_0, Q4_K_M and Q6_K open.',
  },
  'gguf-unread': {
    cause: '{file} is a GGUF file of a model that is not carried out here: {reason}.',
    action: 'Try the model that it was converted from (safetensors), or choose another.',
  },
  'template-unsaid': {
    cause: 'The prompt format of this run cannot be written in the template language of Ollama: {reason}.',
    action: 'Take this form instead, and bring prompts into their format yourself: {instead}.',
  },
  'loss-not-finite': {
    cause: 'The loss became {value} at step {step}.',
    action: 'Lower the learning rate or set gradient_clip to 1; the last good checkpoint is kept.',
  },
  'scores-not-finite': {
    cause: 'The model’s output is NaN.',
    action: 'Its weights are damaged or too large: download them again, or train with a lower learning rate.',
  },
  'webgpu-unavailable': {
    cause: 'WebGPU isn’t available: {reason}.',
    action:
      'Use a current Chrome, Edge or (on Windows and Apple silicon) Firefox, or train on the CPU with executor "tfjs-wasm" (slower).',
  },
  'gpu-out-of-memory': {
    cause: 'The GPU is out of memory: {bytes} more bytes are needed.',
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
    action:
      'Resume the run: it continues from its last checkpoint, if it has one. If this happens again, start a new run with a smaller batch_size.',
  },
  'device-lost-again': {
    cause: 'The GPU was reset {times} times in a row (often: out of memory, or the driver): {reason}.',
    action: 'Start a new run with a smaller batch_size or max_length.',
  },
  'memory-too-small': {
    cause: 'The model needs {needed} bytes on {executor}, over the limit of {limit}.',
    action: 'Use WebGPU, or a smaller model.',
  },
  'checkpoint-invalid': {
    cause: 'The saved run cannot be used: {reason}.',
    action:
      'Use it whole, with the rows and settings that it was begun with; where you have them no more, start a new run.',
  },
  'merge-differs': {
    cause:
      'What was written does not answer as base and adapter do: its logits are off by {error}, and {limit} is expected.',
    action: 'Take what was trained in its own form instead: {instead}.',
  },
  'merge-forgets': {
    cause:
      'What was written holds {held} of what training changed, not all of it: its number type may round the rest away.',
    action: 'Take what was trained in its own form ({instead}), or a type that keeps more digits.',
  },
  'run-model-missing': {
    cause: 'This run was made with the model "{model}" from a folder, which is not loaded.',
    action: 'Load that folder in the Model step, then come back to the run.',
  },
  'run-base-changed': {
    cause:
      'This run was made with other files of "{model}": {file} has changed since, and its weights fit no other base.',
    action: 'Open the model with its files as they were, or start a new run with these.',
  },
  'run-base-moved': {
    cause: 'This run was made with {model} at commit {commit}, and {file} is another one here.',
    action: 'Open commit {commit} (revision), or start a new run with this one.',
  },
  'run-going-on': {
    cause: 'Another run is training on this device.',
    action: 'Wait until it has ended, or stop it first: it can be resumed later.',
  },
  'run-executor-other': {
    cause: 'This run was trained with {before}; here there is only {now} now.',
    action: 'Restart the browser to get {before} back, or press Resume again to continue with {now}.',
  },
  'run-elsewhere': {
    cause: 'This run is training in another tab of this browser.',
    action: 'Go to that tab. When the run has ended there, or the tab is closed, it can be changed here.',
  },
  'run-taken': {
    cause: 'Another process ({process}) writes into {folder}.',
    action: 'Wait until it has ended, or name another folder with --out.',
  },
  'examples-unoffered': {
    cause:
      'This run has no loss of single rows: pairs of answers, judged answers, vectors, numbers, several labels at once and images are learned from several at once, or otherwise than by a likelihood.',
    action: 'Look at the held-out rows in the table of answers instead.',
  },
  'example-missing': {
    cause: 'No row of this run has the number {row}: it was left out, or the file has fewer.',
    action: 'Take a number from the list of rows (studio examples RUN --out FILE.csv).',
  },
  'run-missing': {
    cause: 'There is no run {run} here.',
    action: 'It was deleted, or it is kept in another browser or folder. Choose one from the list of runs.',
  },
  'sweep-invalid': {
    cause: 'The sweep is not valid at {key}: {reason}.',
    action: 'Correct it; docs/sweeps.md lists what a sweep says.',
  },
  'sweep-too-large': {
    cause: 'The sweep would make {count} runs; at most {most} are made.',
    action: 'Try fewer values of a setting, or draw some of the combinations at random (search: random).',
  },
  'sweep-unfit': {
    cause: 'Run {run} of the sweep needs {bytes} bytes of GPU memory; {budget} may be used.',
    action: 'Take smaller values, such as of batch_size or max_length, out of the settings it tries.',
  },
  'sweep-changed': {
    cause: 'The sweep in {folder} was begun with other settings than {file} says now.',
    action: 'Put the file back as it was, or begin a new sweep in another folder (--out).',
  },
  'sweep-missing': {
    cause: 'There is no sweep in {folder}.',
    action: 'Begin one without --resume, or name the folder of one with --out.',
  },
  'shared-run-invalid': {
    cause: 'The shared run cannot be read: {reason}.',
    action: 'Copy the whole link again, or ask for the run as a file. Nothing here was changed.',
  },
  'shared-run-newer': {
    cause: 'The shared run has version {version} of its format, which this page does not read.',
    action: 'Reload the page to get its newest version, then open the link again. Nothing here was changed.',
  },
  'shared-run-long': {
    cause: 'The settings of this run do not fit into a link of {limit} characters.',
    action: 'Share it as a file.',
  },
  'host-refused': {
    cause: 'This server is not configured to allow {host}.',
    action: 'Whoever serves the page can allow it; see docs/serving.md.',
  },
  'judge-failed': {
    cause: 'The judge at {endpoint} gave no score: {reason}.',
    action: 'Check its address, model and key, and that it allows requests from this page.',
  },
  'make-unfit': {
    cause: 'No rows can be made here: {reason}.',
    action: 'Change that, or the columns and the problem type of the table; docs/made-rows.md says what is needed.',
  },
  'server-failed': {
    cause: 'The server at {endpoint} wrote nothing: {reason}.',
    action: 'Check its address, model and key, and that it allows requests from this page.',
  },
  'prompt-too-long': {
    cause: 'The conversation has {tokens} tokens and the model has room for {limit}.',
    action: 'Start a new conversation or shorten the prompt.',
  },
  usage: { cause: '{reason}', action: 'See the usage with --help.' },
  'code-missing': {
    cause: 'A part of this page did not load.',
    action: 'Check the connection and try again; what you opened is still here.',
  },
  internal: {
    cause: 'Something went wrong inside Atelier: {reason}.',
    action: 'Please report it with the details; what you opened is still here.',
  },
} as const;
