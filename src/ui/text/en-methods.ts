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
