import { plural } from './plural.ts';

/** Recipes: the settings that follow from the rows, and values that do not work. Numbers come as texts. */
export const recipesEn = {
  title: 'Recipe',
  names: { 'quick-look': 'Quick look', balanced: 'Balanced', thorough: 'Thorough' },
  about: {
    'quick-look': 'Does it learn at all?',
    balanced: 'Good for most data.',
    thorough: 'Learns longer and slower.',
  },
  none: 'No recipe: the settings come from the example, or from the file you loaded.',
  waiting: 'Load a model and a dataset, and the settings follow from them.',
  unread: 'The rows cannot be read yet, so there is no recipe.',
  forRows: (rows: string, tokens: string) => `for ${plural(rows, 'row', 'rows')} of about ${tokens} tokens`,
  forImages: (images: string) => `for ${plural(images, 'image', 'images')}`,
  line: (name: string, basis: string, figures: string) => `${name}, ${basis}: ${figures}`,
  figures: {
    epochs: (n: string) => plural(n, 'epoch', 'epochs'),
    steps: (n: string) => plural(n, 'step', 'steps'),
    rate: (rate: string) => `rate ${rate}`,
    batch: (n: string) => `batch ${n}`,
    accumulated: (n: string, times: string) => `batch ${n} × ${times}`,
    length: (n: string) => `length ${n}`,
    held: (n: string) => `${plural(n, 'row', 'rows')} held back`,
    separator: ', ',
  },
  cost: (steps: string, time: string) => `${steps} · ${time}`,
  costPending: 'estimating…',
  chosen: 'in use',
  own: (n: string) => `${plural(n, 'setting', 'settings')} set by you.`,
  ownAll: 'Reset all to the recipe',
  ofRecipe: 'from the recipe',
  byHand: 'set by you',
  back: (value: string) => `Use the recipe’s ${value}`,
  why: {
    epochs: 'enough updates for so many rows',
    learning_rate: 'usual for this method and model size',
    batch_size: 'by the number of rows',
    grad_accumulation: 'as many rows per update as the batch leaves out',
    warmup_ratio: 'stabilizes the first updates',
    gradient_clip: 'one bad batch cannot destabilize training',
    evaluation_epochs: 'often enough to see overfitting begin',
    evaluate_before_training: 'the base to compare with',
    save_checkpoint: 'keeps the best evaluation',
    max_length: 'fits the longest row, up to the context length',
    validation_size: 'enough rows for a reliable figure',
    lora_r: 'by the model’s hidden size',
    lora_alpha: 'twice the rank',
    max_steps: 'epochs set the training length',
  },
  /** `value`: the one set; `works`: one that works. */
  warnings: {
    'rate-high': (value: string, works: string) =>
      `A learning rate of ${value} is far too high: the loss will likely rise. About ${works} works here.`,
    'rate-low': (value: string, works: string) =>
      `A learning rate of ${value} is far too low: little will be learned. About ${works} works here.`,
    'rank-high': (value: string, works: string) =>
      `Rank ${value} is larger than a side of the smallest matrix: more parameters, no more capacity. ${works} works here.`,
    'length-short': (value: string, works: string) =>
      `Most rows are longer than ${value} tokens and are truncated. ${works} is enough.`,
    'length-beyond': (value: string, works: string) =>
      `The context length is ${works} tokens: longer rows are truncated there, not at ${value}.`,
    'length-long': (value: string, works: string) => `No row needs ${value} tokens; ${works} is enough.`,
  },
  use: (value: string) => `Use ${value}`,
  bar: { label: 'Run summary' },
};
