/** What a run looks like inside: how far weights moved, where memory goes. */
export const insideEn = {
  scheduleDrawn: {
    title: 'Learning-rate schedule',
    text: (peak: string, end: string, steps: string) =>
      `Learning rate: ${peak} at its highest, ${end} at step ${steps}.`,
    warmup: (steps: string) => `Warm-up: ${steps} steps.`,
    noWarmup: 'No warm-up.',
    groups: (most: string, least: string) => `By layer × ${least} to × ${most}.`,
    warmupEnd: 'warm-up ends',
  },
  plane: {
    title: 'Memory and time of each method',
    text: (lightest: string, bytes: string, fastest: string, time: string) =>
      `Least memory: ${lightest}, ${bytes}. Fastest step: ${fastest}, ${time}.`,
  },
  inside: {
    moved: 'Which layers changed',
    movedLead:
      'Change: |ΔW| ÷ |W|, how far the trained weights have moved from the published ones. Gradient: each layer’s share of the squared gradient norm at the last update.',
    movedNone: 'Measured at each evaluation and at the end of training.',
    movedText: (step: string, layer: string, change: string, most: string, share: string) =>
      `After step ${step}, ${layer} has changed most, by ${change}; ${most} has the largest share of the gradient, ${share}.`,
    gradientText: (step: string, most: string, share: string) =>
      `After step ${step}, ${most} has the largest share of the gradient, ${share}.`,
    noChange: 'This method adds to the model and changes no weight, so there is only the gradient.',
    change: 'Change',
    gradient: 'Gradient',
    layer: 'Layer',
    at: 'Measured after step',
    changeOf: (name: string, change: string, share: string) => `${name}: changed by ${change}, gradient share ${share}`,
    inTree: (name: string) => `Change and gradient share measured in ${name}`,
  },
};
