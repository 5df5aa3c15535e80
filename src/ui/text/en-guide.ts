import { methodsEn } from './en-methods.ts';

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
