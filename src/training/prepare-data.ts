import { augmentHistories } from '../data/augment.ts';
import { type Batches, type BatchSettings, createBatches } from '../data/batches.ts';
import { chainedRows, parentRows, rootRows } from '../data/chains.ts';
import { exampleRows, type TableRows } from '../data/columns.ts';
import {
  type BuiltExample,
  builtExample,
  type Example,
  type ExampleRow,
  type ExampleSet,
  type ExampleSettings,
  exampleSet,
  gathered,
} from '../data/examples.ts';
import { builtLabelled, type LabelledSettings } from '../data/labelled-examples.ts';
import type { Labels } from '../data/labels.ts';
import { requireBatch, sampleRows, splitRows } from '../data/split.ts';
import { AppError } from '../errors.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { maximumLength } from './lengths.ts';
import type { RunConfig } from './run-config.ts';
import { withMaskedTokens } from './token-mask.ts';

export interface Tables {
  readonly training: TableRows;
  /** Read where validation_strategy is custom. */
  readonly validation?: TableRows | undefined;
}

/** What the label column means, and which token a model reads a text from. */
export type LabelReading = Pick<LabelledSettings, 'labels' | 'pooled'>;

export interface PreparedData {
  readonly train: Batches;
  /** Null where nothing is held out, or no token of what is would be scored. */
  readonly validation: Batches | null;
  readonly trainExamples: ExampleSet;
  /** The rows that `trainExamples` were made from. */
  readonly trainRows: readonly ExampleRow[];
  readonly validationRows: readonly ExampleRow[];
  /** What became of all rows to validate with: `validationRows`, and those that cannot be read. */
  readonly validationExamples: ExampleSet;
  readonly heldRows: readonly ExampleRow[];
  /** What the label column means; null where the run learns to write text. */
  readonly labels: Labels | null;
  /** Changes with any token or label of the training rows: a resumed run checks it. */
  readonly fingerprint: string;
}

/**
 * Rows to padded batches, as the config says. The seed must be a resolved one (`withSeed`).
 * @param modelPositions the longest sequence the model can take
 * @param reading what the label column means, where the run learns labels
 * @param encoded what became of `rowsToEncode`, where other threads encoded them
 * @throws AppError 'column-missing', 'conversation-circular', 'rows-too-few', 'labels-all-masked',
 * 'setting-unsupported', 'tokenizer-invalid'
 */
export function prepareData(
  tables: Tables,
  tokenizer: Tokenizer,
  config: RunConfig,
  modelPositions: number,
  reading: LabelReading | null = null,
  encoded?: EncodedRows,
): PreparedData {
  const { training } = config;
  const rows = chosenRows(tables, config);
  requireBatch(rows.training.length, training.batch_size, training.drop_last_batch);
  const encode = encoded ? alreadyEncoded(encoded) : rowEncoder(tokenizer, config, modelPositions, reading);
  const trainExamples = encode.all(rows.training);
  const plain = batchSettings(config, tokenizer, modelPositions);
  // A text that is cut on its left would lose the token it may be read from.
  const shared = reading === null ? plain : { ...plain, paddingQuantile: 1 };
  const mask = {
    probability: config.augmentation.token_mask_probability,
    maskId: tokenizer.maskTokenId,
    masksLabels: reading === null,
  };
  const validationExamples = encode.learned(rows.validation);
  const train = withMaskedTokens(createBatches(trainExamples.examples, shared), mask, config.environment.seed);
  requireBatch(train.rowsPerEpoch, training.batch_size, training.drop_last_batch);
  return {
    train,
    validation: validationBatches(validationExamples.examples, shared, config),
    trainExamples,
    trainRows: rows.training,
    validationRows: rows.validation.filter(({ unreadable }) => !unreadable),
    validationExamples,
    heldRows: rows.validation,
    labels: reading?.labels ?? null,
    fingerprint: fingerprintOf(trainExamples.examples),
  };
}

/** What `prepareData` makes examples of, where the run learns to write text. @throws AppError as `prepareData` */
export const rowsToEncode = (tables: Tables, config: RunConfig, modelPositions: number) => ({
  ...chosenRows(tables, config),
  settings: exampleSettings(config, modelPositions),
});

/** What became of the rows, in their order. */
export interface EncodedRows {
  readonly training: readonly BuiltExample[];
  readonly validation: readonly BuiltExample[];
}

const alreadyEncoded = ({ training, validation }: EncodedRows): RowEncoder => ({
  all: () => exampleSet(training),
  learned: () => gathered(validation),
});

/** The rows to train on and to validate with: split, thinned out, put into conversations, in this order. */
function chosenRows(tables: Tables, { dataset, training, augmentation, environment: { seed } }: RunConfig) {
  const all = conversationsOf(tables.training, dataset);
  const split = splitRows(all.count, dataset, seed, all.roots);
  const custom = dataset.validation_strategy === 'custom' ? conversationsOf(requiredTable(tables), dataset) : null;
  const held = custom ?? all;
  const sampled = (rows: readonly number[], { roots }: Conversations, choice: string) =>
    sampleRows(rows, dataset.data_sample_choice.includes(choice) ? dataset.data_sample : 1, seed, roots);
  const validation = held.chained(sampled(custom ? custom.every : split.validation, held, 'Validation'));
  const trained = all.chained(sampled(split.train, all, 'Train'));
  const joined = training.train_validation_data ? [...trained, ...validation] : trained;
  return { training: augmentHistories(joined, augmentation, seed), validation };
}

/** The rows that a run is validated with. @throws AppError 'column-missing', 'validation-missing', … */
export const validationRowsOf = (tables: Tables, config: RunConfig): readonly ExampleRow[] =>
  chosenRows(tables, config).validation.filter(({ unreadable }) => !unreadable);

interface Conversations {
  readonly count: number;
  readonly every: readonly number[];
  /** For each row the first of its conversation; null where each row is one. */
  readonly roots: Int32Array | null;
  /** The rows chosen, with the turns before them. */
  chained(rows: readonly number[]): ExampleRow[];
}

/** A table's rows, and which of them belong together. */
export function conversationsOf(table: TableRows, dataset: RunConfig['dataset']): Conversations {
  const rows = exampleRows(table, dataset);
  const parents = dataset.problem_type === 'instruction' ? parentRows(table, dataset) : null;
  return {
    count: rows.length,
    every: Array.from(rows.keys()),
    roots: parents && rootRows(parents),
    chained: (chosen) =>
      parents ? chainedRows(rows, chosen, parents, dataset.limit_chained_samples) : chosen.map((index) => rows[index]!),
  };
}

function requiredTable({ validation }: Tables): TableRows {
  if (validation) return validation;
  throw new AppError('validation-missing');
}

/** The settings that decide how a row becomes an example; the page's preview uses them too. */
export function exampleSettings(config: RunConfig, modelPositions: number): ExampleSettings {
  const { dataset, tokenizer } = config;
  const limit = (tokens: number) => (tokens > 0 ? tokens : undefined);
  return {
    ...dataset,
    problem_type: dataset.problem_type === 'text' ? 'text' : 'instruction',
    max_length: maximumLength(config, modelPositions),
    max_length_prompt: limit(tokenizer.max_length_prompt),
    max_length_answer: limit(tokenizer.max_length_answer),
  };
}

function batchSettings(config: RunConfig, tokenizer: Tokenizer, modelPositions: number): BatchSettings {
  const { training, environment } = config;
  return {
    batchSize: training.batch_size,
    gradAccumulation: training.grad_accumulation,
    seed: environment.seed,
    shuffle: training.shuffle,
    dropLast: training.drop_last_batch,
    padId: tokenizer.padTokenId,
    maxLength: maximumLength(config, modelPositions),
    packing: config.tokenizer.packing,
    paddingQuantile: config.tokenizer.padding_quantile,
  };
}

function validationBatches(
  examples: readonly Example[],
  shared: BatchSettings,
  { logging, training }: RunConfig,
): Batches | null {
  if (examples.length === 0) return null;
  return createBatches(examples, {
    ...shared,
    batchSize: logging.eval_batch_size || training.batch_size,
    gradAccumulation: 1,
    shuffle: false,
    dropLast: false,
    paddingQuantile: 1,
  });
}

/** How rows become examples. */
interface RowEncoder {
  all(rows: readonly ExampleRow[]): ExampleSet;
  /** Unlike in `all` it is no error that none is left. */
  learned(rows: readonly ExampleRow[]): ExampleSet;
}

function rowEncoder(
  tokenizer: Tokenizer,
  config: RunConfig,
  modelPositions: number,
  reading: LabelReading | null,
): RowEncoder {
  const built = builder(tokenizer, config, modelPositions, reading);
  return { all: (rows) => exampleSet(rows.map(built)), learned: (rows) => gathered(rows.map(built)) };
}

/** What becomes of one row of a run. */
export function builder(
  tokenizer: Tokenizer,
  config: RunConfig,
  modelPositions: number,
  reading: LabelReading | null,
): (row: ExampleRow) => BuiltExample {
  if (reading === null) {
    const settings = exampleSettings(config, modelPositions);
    return (row) => builtExample(row, tokenizer, settings);
  }
  const settings = labelledSettings(config, modelPositions, reading);
  return (row) => builtLabelled(row, tokenizer, settings);
}

/** The settings that decide how a row with a label becomes an example; the page's preview uses them too. */
export function labelledSettings(config: RunConfig, modelPositions: number, reading: LabelReading): LabelledSettings {
  const { prompt_column_separator } = config.dataset;
  return { ...reading, prompt_column_separator, max_length: maximumLength(config, modelPositions) };
}

/** FNV-1a over lengths, ids, labels and targets, as 8 hexadecimal digits. */
function fingerprintOf(examples: readonly Example[]): string {
  let hash = 0x811c9dc5;
  const add = (value: number) => {
    hash = Math.imul(hash ^ (value & 0xffff), 0x01000193);
    hash = Math.imul(hash ^ (value >>> 16), 0x01000193);
  };
  for (const { ids, labels, targets } of examples) {
    add(ids.length);
    ids.forEach(add);
    labels.forEach(add);
    if (targets) new Int32Array(Float32Array.from(targets).buffer).forEach(add);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
