/** The words of the tuning methods and of the settings that are theirs alone. */
export const methodsEn = {
  settings: {
    rank_pattern: {
      label: 'Rank per module',
      hint: 'Where they differ from the LoRA rank, such as up_proj = 8, layers.0.*.q_proj = 2.',
    },
    alpha_pattern: { label: 'Alpha per module', hint: 'Where they differ from the LoRA alpha, such as up_proj = 32.' },
    modules_to_save: {
      label: 'Fully trained modules',
      hint: 'Comma-separated names, such as norm; saved with the adapter.',
    },
    exclude_modules: {
      label: 'Excluded modules',
      hint: 'Comma-separated names, or one regular expression of full paths. They get no adapter.',
    },
    feedforward_modules: {
      label: 'Scaled at their input',
      hint: 'Comma-separated names; the others are scaled at their output. Empty: the defaults.',
    },
    prompt_tuning_init_text: {
      label: 'Initial text',
      hint: 'Its tokens, repeated or truncated to the number of virtual tokens.',
    },
    encoder_hidden_size: {
      label: 'Encoder hidden size',
      hint: 'Of the small network that produces the prompt; 0: hidden size of the model.',
    },
    d_initial: {
      label: 'Initial scale',
      hint: 'Starting value of the learned vector between the two random matrices.',
    },
    reduction_factor: {
      label: 'Reduction factor',
      hint: 'Hidden size ÷ adapter size; 0: the default (16 in series, 2 in parallel).',
    },
    adapter_placement: { label: 'Placement', hint: 'Once per layer, or twice for twice the parameters.' },
    adapter_len: { label: 'Tokens per layer', hint: 'Learned tokens that each of the layers attends to.' },
    adapter_layers: { label: 'Number of layers', hint: 'Layers that get them, counted from the output.' },
  },
  layers: {
    pairs: 'Enter name = number, separated by commas.',
  },
  guide: {
    full: {
      name: 'Full fine-tuning',
      what: 'Trains every parameter.',
      when: 'Lots of data, a new domain or language, and memory to spare. Most capacity, most forgetting. Use a small learning rate.',
    },
    layers: {
      name: 'Last layers only',
      what: 'Trains selected layers in full.',
      when: 'Medium-sized datasets; style changes, which mostly sit in the last layers. Cheaper than full fine-tuning: no backward pass below them.',
    },
    lora: {
      name: 'LoRA',
      what: 'Two narrow matrices beside each chosen weight matrix.',
      when: 'The usual choice: close to full fine-tuning for a fraction of the memory. The result is small and can be merged.',
    },
    qlora: {
      name: 'LoRA on a 4-bit base (QLoRA)',
      what: 'LoRA beside frozen weights kept in NF4.',
      when: 'When the model wouldn’t fit. The base is less exact, the adapter is not.',
    },
    ia3: {
      name: '(IA)³',
      what: 'One factor for each output of a few modules.',
      when: 'Very little data, or many small variants of one model. Less capacity than LoRA.',
    },
    'series-adapter': {
      name: 'Series adapter',
      what: 'A narrow layer after each sublayer.',
      when: 'You use AdapterHub, or want many tasks on one base. Stays in the model: slower answers.',
    },
    'parallel-adapter': {
      name: 'Parallel adapter',
      what: 'A narrow layer beside each sublayer.',
      when: 'Like the series adapter, often slightly better at the same size.',
    },
    'llama-adapter': {
      name: 'LLaMA-Adapter',
      what: 'Learned tokens that the top layers attend to, through a gate.',
      when: 'Following instructions with few parameters; starts exactly as the base model.',
    },
    vera: {
      name: 'VeRA',
      what: 'LoRA with shared random matrices; only scales are learned.',
      when: 'When the adapter must be tiny. Needs a higher rank and learning rate than LoRA.',
    },
    prefix: {
      name: 'Prefix tuning',
      what: 'Learned keys and values before every text, in every layer.',
      when: 'Writing tasks with little data where no weight may change. Sensitive to the learning rate.',
    },
    'p-tuning': {
      name: 'P-tuning',
      what: 'A learned prompt, produced by a small network.',
      when: 'Like prompt tuning, more stable on small models.',
    },
    prompt: {
      name: 'Prompt tuning',
      what: 'Learned tokens before every text.',
      when: 'Fewest parameters of all. Works well only on large models.',
    },
  },
  choices: {
    vera: 'VeRA',
    'p-tuning': 'P-tuning',
    'series-adapter': 'Series adapter',
    'parallel-adapter': 'Parallel adapter',
    'llama-adapter': 'LLaMA-Adapter',
    TEXT: 'Custom text',
    mlp: 'After the MLP (Pfeiffer)',
    both: 'After attention and MLP (Houlsby)',
  },
};
