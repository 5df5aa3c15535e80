/** What the settings of a run should be, from its rows and its model. Pure: nothing is read, nothing is measured. */
import { rowsThatTell, validationRowCount } from '../../data/split.ts';
import { rateScale } from '../../tasks/rate-scales.ts';
import {
  alphaOverRank,
  gradientClip,
  heldBack,
  leastRowsForLabels,
  optimizerScales,
  outlierFactor,
  pictureRate,
  type RecipeName,
  recipeConstants,
  recipeNames,
  rowsAnUpdate,
  tokensAtOnce,
  updatesBetweenEvaluations,
  usualRates,
  warmupRatio,
} from './recipe-constants.ts';
import type { RunConfig } from './run-config.ts';

export { type RecipeName, recipeNames };

/** Tokens of the rows, prompt and answer together, before anything is cut. */
export interface RowLengths {
  readonly mean: number;
  readonly median: number;
  /** 98% of the rows are no longer. */
  readonly high: number;
  readonly longest: number;
}

/** What a recipe follows from. */
export interface RecipeFacts {
  /** Rows that can be learned from, those included that would be held back. */
  readonly rows: number;
  /** Null where rows are no text. */
  readonly lengths: RowLengths | null;
  /** A fresh head learns what is told of a row; else text is learned. */
  readonly learnsLabels: boolean;
  /** Parameters of the model. */
  readonly parameters: number;
  readonly hiddenSize: number;
  /** Positions of the model; null where it reads no text. */
  readonly reach: number | null;
}

/** The settings that a recipe may set. */
export const recipeKeys = [
  ...(['training.epochs', 'training.max_steps', 'training.learning_rate', 'training.batch_size'] as const),
  ...(['training.grad_accumulation', 'training.warmup_ratio', 'training.gradient_clip'] as const),
  ...(['training.evaluation_epochs', 'training.evaluate_before_training', 'training.save_checkpoint'] as const),
  ...(['tokenizer.max_length', 'dataset.validation_size', 'tuning.lora_r', 'tuning.lora_alpha'] as const),
] as const;
export type RecipeKey = (typeof recipeKeys)[number];

export const isRecipeKey = (key: string): key is RecipeKey => (recipeKeys as readonly string[]).includes(key);

type ValueAt<K> = K extends `${infer S extends keyof RunConfig & string}.${infer N}`
  ? N extends keyof RunConfig[S]
    ? RunConfig[S][N]
    : never
  : never;

/** Values by section and key; a setting that does not apply is left out. */
export type RecipeValues = { readonly [K in RecipeKey]?: ValueAt<K> };

/**
 * The values of a recipe.
 * @param config its method, its split and, for the keys in `own`, its values: what else is chosen goes with them
 * @param own keys that somebody set, as `training.batch_size`; they are not among the values
 */
export function recipeValues(
  name: RecipeName,
  facts: RecipeFacts,
  config: RunConfig,
  own: ReadonlySet<string>,
): RecipeValues {
  const { updates, epochs: range, rate, rank, evaluations } = recipeConstants[name];
  const { tuning, training, dataset } = config;
  const kept = <T>(key: RecipeKey, value: T, chosen: T): T => (own.has(key) ? value : chosen);
  const length = kept('tokenizer.max_length', config.tokenizer.max_length, roomFor(facts));
  const size = kept('dataset.validation_size', dataset.validation_size, shareHeldBack(facts.rows));
  const learned = Math.max(1, facts.rows - validationRowCount(facts.rows, { ...dataset, validation_size: size }));
  const batches = batchesFor(facts, learned, length);
  const batch = kept('training.batch_size', training.batch_size, batches.batch);
  // Who sets the batch says how many rows an update has.
  const accumulation = own.has('training.batch_size') ? 1 : ceilAtLeast1(batches.rows / batch);
  const together = kept('training.grad_accumulation', training.grad_accumulation, accumulation);
  const stepsPerEpoch = ceilAtLeast1(Math.floor(learned / batch) / together);
  const epochs = kept('training.epochs', training.epochs, epochsFor(updates / stepsPerEpoch, range));
  const bySteps = own.has('training.max_steps') && training.max_steps > 0;
  const passes = bySteps ? training.max_steps / stepsPerEpoch : epochs;
  const validates = dataset.validation_strategy !== 'none';
  const isLora = tuning.method === 'lora' && tuning.init_from === '';
  const r = kept('tuning.lora_r', tuning.lora_r, Math.min(rank, largestRank(facts)));
  const values: RecipeValues = {
    'training.epochs': epochs,
    'training.max_steps': 0,
    'training.learning_rate': roundedRate(rate * rateFor(config, facts)),
    'training.batch_size': batch,
    'training.grad_accumulation': together,
    'training.warmup_ratio': warmupRatio,
    'training.gradient_clip': gradientClip,
    ...(validates ? whileValidating(passes, stepsPerEpoch, evaluations) : { 'training.save_checkpoint': 'last' }),
    ...(facts.lengths ? { 'tokenizer.max_length': length } : {}),
    ...(dataset.validation_strategy === 'automatic' ? { 'dataset.validation_size': size } : {}),
    ...(isLora ? { 'tuning.lora_r': r, 'tuning.lora_alpha': alphaOverRank * r } : {}),
  };
  return Object.fromEntries(Object.entries(values).filter(([key]) => !own.has(key)));
}

/** The config with the values of its recipe; itself where it has none, or where nothing changes. */
export function withRecipe(config: RunConfig, facts: RecipeFacts, own: ReadonlySet<string>): RunConfig {
  const name = config.training.recipe;
  return name === 'none' ? config : withValues(config, recipeValues(name, facts, config, own));
}

/** The config with some values; itself where it has them. */
export function withValues(config: RunConfig, values: RecipeValues): RunConfig {
  let next = config;
  for (const [path, value] of Object.entries(values)) {
    if (valueAt(next, path) === value) continue;
    const [section, key] = path.split('.') as [keyof RunConfig, string];
    next = { ...next, [section]: { ...next[section], [key]: value } };
  }
  return next;
}

/** What a config comes to, as far as a sentence tells it. */
export interface RecipeFigures {
  readonly epochs: number;
  /** Updates, where they say how long the run is; else null. */
  readonly steps: number | null;
  readonly rate: number;
  readonly batch: number;
  readonly accumulation: number;
  /** Null where rows have none. */
  readonly length: number | null;
  /** Rows; null where none of the table is held back. */
  readonly held: number | null;
}

export function recipeFigures({ training, tokenizer, dataset }: RunConfig, facts: RecipeFacts): RecipeFigures {
  const splits = dataset.validation_strategy === 'automatic';
  return {
    epochs: training.epochs,
    steps: training.max_steps || null,
    rate: training.learning_rate,
    batch: training.batch_size,
    accumulation: training.grad_accumulation,
    length: facts.lengths && tokenizer.max_length,
    held: splits ? validationRowCount(facts.rows, dataset) : null,
  };
}

/** The value of a setting by section and key. */
export function valueAt(config: RunConfig, path: string): unknown {
  const [section, key] = path.split('.') as [keyof RunConfig, string];
  return (config[section] as Readonly<Record<string, unknown>>)[key];
}

/** A learning rate that works, of any optimizer, any model and any loss. */
export const rateFor = (config: RunConfig, { parameters, reach }: Pick<RecipeFacts, 'parameters' | 'reach'>): number =>
  optimizerScales[config.training.optimizer] *
  rateScale(config) *
  (reach === null ? pictureRate : 1) *
  usualRate(config.tuning.method, parameters);

/** A learning rate of AdamW that works, by method and parameters of the model. */
export function usualRate(method: RunConfig['tuning']['method'], parameters: number): number {
  const { factor, low, high } = usualRates[method];
  return Math.min(high, Math.max(low, factor / Math.sqrt(parameters)));
}

/** Ranks beyond a quarter of the hidden size train no less than the weights. */
export const largestRank = ({ hiddenSize }: Pick<RecipeFacts, 'hiddenSize'>): number =>
  Math.max(1, Math.floor(hiddenSize / 4));

const ceilAtLeast1 = (value: number): number => Math.max(1, Math.ceil(value));

/** To one significant digit of 1, 2, 3, 5, 7. */
export function roundedRate(rate: number): number {
  const power = 10 ** Math.floor(Math.log10(rate));
  const distance = (digit: number) => Math.abs(Math.log(rate / (digit * power)));
  const digit = [1, 2, 3, 5, 7, 10].reduce((best, next) => (distance(next) < distance(best) ? next : best));
  return Number((digit * power).toPrecision(1));
}

/** Tokens of a row at most: all of the longest one, up to a multiple of 16 or 32, as far as the model reaches. */
export function roomFor({ lengths, reach }: Pick<RecipeFacts, 'lengths' | 'reach'>): number {
  if (!lengths) return 0;
  const { longest, high } = lengths;
  const wanted = longest > outlierFactor * high ? outlierFactor * high : longest;
  const unit = wanted > 128 ? 32 : 16;
  return Math.min(Math.max(2 * unit, unit * Math.ceil(wanted / unit)), reach ?? Number.POSITIVE_INFINITY);
}

/** The share of the rows that is held back, with as few digits as it can have. */
function shareHeldBack(rows: number): number {
  const { share, fewest, shareOfFew, most, mostOfFew } = heldBack;
  const ofFew = Math.max(Math.floor(shareOfFew * rows), Math.min(rowsThatTell, Math.floor(mostOfFew * rows)));
  const wanted = Math.max(Math.round(share * rows), Math.min(fewest, ofFew));
  const count = Math.max(1, Math.min(most, wanted));
  const isExact = (size: number) =>
    size > 0 && validationRowCount(rows, { validation_strategy: 'automatic', validation_size: size }) === count;
  // The share is rounded up to rows: what is cut off it does not matter.
  const shares = [2, 3, 4, 6].map((digits) => Math.floor((count / rows) * 10 ** digits + 1e-9) / 10 ** digits);
  return Math.min(0.5, shares.find(isExact) ?? count / rows);
}

/** Rows an update, and as many of them at once as one micro-step holds. */
function batchesFor(
  { hiddenSize, learnsLabels, lengths }: RecipeFacts,
  learned: number,
  length: number,
): { readonly rows: number; readonly batch: number } {
  const usual = rowsAnUpdate.findLast(({ from }) => learned >= from)!.rows;
  const wanted = learnsLabels ? Math.max(leastRowsForLabels, usual) : usual;
  // Two updates an epoch at least: a few rows may turn out to be of no use.
  const rows = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(wanted, learned / 2))));
  if (!lengths) return { rows, batch: rows };
  let batch = rows;
  while (batch > 1 && batch * length > tokensAtOnce(hiddenSize)) batch /= 2;
  return { rows, batch };
}

/** Whole epochs; below one a tenth of it. */
function epochsFor(wanted: number, [fewest, most]: readonly [number, number]): number {
  const within = Math.min(most, Math.max(fewest, wanted));
  return within < 1 ? Math.ceil(10 * within) / 10 : Math.round(within);
}

function whileValidating(epochs: number, stepsPerEpoch: number, evaluations: number): RecipeValues {
  const between = Math.max(epochs / evaluations, updatesBetweenEvaluations / stepsPerEpoch);
  return {
    'training.evaluation_epochs': between > 1 ? Math.ceil(between) : Math.ceil(20 * between - 1e-9) / 20,
    'training.evaluate_before_training': true,
    'training.save_checkpoint': 'best',
  };
}
