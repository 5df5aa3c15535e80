import { methodsEn } from './en-methods.ts';

/** The words of the guide that compares the ways to tune, and of the same choice as code. */
export const guideEn = {
  guide: {
    title: 'Which way to tune?',
    show: 'Compare the methods',
    hide: 'Hide the comparison',
    teaser: 'What each method would train, how much memory it needs and how long it takes, for this model.',
    places: 'Compare all methods',
    usual: 'At their usual places',
    selected: 'On your selection',
    lead: {
      usual: 'All methods at their usual places, also the one in use.',
      selected: 'All methods on the layers selected in the tree.',
    },
    planned:
      'Planned for this model, data and settings. Choosing a method replaces your selection; undo brings it back.',
    plannedWithoutData:
      'Planned for this model at the longest row the settings allow; add data for the real length. Choosing a method replaces your selection; undo brings it back.',
    selectedWhole: 'Trains the selected weights in full; the rest is frozen.',
    placeless: 'Does not depend on the selection.',
    reset: 'Use usual places',
    resetNamed: (name: string) => `Use the usual places of ${name}`,
    method: 'Method',
    trained: 'Trained',
    memory: 'Memory',
    step: 'Time a step',
    choose: 'Choose',
    chooseNamed: (name: string) => `Choose ${name}`,
    current: 'In use',
    recomputes: 'layers computed twice',
    lastLayers: (n: string) => `Trains the last ${n} layers whole; the rest is frozen.`,
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
