/** The words of the tuning methods and of the settings that are theirs alone. */
export const methodsEn = {
  settings: {
    rank_pattern: {
      label: 'Ranks by module',
      hint: 'Where they differ from the LoRA rank, such as up_proj = 8, layers.0.*.q_proj = 2.',
    },
    alpha_pattern: { label: 'Alphas by module', hint: 'Where they differ from the LoRA alpha, such as up_proj = 32.' },
    modules_to_save: {
      label: 'Modules trained whole',
      hint: 'Names with commas between, such as norm; saved with the adapter.',
    },
    exclude_modules: {
      label: 'Excluded modules',
      hint: 'Names with commas between, or one regular expression of whole paths. They get no adapter.',
    },
    feedforward_modules: {
      label: 'Scaled at their input',
      hint: 'Names with commas between; the others are scaled at their output. Empty: the usual ones.',
    },
    prompt_tuning_init_text: {
      label: 'Text it starts from',
      hint: 'Its tokens, repeated or cut to the number of virtual tokens.',
    },
    encoder_hidden_size: {
      label: 'Width of the encoder',
      hint: 'Of the small network that writes the prompt; 0 takes the width of the model.',
    },
    d_initial: { label: 'Starting factor', hint: 'Of the learned vector between the two random matrices.' },
    reduction_factor: {
      label: 'Reduction',
      hint: 'Width of the model ÷ width of the adapter; 0 takes the usual: 16 in series, 2 in parallel.',
    },
    adapter_placement: { label: 'Where', hint: 'In each layer: once, or twice for twice the parameters.' },
    adapter_len: { label: 'Tokens a layer', hint: 'Learned tokens that each of the layers may attend to.' },
    adapter_layers: { label: 'Top layers', hint: 'How many layers get them, counted from the output.' },
  },
  layers: {
    pairs: 'Write name = number, with commas between.',
  },
  guide: {
    full: {
      name: 'All weights',
      what: 'Trains every parameter.',
      when: 'Much data, a new domain or language, and memory to spare. Learns most and forgets most; wants a small learning rate.',
    },
    layers: {
      name: 'Some layers',
      what: 'Trains chosen layers whole.',
      when: 'A new style with middling data: the layers near the output hold most of it. Cheaper than all weights, as nothing below them is computed backward.',
    },
    lora: {
      name: 'LoRA',
      what: 'Two narrow matrices beside each chosen weight matrix.',
      when: 'The usual choice: close to training all weights for a fraction of the memory. The result is small and can be merged.',
    },
    qlora: {
      name: 'LoRA on a 4-bit base (QLoRA)',
      what: 'LoRA beside frozen weights kept in NF4.',
      when: 'The model is too big otherwise. The base is less exact, the adapter is not.',
    },
    ia3: {
      name: '(IA)³',
      what: 'One factor for each output of a few modules.',
      when: 'Very little data, or many small variants of one model. Learns less than LoRA.',
    },
    'series-adapter': {
      name: 'Series adapter',
      what: 'A narrow layer after each sublayer.',
      when: 'You use AdapterHub, or want many tasks on one base. Stays in the model: slower answers.',
    },
    'parallel-adapter': {
      name: 'Parallel adapter',
      what: 'A narrow layer beside each sublayer.',
      when: 'As the series adapter, often a little better at equal size.',
    },
    'llama-adapter': {
      name: 'LLaMA-Adapter',
      what: 'Learned tokens that the top layers attend to, through a gate.',
      when: 'Following instructions with few parameters; starts exactly as the base model.',
    },
    vera: {
      name: 'VeRA',
      what: 'LoRA with shared random matrices; only scales are learned.',
      when: 'The adapter must be tiny. Wants a higher rank and learning rate than LoRA.',
    },
    prefix: {
      name: 'Prefix tuning',
      what: 'Learned keys and values before every text, in every layer.',
      when: 'Writing tasks with little data where no weight may change. Sensitive to the learning rate.',
    },
    'p-tuning': {
      name: 'P-tuning',
      what: 'A learned prompt that a small network writes.',
      when: 'As prompt tuning, steadier on small models.',
    },
    prompt: {
      name: 'Prompt tuning',
      what: 'Learned tokens before every text.',
      when: 'The least that can be trained. Works on large models, hardly on small ones.',
    },
  },
  choices: {
    vera: 'VeRA',
    'p-tuning': 'P-tuning',
    'series-adapter': 'Series adapter',
    'parallel-adapter': 'Parallel adapter',
    'llama-adapter': 'LLaMA-Adapter',
    TEXT: 'A text of mine',
    mlp: 'After the MLP (Pfeiffer)',
    both: 'After attention and MLP (Houlsby)',
  },
};
