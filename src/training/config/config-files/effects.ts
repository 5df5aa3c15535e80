/**
 * What a key of another program would do that no setting here does. Worded in both languages for whoever reads a file
 * of settings: a key is never left out without a word of what that changes.
 */
export const effects = [
  'objective',
  'loss',
  'label-smoothing',
  'learned-parts',
  'optimizer',
  'adam-constants',
  'schedule',
  'rates-by-part',
  'grouped-by-length',
  'data-seed',
  'batch-size-found',
  'evaluation-pace',
  'best-by-metric',
  'precision',
  'quantisation',
  'packing-otherwise',
  'long-rows',
  'template',
  'label-template',
  'system-text',
  'new-tokens',
  'tokeniser',
  'start-weights',
  'model-changed',
  'adapter-otherwise',
  'trained-layers',
  'data-not-here',
  'data-format',
  'several-data-sets',
  'rows-chosen',
  'validation-count',
  'columns',
  'several-answers',
  'personalised',
  'scores',
  'judge-prompt',
] as const;
export type Effect = (typeof effects)[number];

/** The effect of a key's value; undefined where that value changes nothing. */
export type EffectOf = (value: unknown, file: Readonly<Record<string, unknown>>) => Effect | undefined;

const isNothing = (value: unknown): boolean =>
  [null, undefined, false, '', 'None', 'NA', 0].includes(value as null) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** The effect of any value but none, an empty or a false one, and those in `idle`. */
export const changes =
  (effect: Effect, ...idle: readonly unknown[]): EffectOf =>
  (value) =>
    isNothing(value) || idle.includes(value) ? undefined : effect;
