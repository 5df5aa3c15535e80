import { type Batches, type BatchSettings, createBatches } from '../data/batches.ts';
import { exampleRows } from '../data/columns.ts';
import {
  buildExample,
  buildExamples,
  type Example,
  type ExampleRow,
  type ExampleSet,
  type ExampleSettings,
  scoredTokenCount,
} from '../data/examples.ts';
import { requireBatch, splitRows } from '../data/split.ts';
import type { Table } from '../data/table.ts';
import { AppError } from '../errors.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { maximumLength } from './lengths.ts';
import type { RunConfig } from './run-config.ts';

export interface Tables {
  readonly training: Pick<Table, 'columns' | 'rows'>;
  /** Read where validation_strategy is custom. */
  readonly validation?: Pick<Table, 'columns' | 'rows'> | undefined;
}

export interface PreparedData {
  readonly train: Batches;
  /** Null where nothing is held out, or no token of what is would be scored. */
  readonly validation: Batches | null;
  readonly trainExamples: ExampleSet;
  readonly validationRows: readonly ExampleRow[];
  /** Changes with any token or label of the training rows: a resumed run checks it. */
  readonly fingerprint: string;
}

/**
 * Rows to padded batches, as the config says. The seed must be a resolved one (`withSeed`).
 * @param modelPositions the longest sequence the model can take
 * @throws AppError 'column-missing', 'rows-too-few', 'labels-all-masked', 'setting-unsupported', 'tokenizer-invalid'
 */
export function prepareData(
  tables: Tables,
  tokenizer: Tokenizer,
  config: RunConfig,
  modelPositions: number,
): PreparedData {
  const { dataset, training, environment } = config;
  const settings = exampleSettings(config, modelPositions);
  const rows = exampleRows(tables.training, dataset);
  const custom = dataset.validation_strategy === 'custom';
  const validationTable = custom ? exampleRows(requiredTable(tables), dataset) : [];
  const split = splitRows(rows.length, dataset, environment.seed);
  requireBatch(split.train.length, training.batch_size, training.drop_last_batch);
  const pick = (indices: readonly number[]) => indices.map((index) => rows[index]!);
  const trainExamples = buildExamples(pick(split.train), tokenizer, settings);
  const validationRows = custom ? validationTable : pick(split.validation);
  const shared = batchSettings(config, tokenizer, modelPositions);
  const train = createBatches(trainExamples.examples, shared);
  requireBatch(train.rowsPerEpoch, training.batch_size, training.drop_last_batch);
  return {
    train,
    validation: validationBatches(validationRows, tokenizer, settings, shared, config),
    trainExamples,
    validationRows,
    fingerprint: fingerprintOf(trainExamples.examples),
  };
}

function requiredTable({ validation }: Tables): Pick<Table, 'columns' | 'rows'> {
  if (validation) return validation;
  throw new AppError('run-config-invalid', { key: 'dataset.validation_dataframe', reason: 'the table is missing' });
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
  rows: readonly ExampleRow[],
  tokenizer: Tokenizer,
  settings: ExampleSettings,
  shared: BatchSettings,
  { logging, training }: RunConfig,
): Batches | null {
  const examples = rows.length === 0 ? [] : learnedExamples(rows, tokenizer, settings);
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

/** Validation rows without a scored token are left out; unlike in training it is no error that none is left. */
function learnedExamples(rows: readonly ExampleRow[], tokenizer: Tokenizer, settings: ExampleSettings): Example[] {
  return rows.map((row) => buildExample(row, tokenizer, settings)).filter((example) => scoredTokenCount(example) > 0);
}

/** FNV-1a over lengths, ids and labels, as 8 hexadecimal digits. */
function fingerprintOf(examples: readonly Example[]): string {
  let hash = 0x811c9dc5;
  const add = (value: number) => {
    hash = Math.imul(hash ^ (value & 0xffff), 0x01000193);
    hash = Math.imul(hash ^ (value >>> 16), 0x01000193);
  };
  for (const { ids, labels } of examples) {
    add(ids.length);
    ids.forEach(add);
    labels.forEach(add);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
