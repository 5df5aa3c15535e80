/** The general texts by which a run sees what it does to what its model knew before, and the shape of their batches. */
import type { Batch } from '../../data/batches.ts';
import { plainTextColumn } from '../../data/columns.ts';
import { maskedLabel } from '../../data/examples.ts';
import builtIn from '../../data/general-texts.json' with { type: 'json' };
import type { Table } from '../../data/table.ts';
import { AppError, because } from '../../errors.ts';
import { writerOf } from '../../models/heads.ts';
import type { Model, TextModel } from '../../models/model.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { Settings } from '../config/stage.ts';
import type { ScoredShape } from './programs.ts';

/** What of a run config the check follows from. */
export const generalSettings = [
  'logging.forgetting_check',
  'logging.general_texts',
  'logging.eval_batch_size',
  'training.batch_size',
] as const;
export type GeneralSettings = Settings<(typeof generalSettings)[number]>;

/** Tokens that are predicted of a text at most: the first is only read. */
const longest = 128;
/** More would be read at every evaluation, and what the published model makes of each token is kept: 2 MB a text of a 7B. */
const mostTexts = 256;
/** Padded lengths are multiples of this. */
const lengthStep = 16;

const own = ({ logging }: GeneralSettings): readonly string[] =>
  logging.general_texts.filter((text) => text.trim() !== '');

/** @throws AppError 'run-config-invalid' for more than are read */
function textsOf(config: GeneralSettings): readonly string[] {
  const given = own(config);
  if (given.length > mostTexts)
    throw new AppError('run-config-invalid', {
      key: 'logging.general_texts',
      reason: because`there are ${given.length} texts, and at most ${mostTexts} are read`,
    });
  return given.length > 0 ? given : [...builtIn.en, ...builtIn.ja];
}

export interface GeneralTexts {
  readonly texts: readonly string[];
  /** Texts there are: where they are more than are read, `texts` is a choice of them, spread evenly. */
  readonly of: number;
}

/**
 * General texts out of a table, for `logging.general_texts`: of its text column (by its name, or the longest) each cell that
 * is not blank, on one line.
 * @throws AppError 'csv-empty' where all are blank
 */
export function generalTextsOf(table: Pick<Table, 'columns' | 'rows'>, file: string): GeneralTexts {
  const place = table.columns.indexOf(plainTextColumn(table).answer_column!);
  const all = table.rows.map((row) => row[place]!.replace(/\s*[\r\n]+\s*/g, ' ').trim()).filter((text) => text !== '');
  if (all.length === 0) throw new AppError('csv-empty', { file });
  const taken = Math.min(all.length, mostTexts);
  return {
    texts: Array.from({ length: taken }, (_, at) => all[Math.floor((at * all.length) / taken)]!),
    of: all.length,
  };
}

/** The model, where the run checks what it forgets: one that writes. */
export const checkedModel = (model: Model, { logging }: GeneralSettings): TextModel | undefined =>
  logging.forgetting_check ? writerOf(model) : undefined;

/**
 * How many batches there are, and their shape where their texts are as long as they may be.
 * @throws AppError 'run-config-invalid' for more texts than are read
 */
export function plannedGeneral(model: TextModel, tuning: Tuning, config: GeneralSettings) {
  const texts = textsOf(config).length;
  const { batchSize } = rowsOf(texts, config);
  const length = Math.min(longest, roomIn(model, tuning));
  return { batches: Math.ceil(texts / batchSize), shape: shapeOf(batchSize, length) };
}

const roomIn = ({ tablePositions }: TextModel, { adapter }: Pick<Tuning, 'adapter'>): number =>
  tablePositions - (adapter?.virtualTokens?.count ?? 0);

const rowsOf = (texts: number, { logging, training }: GeneralSettings) => ({
  batchSize: Math.min(texts, logging.eval_batch_size || training.batch_size),
});

const shapeOf = (batchSize: number, length: number): ScoredShape => ({
  batchSize,
  length,
  scoredRows: batchSize * length,
});

/**
 * The texts as batches of one shape: of each its first tokens, with the special ones that the tokenizer adds, every token but
 * the first predicted.
 * @throws AppError 'run-config-invalid' where no text has two tokens, and for more texts than are read
 */
export function generalBatches(
  model: TextModel,
  tuning: Tuning,
  tokenizer: Tokenizer,
  config: GeneralSettings,
): { readonly batches: readonly Batch[]; readonly shape: ScoredShape } {
  const limit = Math.min(longest, roomIn(model, tuning));
  const rows = textsOf(config)
    .map((text) => tokenizer.encodeWithSpecial(text).slice(0, limit + 1))
    .filter(({ length }) => length > 1);
  if (rows.length === 0)
    throw new AppError('run-config-invalid', {
      key: 'logging.general_texts',
      reason: because`none of the texts has two tokens`,
    });
  const most = Math.max(...rows.map(({ length }) => length - 1));
  const length = Math.min(limit, Math.ceil(most / lengthStep) * lengthStep);
  const { batchSize } = rowsOf(rows.length, config);
  const batches = Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, index) =>
    batchOf(rows.slice(index * batchSize, (index + 1) * batchSize), batchSize, length, tokenizer.padTokenId),
  );
  return { batches, shape: shapeOf(batchSize, length) };
}

function batchOf(rows: readonly (readonly number[])[], batchSize: number, length: number, padding: number): Batch {
  const ids = new Int32Array(batchSize * length).fill(padding);
  const labels = new Int32Array(batchSize * length).fill(maskedLabel);
  for (const [row, tokens] of rows.entries()) {
    ids.set(tokens.slice(0, -1), row * length);
    labels.set(tokens.slice(1), row * length);
  }
  const predicted = rows.reduce((sum, tokens) => sum + tokens.length - 1, 0);
  return {
    rows: rows.map((_, row) => [row]),
    ...{ batchSize, length, ids, labels },
    lengths: rows.map((tokens) => [tokens.length - 1]),
    scoredTokens: predicted,
    tokens: predicted,
  };
}
