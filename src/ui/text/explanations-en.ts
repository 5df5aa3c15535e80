/** What each setting does when it is raised or switched on, and what is usual. Loaded when the first one is asked for. */
export const explanations = {
  learning_rate: {
    effect:
      'Raised, the model learns faster, until the loss jumps about or grows; lowered, it learns slower and steadier.',
    typical:
      'LoRA 2e-4 to 5e-3 · whole weights 1e-5 to 1e-3, the more the smaller the model · learned prompts 1e-3 to 1e-1',
  },
  batch_size: {
    effect: 'Raised, memory grows in proportion, updates are steadier and fewer an epoch, and the GPU is used better.',
    typical: '1 to 16; when memory is short, 1 with accumulation',
  },
  grad_accumulation: {
    effect: 'Raised, an update sees more rows and takes as much longer; memory stays nearly the same.',
    typical: '1 to 16, so that an update sees 8 to 64 rows',
  },
  epochs: {
    effect:
      'Raised, the run is longer and the training loss falls further; past some point the validation loss rises again.',
    typical: '1 to 3 for thousands of rows, 5 to 20 for a few hundred',
  },
  max_steps: { effect: 'Raised, the run is longer. It replaces epochs.', typical: '100 to a few thousand' },
  max_length: {
    effect:
      'Raised, fewer rows are cut; memory and time grow with the longest row of a batch, not with this number itself.',
    typical: 'the length of nearly all rows: 256 to 2048',
  },
  packing: {
    effect: 'On, short rows share one row of a batch: less padding, so faster. A batch then holds more examples.',
    typical: 'on where most rows are much shorter than the longest',
  },
  allow_truncation: {
    effect:
      'On, rows that are too long are cut, and answers may be learned without their questions; off, the run waits.',
    typical: 'off; on where longer rows would not fit the memory',
  },
  drop_duplicates: {
    effect: 'On, repeated rows count once, and validation rows are not learned; fewer rows, truer scores.',
    typical: 'on, unless repetition is meant as weight',
  },
  schedule: {
    effect: 'Cosine falls slowly, then fast, then slowly; linear falls evenly; constant does not fall.',
    typical: 'cosine or linear',
  },
  min_learning_rate_ratio: { effect: 'Raised, the last updates are larger.', typical: '0 or 0.1' },
  warmup_steps: {
    effect: 'Raised, the start is gentler: it keeps the first, noisy gradients from throwing the weights about.',
    typical: '3 to 10 % of all steps; more for whole weights',
  },
  warmup_ratio: { effect: 'As warm-up steps, as a share.', typical: '0.03 to 0.1' },
  warmup_epochs: { effect: 'As warm-up steps, in epochs.', typical: '0 to 0.5' },
  weight_decay: {
    effect:
      'Raised, trained weights are drawn to 0 more: less learning by heart, at some point less learning. Biases and norms are left out.',
    typical: '0 for LoRA · 0.01 to 0.1 for whole weights',
  },
  gradient_clip: {
    effect: 'Raised, larger gradients get through; lowered, single odd rows count less. 0 lets all through.',
    typical: '0.3 to 1',
  },
  optimizer: {
    effect: 'AdamW keeps two numbers for each trained parameter, SGD one; with 8 bits the two take a quarter.',
    typical: 'AdamW; 8 bits where whole weights are trained and memory is short',
  },
  adam_beta1: {
    effect: 'Raised, updates follow the mean of more past gradients: steadier, slower to turn.',
    typical: '0.9',
  },
  adam_beta2: {
    effect:
      'Lowered, the size of the steps follows the last gradients sooner; large models are often trained with 0.95.',
    typical: '0.999; 0.95 to 0.99 for whole weights',
  },
  adam_epsilon: {
    effect: 'Raised, parameters with small gradients take smaller steps.',
    typical: '1e-8',
  },
  loss_function: {
    effect: 'The mean over tokens counts long answers more; the mean over rows counts each answer the same.',
    typical: 'the mean over tokens',
  },
  beta: {
    effect:
      'Higher values keep the model closer to what it was; lower values let it move further towards the chosen answers.',
    typical: '0.1; 0.01 to 0.5',
  },
  label_smoothing: {
    effect: 'Higher values trust each pair less. Use where some pairs are labelled the wrong way round.',
    typical: '0; 0.1 for noisy labels',
  },
  shuffle: { effect: 'On, neighbouring rows of the table do not end up in the same batch each time.', typical: 'on' },
  drop_last_batch: {
    effect: 'On, every update sees the same number of rows, and a few rows are left out each epoch.',
    typical: 'on; off for very small tables',
  },
  padding_quantile: {
    effect: 'Lowered, the longest rows of each batch are cut, and all others are padded less.',
    typical: '1; 0.9 where a few rows are far longer',
  },
  max_length_prompt: { effect: 'Raised, longer prompts are kept whole.', typical: '0, or the half of the longest row' },
  max_length_answer: { effect: 'Raised, longer answers are kept whole.', typical: '0, or the half of the longest row' },
  weights: {
    effect:
      'Fewer bits: 8 halve, 4 quarter the memory of the frozen matrices, at the price of a base that is off by about 1 % or 9 %.',
    typical: 'as published where it fits, NF4 where it does not',
  },
  gradient_checkpointing: {
    effect:
      'On, only the inputs of layers are kept and layers are computed twice: far less memory for long rows, one more forward pass a step.',
    typical: 'automatic: it is taken where the run would not fit',
  },
  layer_wise_lr_decay: {
    effect: 'Lowered, layers near the input, which hold what is general, change less than those near the output.',
    typical: '1, or 0.8 to 0.95 when whole weights are trained',
  },
  differential_learning_rate_layers: {
    effect: 'What these name learns at the rate below, the rest at the usual one.',
    typical: 'empty, or embed, head',
  },
  differential_learning_rate: {
    effect: 'Raised, the named parameters change faster.',
    typical: 'a tenth of the learning rate',
  },
  prompt_column_separator: { effect: 'Stands between the cells of the prompt columns.', typical: 'an empty line' },
  add_eos_token_to_system: { effect: 'On, the model sees where the system text ends.', typical: 'off' },
  add_eos_token_to_prompt: { effect: 'On, the model sees where the prompt ends.', typical: 'off' },
  data_sample_choice: { effect: 'Which rows the share applies to.', typical: 'both' },
  stop_tokens: { effect: 'An answer ends where one of these appears.', typical: 'empty' },
  max_time: { effect: 'Raised, long answers may take longer.', typical: '0' },
  num_history: { effect: 'Raised, the chat remembers more, and its prompts are longer.', typical: '2 to 8' },
  batch_size_inference: { effect: 'Raised, answering is faster and takes more memory.', typical: '0' },
  number_of_workers: {
    effect: 'Raised, rows become tokens side by side; each thread holds a tokenizer of its own.',
    typical: '1; from 100,000 rows on it is 2 at least',
  },
  mixed_precision: {
    effect:
      'f16 multiplies in 16 bits and adds in 32: faster where the GPU has 16-bit arithmetic, slightly less exact.',
    typical: 'automatic',
  },
  neftune_noise_alpha: {
    effect: 'Raised, embeddings are noisier: answers become longer and less learned by heart.',
    typical: '0, or 5 to 15 for instruction data',
  },
  token_mask_probability: { effect: 'Raised, the model must guess from less.', typical: '0 to 0.1' },
  intermediate_dropout: { effect: 'Raised, less is learned by heart, and learning is slower.', typical: '0 to 0.1' },
  lora_r: {
    effect: 'Raised, more can be learned; the adapter and its share of memory grow in proportion.',
    typical: '4 to 16 for style and format, 32 to 128 for new knowledge',
  },
  lora_alpha: {
    effect: 'Raised, the adapter counts more beside the base, much as a higher learning rate.',
    typical: 'once or twice the rank',
  },
  lora_dropout: { effect: 'Raised, less is learned by heart from few rows.', typical: '0 to 0.1' },
  use_rslora: { effect: 'On, the update is not made smaller at high ranks.', typical: 'on from rank 32 up' },
  use_dora: {
    effect:
      'On, how long a row of weights is and where it points are learned apart: often better at low ranks, slower.',
    typical: 'off; on at ranks of 4 to 16',
  },
  lora_plus_ratio: { effect: 'Raised, the B matrices learn faster than A.', typical: '1, or 4 to 16' },
  method: {
    effect: 'From top to bottom of the guide, less is trained and less memory is needed.',
    typical: 'LoRA',
  },
  num_virtual_tokens: { effect: 'Raised, more can be learned; every text is that much longer.', typical: '10 to 100' },
  prompt_tuning_init: {
    effect: 'Where the learned tokens start. A start near real words is found sooner than random values.',
    typical: 'tokens of the vocabulary or a text that names the task',
  },
  bias: {
    effect: 'Trains biases of the base too; the adapter alone then no longer gives back the base.',
    typical: 'none',
  },
  mask_prompt_labels: {
    effect: 'On, only answers count in the loss; off, the model also learns to write prompts.',
    typical: 'on for questions and answers',
  },
  add_eos_token_to_answer: { effect: 'On, the model learns where an answer ends.', typical: 'on' },
  evaluation_epochs: {
    effect: 'Raised, validation is computed less often, and the run is shorter.',
    typical: '0.25 to 1',
  },
  evaluate_before_training: {
    effect: 'On, the curve of validation begins at the base model.',
    typical: 'on for small tables',
  },
  save_checkpoint: {
    effect: 'Best keeps the weights of the lowest validation loss, which is safer in long runs.',
    typical: 'last for short runs, best for many epochs',
  },
  early_stopping_patience: {
    effect: 'Raised, the run waits longer for validation to fall again.',
    typical: '0, or 2 to 5',
  },
  keep_frozen_statistics: {
    effect:
      'On, frozen layers see new pictures with the means and variances they were published with: steadier with small batches. Off, these follow your pictures.',
    typical: 'on for small batches · off where your pictures look unlike those the model knows',
  },
  train_validation_data: {
    effect: 'On, every row is learned.',
    typical: 'off; on for the last run, when settings are found',
  },
  eval_batch_size: { effect: 'Raised, evaluation is faster and takes more memory.', typical: '0' },
  logging_steps: { effect: 'Raised, charts have fewer points.', typical: '1 to 10' },
  metric: {
    effect: 'Perplexity comes from the loss and costs nothing more; the others have each validation row answered.',
    typical: 'perplexity; BLEU where one answer is right',
  },
  judge_endpoint: {
    effect: 'Rows leave this computer for that address. It may be one of your own computer.',
    typical: 'http://localhost:11434/v1',
  },
  judge_model: { effect: 'A better model judges closer to a reader.', typical: 'an instruction model' },
  number_of_texts: { effect: 'Raised, evaluations take longer and show more.', typical: '1 to 3' },
  max_length_inference: {
    effect: 'Raised, long answers are not broken off, and evaluation may take longer.',
    typical: '64 to 512',
  },
  min_length_inference: { effect: 'Raised, an answer may not end early.', typical: '0 to 2' },
  do_sample: { effect: 'On, answers differ with the seed.', typical: 'off for scores' },
  num_beams: { effect: 'Raised, likelier answers are found, and each takes as many times longer.', typical: '1 to 4' },
  temperature: { effect: 'Raised, unlikely tokens are drawn more often.', typical: '0.6 to 1' },
  top_k: { effect: 'Lowered, only the likeliest tokens are drawn.', typical: '0, or 20 to 50' },
  top_p: { effect: 'Lowered, only the likeliest tokens are drawn.', typical: '0.9 to 1' },
  repetition_penalty: {
    effect: 'Raised, the model repeats itself less, at some point at the cost of sense.',
    typical: '1 to 1.2',
  },
  only_last_answer: { effect: 'On, the answers of earlier turns are read and not learned.', typical: 'off' },
  limit_chained_samples: {
    effect: 'On, there are fewer and longer examples; off, each turn is an example with what came before it.',
    typical: 'on for long conversations',
  },
  skip_parent_probability: {
    effect: 'Raised, the model more often answers without what came before.',
    typical: '0 to 0.1',
  },
  random_parent_probability: {
    effect: 'Raised, foreign turns stand before an example more often.',
    typical: '0 to 0.1',
  },
  data_sample: { effect: 'Lowered, fewer rows are read, and the run is shorter.', typical: '1; 0.1 to try settings' },
  rank_pattern: { effect: 'Gives some modules more or fewer values to learn.', typical: 'empty' },
  alpha_pattern: { effect: 'Makes the adapter count more or less in some modules.', typical: 'empty' },
  modules_to_save: {
    effect: 'These are trained whole, and the adapter file grows by them.',
    typical: 'empty; the embedding and the head where tokens are new',
  },
  exclude_modules: { effect: 'These modules get no adapter, even where the rest picks them.', typical: 'empty' },
  feedforward_modules: { effect: 'Where the factors stand: at the input or at the output.', typical: 'empty' },
  prompt_tuning_init_text: { effect: 'The learned prompt starts as these words.', typical: 'the task in one sentence' },
  encoder_hidden_size: {
    effect: 'Raised, the network that writes the prompt is larger, in training alone.',
    typical: '0',
  },
  d_initial: { effect: 'Raised, the random matrices count more at first.', typical: '0.1' },
  reduction_factor: { effect: 'Raised, the adapter is narrower: less to learn, less memory.', typical: '2 to 64' },
  adapter_placement: { effect: 'Twice a layer doubles what can be learned, and the time it takes.', typical: 'once' },
  adapter_len: { effect: 'Raised, more can be learned in each layer.', typical: '10' },
  adapter_layers: { effect: 'Raised, more layers get learned tokens.', typical: 'all but the first two' },
  num_classes: {
    effect: 'Raised above what the labels name, the head has outputs that no row teaches.',
    typical: '0: as many as there are labels',
  },
  validation_strategy: {
    effect: 'Without validation, nothing says whether new rows are answered well.',
    typical: 'a share of the table',
  },
  validation_size: {
    effect: 'Raised, validation is more reliable and fewer rows are learned.',
    typical: '0.05 to 0.2',
  },
  seed: { effect: 'The same number gives the same run on the same computer.', typical: 'any fixed number' },
  executor: {
    effect: 'WebGPU uses the kernels made for training; TensorFlow.js runs where there is no WebGPU.',
    typical: 'automatic',
  },
  experiment_name: { effect: 'Names the run and its download.', typical: 'what you tried' },
};
