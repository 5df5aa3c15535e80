import { methodsEn } from './en-methods.ts';
import { plural } from './plural.ts';

/** The words of the guide that compares the ways to tune, and of the same choice as code. */
export const guideEn = {
  guide: {
    title: 'Fine-tuning method',
    show: 'Compare the methods',
    hide: 'Hide the comparison',
    teaser: 'What each method would train, how much memory it needs and how long it takes, for this model.',
    places: 'Compare all methods',
    usual: 'With default layers',
    selected: 'On your selection',
    lead: {
      usual: 'Every method on its default layers, also the one in use.',
      selected: 'All methods on the layers selected in the tree.',
    },
    planned:
      'Estimates for this model, data and settings. Choosing a method replaces your selection; Undo restores it.',
    plannedWithoutData:
      'Estimates for this model at max length; add data for the real length. Choosing a method replaces your selection; Undo restores it.',
    selectedWhole: 'Trains the selected weights in full; the rest is frozen.',
    placeless: 'Does not depend on the selection.',
    reset: 'Use default layers',
    resetNamed: (name: string) => `Use the default layers of ${name}`,
    method: 'Method',
    trained: 'Trainable',
    memory: 'Memory',
    step: 'Time per step',
    choose: 'Choose',
    chooseNamed: (name: string) => `Choose ${name}`,
    current: 'In use',
    recomputes: 'with gradient checkpointing',
    lastLayers: (n: string) => `Trains the last ${plural(n, 'layer', 'layers')} in full; the rest is frozen.`,
    choices: methodsEn.guide,
  },
  code: {
    title: 'As code',
    show: 'Show as Python',
    hide: 'Hide the code',
    copy: 'Copy',
    copied: 'Copied',
  },
};
