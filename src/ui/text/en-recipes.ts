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
  none: 'No recipe: the settings are the ones of the example, or of the file that was loaded.',
  waiting: 'Load a model and a dataset, and the settings follow from them.',
  unread: 'The rows cannot be read yet, so no recipe follows from them.',
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
  own: (n: string) => `${plural(n, 'setting is', 'settings are')} your own.`,
  ownAll: 'Use the recipe for all',
  ofRecipe: 'from the recipe',
  byHand: 'your own',
  back: (value: string) => `Use the recipe’s ${value}`,
  why: {
    epochs: 'enough updates for so many rows',
    learning_rate: 'usual for this method and model size',
    batch_size: 'by the number of rows',
    grad_accumulation: 'as many rows per update as the batch leaves out',
    warmup_ratio: 'steadies the first updates',
    gradient_clip: 'a bad batch cannot throw the weights about',
    evaluation_epochs: 'often enough to see where it turns',
    evaluate_before_training: 'the base to compare with',
    save_checkpoint: 'the best of what was evaluated',
    max_length: 'holds the longest row, or what the model reads',
    validation_size: 'enough rows to tell something',
    lora_r: 'by the model’s width',
    lora_alpha: 'twice the rank',
    max_steps: 'epochs say how long the run is',
  },
  /** `value`: the one set; `works`: one that works. */
  warnings: {
    'rate-high': (value: string, works: string) =>
      `A learning rate of ${value} is far too high: the loss will likely rise. About ${works} works here.`,
    'rate-low': (value: string, works: string) =>
      `A learning rate of ${value} is far too low: little will be learned. About ${works} works here.`,
    'rank-high': (value: string, works: string) =>
      `Rank ${value} is larger than a side of the smallest matrix: more parameters, nothing more learned. ${works} works here.`,
    'length-short': (value: string, works: string) =>
      `Most rows are longer than ${value} tokens and are truncated. ${works} holds them.`,
    'length-beyond': (value: string, works: string) =>
      `The model reads ${works} tokens at most: longer rows are truncated there, not at ${value}.`,
    'length-long': (value: string, works: string) => `No row needs ${value} tokens; ${works} holds them all.`,
  },
  use: (value: string) => `Use ${value}`,
  bar: { label: 'This run' },
};
