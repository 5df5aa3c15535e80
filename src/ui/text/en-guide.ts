/** The words of the guide that compares the ways to tune, and of the same choice as code. */
export const guideEn = {
  guide: {
    title: 'Which way to tune?',
    show: 'Compare the methods',
    hide: 'Hide the comparison',
    teaser: 'What each method would train, how much memory it needs and how long it takes, for this model.',
    lead: 'The one in use as it is ticked, the others at their usual places, planned for this model, this data and these settings. Choosing one replaces the ticks; undo brings them back.',
    leadWithoutData:
      'The one in use as it is ticked, the others at their usual places, planned for this model at the longest row the settings allow; open data for the real length. Choosing one replaces the ticks; undo brings them back.',
    method: 'Method',
    trained: 'Trained',
    memory: 'Memory',
    step: 'Time a step',
    choose: 'Choose',
    chooseNamed: (name: string) => `Choose ${name}`,
    current: 'In use',
    recomputes: 'layers computed twice',
    lastLayers: (n: string) => `Trains the last ${n} layers whole; the rest is frozen.`,
    choices: {
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
  },
  code: {
    title: 'As code',
    show: 'Show as Python',
    hide: 'Hide the code',
    copy: 'Copy',
    copied: 'Copied',
  },
};
