/** What higher values of each setting do, or switching it on, and what is usual. Loaded when the first one is asked for. */
export const explanations = {
  learning_rate: {
    effect:
      'Higher values learn faster, until the loss becomes unstable or rises; lower values are slower and more stable.',
    typical:
      'LoRA 2e-4 to 5e-3 · full fine-tuning 1e-5 to 1e-3, larger for smaller models · learned prompts 1e-3 to 1e-1',
  },
  batch_size: {
    effect:
      'Higher values need proportionally more memory, give steadier and fewer updates per epoch, and use the GPU better.',
    typical: '1 to 16; when memory is short, 1 with gradient accumulation',
  },
  grad_accumulation: {
    effect: 'With higher values an update sees more rows and takes proportionally longer; memory hardly changes.',
    typical: '1 to 16, for an effective batch size of 8 to 64',
  },
  epochs: {
    effect:
      'With more epochs the training loss falls further; at some point the validation loss rises again (overfitting).',
    typical: '1 to 3 for thousands of rows, 5 to 20 for a few hundred',
  },
  max_steps: { effect: 'Training length in updates. Replaces epochs.', typical: '100 to a few thousand' },
  max_length: {
    effect:
      'Higher values truncate fewer rows. Memory and time depend on the longest row of a batch, not on this number itself.',
    typical: 'the length of nearly all rows: 256 to 2048',
  },
  packing: {
    effect: 'On: short examples share one row of a batch: less padding, so faster. A batch then holds more examples.',
    typical: 'on if most rows are much shorter than the longest',
  },
  allow_truncation: {
    effect:
      'On: rows that are too long are truncated, and answers may be learned without their prompts. Off: training does not start.',
    typical: 'off; on if longer rows would not fit in memory',
  },
  drop_duplicates: {
    effect: 'On: repeated rows count once, and validation rows are not trained on; fewer rows, more honest scores.',
    typical: 'on, unless repeats are meant as weights',
  },
  schedule: {
    effect: 'Cosine falls slowly, then fast, then slowly; linear falls evenly; constant stays.',
    typical: 'cosine or linear',
  },
  min_learning_rate_ratio: { effect: 'Higher values keep the last updates larger.', typical: '0 or 0.1' },
  warmup_steps: {
    effect: 'A longer warm-up keeps noisy early gradients from destabilizing training.',
    typical: '3 to 10% of all steps; more for full fine-tuning',
  },
  warmup_ratio: { effect: 'Like warm-up steps, as a fraction.', typical: '0.03 to 0.1' },
  warmup_epochs: { effect: 'Like warm-up steps, in epochs.', typical: '0 to 0.5' },
  weight_decay: {
    effect: 'Higher values reduce overfitting; too high and the model learns less. Biases and norms are not decayed.',
    typical: '0 for LoRA · 0.01 to 0.1 for full fine-tuning',
  },
  gradient_clip: {
    effect: 'Lower values limit the effect of single odd rows. 0: no limit.',
    typical: '0.3 to 1',
  },
  optimizer: {
    effect: 'AdamW stores two numbers for each trained parameter, SGD one; 8-bit AdamW needs a quarter of that.',
    typical: 'AdamW; 8-bit for full fine-tuning when memory is short',
  },
  adam_beta1: {
    effect: 'Higher values average over more past gradients: steadier, slower to react.',
    typical: '0.9',
  },
  adam_beta2: {
    effect: 'With lower values the step size adapts sooner; large models are often trained with 0.95.',
    typical: '0.999; 0.95 to 0.99 for full fine-tuning',
  },
  adam_epsilon: {
    effect: 'With higher values, parameters with small gradients take smaller steps.',
    typical: '1e-8',
  },
  loss_function: {
    effect: 'The mean over tokens counts long answers more; the mean over rows counts each answer the same.',
    typical: 'the mean over tokens',
  },
  beta: {
    effect:
      'DPO, KTO and APO-zero: higher values keep the model closer to what it was. ORPO: higher values weigh the preference more beside the likelihood. SimPO: scale of the margin.',
    typical: 'DPO, KTO, APO-zero and ORPO 0.1; SimPO 2',
  },
  label_smoothing: {
    effect: 'Higher values trust each pair less. Use where some pairs are labelled the wrong way round.',
    typical: '0; 0.1 for noisy labels',
  },
  simpo_gamma: {
    effect: 'Higher values push the two answers further apart; far too high ones harm the text that is written.',
    typical: '0.5 with a beta of 0.1; half of beta or more with a beta of 2',
  },
  cpo_alpha: {
    effect: 'Above 0 the chosen answers are imitated as well, which keeps the text from getting worse.',
    typical: '0 for SimPO alone; 1 for CPO-SimPO',
  },
  desirable_weight: {
    effect: 'Higher values make good answers count more beside bad ones. Balances labels of which one is rarer.',
    typical: '1; so that good answers together weigh 1 to 4/3 times as much as bad ones',
  },
  undesirable_weight: {
    effect: 'Higher values make bad answers count more beside good ones.',
    typical: '1; more where bad answers are rare',
  },
  shuffle: { effect: 'On: neighbouring rows of the dataset do not share a batch every time.', typical: 'on' },
  drop_last_batch: {
    effect: 'On: every update sees the same number of rows, and a few rows are skipped each epoch.',
    typical: 'on; off for very small datasets',
  },
  padding_quantile: {
    effect: 'Lower values truncate the longest rows of each batch, and pad the others less.',
    typical: '1; 0.9 if a few rows are much longer',
  },
  max_length_prompt: { effect: 'Higher values truncate fewer prompts.', typical: '0, or half of max length' },
  max_length_answer: { effect: 'Higher values truncate fewer answers.', typical: '0, or half of max length' },
  weights: {
    effect: '8 bits halve and 4 bits quarter the memory of the frozen matrices; their error is about 1% or 9%.',
    typical: 'as published if it fits, else NF4',
  },
  gradient_checkpointing: {
    effect:
      'On: only layer inputs are kept and layers are computed twice: much less memory for long rows, one more forward pass per step.',
    typical: 'automatic: used if the run would not fit otherwise',
  },
  layer_wise_lr_decay: {
    effect: 'With lower values the first layers, which hold general knowledge, change less than the last ones.',
    typical: '1, or 0.8 to 0.95 for full fine-tuning',
  },
  differential_learning_rate_layers: {
    effect: 'These parameters use the custom LR, the others the learning rate.',
    typical: 'empty, or embed, head',
  },
  differential_learning_rate: {
    effect: 'With higher values these parameters change faster.',
    typical: 'a tenth of the learning rate',
  },
  text_pair_column: {
    effect:
      'With a column here each row has two texts, such as premise and hypothesis, which an encoder reads together.',
    typical: 'empty, or hypothesis, sentence2, passage',
  },
  prompt_column_separator: { effect: 'Joins the cells of the prompt columns.', typical: 'an empty line' },
  add_eos_token_to_system: { effect: 'On: the model sees where the system prompt ends.', typical: 'off' },
  add_eos_token_to_prompt: { effect: 'On: the model sees where the prompt ends.', typical: 'off' },
  data_sample_choice: { effect: 'Which rows the fraction applies to.', typical: 'both' },
  stop_tokens: { effect: 'Generation stops when one of these appears.', typical: 'empty' },
  max_time: { effect: 'A limit stops answers that take too long.', typical: '0' },
  num_history: { effect: 'With higher values the chat remembers more, and its prompts are longer.', typical: '2 to 8' },
  batch_size_inference: { effect: 'Higher values answer faster and need more memory.', typical: '0' },
  number_of_workers: {
    effect: 'More threads tokenize in parallel; each loads its own tokenizer.',
    typical: '1; at least 2 are used from 100,000 rows',
  },
  mixed_precision: {
    effect: 'f16 multiplies in 16 bits and adds in 32: faster on GPUs with 16-bit arithmetic, slightly less exact.',
    typical: 'automatic',
  },
  neftune_noise_alpha: {
    effect: 'Higher values add more noise: less overfitting, longer answers.',
    typical: '0, or 5 to 15 for instruction data',
  },
  mlm_probability: {
    effect: 'Higher values teach more tokens of each text and leave less to predict them from.',
    typical: '0.15 (BERT) to 0.3 (ModernBERT)',
  },
  token_mask_probability: {
    effect: 'With higher values the model must predict from less context.',
    typical: '0 to 0.1',
  },
  intermediate_dropout: { effect: 'Higher values reduce overfitting and slow down learning.', typical: '0 to 0.1' },
  lora_r: {
    effect: 'Higher ranks can learn more; adapter size and memory grow in proportion.',
    typical: '4 to 16 for style and format, 32 to 128 for new knowledge',
  },
  lora_alpha: {
    effect: 'Higher values strengthen the adapter, much like a higher learning rate.',
    typical: 'once or twice the rank',
  },
  lora_dropout: { effect: 'Higher values reduce overfitting on small datasets.', typical: '0 to 0.1' },
  use_rslora: { effect: 'On: the update does not shrink at high ranks.', typical: 'on from rank 32 up' },
  use_dora: {
    effect: 'On: magnitude and direction of weight rows are learned separately: often better at low ranks, slower.',
    typical: 'off; on at ranks of 4 to 16',
  },
  lora_plus_ratio: { effect: 'With higher values the B matrices learn faster than A.', typical: '1, or 4 to 16' },
  method: {
    effect: 'In the comparison from top to bottom: fewer trainable parameters, less memory.',
    typical: 'LoRA',
  },
  num_virtual_tokens: {
    effect: 'Higher values can learn more; every text gets that much longer.',
    typical: '10 to 100',
  },
  prompt_tuning_init: {
    effect: 'Where the learned tokens start. Starting from real words usually learns faster than random values.',
    typical: 'vocabulary tokens, or a text that names the task',
  },
  bias: {
    effect: 'Also trains biases of the base; removing the adapter then no longer restores the base.',
    typical: 'none',
  },
  mask_prompt_labels: {
    effect: 'On: only answers count in the loss. Off: the model also learns to write prompts.',
    typical: 'on for prompts and answers',
  },
  add_eos_token_to_answer: { effect: 'On: the model learns where an answer ends.', typical: 'on' },
  evaluation_epochs: {
    effect: 'Higher values evaluate less often, so training takes less time.',
    typical: '0.25 to 1',
  },
  evaluate_before_training: {
    effect: 'On: the validation curve starts at the base model.',
    typical: 'on for small datasets',
  },
  save_checkpoint: {
    effect: 'Best keeps the weights with the lowest validation loss, which is safer in long runs.',
    typical: 'last for short runs, best for many epochs',
  },
  early_stopping_patience: {
    effect: 'Higher values wait longer for the validation loss to improve.',
    typical: '0, or 2 to 5',
  },
  forgetting_check: {
    effect: 'On: each evaluation also reads 48 short general texts, or your own; the estimate includes it.',
    typical: 'on where the model must stay good at other things',
  },
  forgetting_limit: {
    effect: 'Lower values stop earlier, and keep more of what the model knew.',
    typical: '0, or 0.5 to 2',
  },
  keep_frozen_statistics: {
    effect:
      'On: frozen layers keep the means and variances they were published with: more stable with small batches. Off: these follow your images.',
    typical: 'on for small batches · off if your images look very different from those the model was trained on',
  },
  train_validation_data: {
    effect: 'On: trains on every row.',
    typical: 'off; on for the final run, once settings are chosen',
  },
  eval_batch_size: { effect: 'Higher values evaluate faster and need more memory.', typical: '0' },
  logging_steps: { effect: 'With higher values, charts have fewer points.', typical: '1 to 10' },
  metric: {
    effect: 'Perplexity follows from the loss at no extra cost; the others generate an answer for each validation row.',
    typical: 'perplexity; exact match or F1 for short answers, chrF or ROUGE-L for longer ones',
  },
  judge_endpoint: {
    effect: 'Rows are sent to this address. It may be on your own computer.',
    typical: 'http://localhost:11434/v1',
  },
  judge_model: { effect: 'A stronger model judges more like a human.', typical: 'an instruction-tuned model' },
  number_of_texts: { effect: 'With higher values evaluations take longer and show more.', typical: '1 to 3' },
  max_length_inference: {
    effect: 'Higher values allow longer answers; evaluation may take longer.',
    typical: '64 to 512',
  },
  min_length_inference: { effect: 'Higher values prevent answers from ending early.', typical: '0 to 2' },
  do_sample: { effect: 'On: answers depend on the seed.', typical: 'off for scores' },
  num_beams: { effect: 'Higher values find more probable answers; time grows in proportion.', typical: '1 to 4' },
  temperature: { effect: 'Higher values pick unlikely tokens more often.', typical: '0.6 to 1' },
  top_k: { effect: 'Lower values pick only from the most likely tokens.', typical: '0, or 20 to 50' },
  top_p: { effect: 'Lower values pick only from the most likely tokens.', typical: '0.9 to 1' },
  repetition_penalty: {
    effect: 'Higher values reduce repetition; too high hurts coherence.',
    typical: '1 to 1.2',
  },
  only_last_answer: { effect: 'On: answers of earlier turns are context only.', typical: 'off' },
  limit_chained_samples: {
    effect: 'On: fewer, longer examples. Off: each turn is an example, with the turns before it as context.',
    typical: 'on for long conversations',
  },
  skip_parent_probability: {
    effect: 'With higher values the model more often answers without earlier turns.',
    typical: '0 to 0.1',
  },
  random_parent_probability: {
    effect: 'With higher values a random turn comes first more often.',
    typical: '0 to 0.1',
  },
  data_sample: { effect: 'Lower values use fewer rows, so training is shorter.', typical: '1; 0.1 to try settings' },
  rank_pattern: { effect: 'Gives some modules a higher or lower rank.', typical: 'empty' },
  alpha_pattern: { effect: 'Makes the adapter stronger or weaker in some modules.', typical: 'empty' },
  modules_to_save: {
    effect: 'These are trained in full and saved in the adapter file.',
    typical: 'empty; embedding and head if tokens are new',
  },
  exclude_modules: { effect: 'These modules get no adapter, even if selected otherwise.', typical: 'empty' },
  feedforward_modules: { effect: 'Where the factors apply: at the input or the output.', typical: 'empty' },
  prompt_tuning_init_text: { effect: 'The learned prompt starts as these words.', typical: 'the task in one sentence' },
  encoder_hidden_size: {
    effect: 'Higher values make the prompt network larger, in training only.',
    typical: '0',
  },
  d_initial: { effect: 'Higher values give the random matrices more weight at the start.', typical: '0.1' },
  reduction_factor: {
    effect: 'Higher values make the adapter narrower: less capacity, less memory.',
    typical: '2 to 64',
  },
  adapter_placement: { effect: 'Twice per layer doubles parameters and time.', typical: 'once' },
  adapter_len: { effect: 'Higher values can learn more in each layer.', typical: '10' },
  adapter_layers: { effect: 'Higher values give more layers learned tokens.', typical: 'all but the first two' },
  num_classes: {
    effect: 'If higher than the number of labels, the extra outputs are never trained.',
    typical: '0: infer from labels',
  },
  validation_strategy: {
    effect: 'Without a validation set you cannot tell how well the model handles new rows.',
    typical: 'split from the dataset',
  },
  validation_size: {
    effect: 'Higher values make validation more reliable and leave fewer rows for training.',
    typical: '0.05 to 0.2',
  },
  seed: { effect: 'The same number gives the same run on the same computer.', typical: 'any fixed number' },
  executor: {
    effect: 'WebGPU is fastest; TensorFlow.js works without WebGPU.',
    typical: 'automatic',
  },
  experiment_name: { effect: 'Names the run and its download.', typical: 'what you are trying out' },
};
