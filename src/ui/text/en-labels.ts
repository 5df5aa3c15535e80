/** Words of classification and regression. */
export const labelsEn = {
  classes: 'Classes',
  classesNote: (count: string) => `${count} classes. Where one is rare, the model sees little of it.`,
  classCount: (rows: string, share: string) => `${rows} (${share})`,
  labelOf: (label: string) => `Label: ${label}`,
  howLearned: 'How a row is learned',
  kinds: {
    one: 'One class a row',
    many: 'Several labels a row',
  },
  kindsHint: {
    one: 'cross-entropy; the cell is the class',
    many: 'binary cross-entropy; labels stand between commas or semicolons',
  },
  text: 'Text',
  label: 'Label',
  number: 'Number',
  ask: 'Your text',
  send: 'Classify',
  sendNumber: 'Estimate',
  nothingYet: 'What both models say of your text will stand here: before training, and after.',
  untrained: 'Where the published model had no head for these classes, its side guesses at random.',
  probability: (name: string, share: string) => `${name}: ${share}`,
  scores: {
    accuracy: 'Accuracy',
    auc: 'AUC',
    logLoss: 'Log loss',
    mse: 'Mean squared error',
    r2: 'R²',
  } as Record<string, string>,
};
