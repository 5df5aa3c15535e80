/** The forward pass of models that read texts. */
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { keptBy } from '../../models/layers.ts';
import { rangeInputsOf, requireTextModel, type TextModel } from '../../models/model.ts';
import type { Seams } from '../../models/seams.ts';
import { type ForwardOptions, type SeamOptions, tunedSeams } from '../../tuning/seams.ts';
import { declareInput } from '../inputs.ts';
import type { BatchShape } from '../objective.ts';
import {
  exampleStarts,
  ids,
  positionOrder,
  positions,
  scoredOrder,
  scoredRows,
  textShares,
  tokenOrder,
  tokenTypes,
  typeOrder,
} from './inputs.ts';

/** Hidden states f32 [rows, hiddenSize] of rows of tokens, and the seams they were made with. */
export function forward(
  builder: GraphBuilder,
  options: SeamOptions & { readonly model: TextModel },
  rows: number,
): { hidden: Value; seams: Seams } {
  const seams = tunedSeams(builder, options);
  const tokens = declareInput(builder, ids, rows);
  const places = declareInput(builder, positions, rows + addedRows(options));
  const sequences = typeof options.virtual === 'object' ? options.virtual.sequences : undefined;
  const inputs = { ids: tokens, positions: places, sequences };
  return { hidden: options.model.buildHidden(builder, seams, inputs), seams };
}

/** Rows that virtual tokens add to those of the tokens. */
function addedRows({ tuning, side, virtual }: Pick<SeamOptions, 'tuning' | 'side' | 'virtual'>): number {
  const { as, count } = (side !== 'base' && tuning?.adapter?.virtualTokens) || { as: 'keys', count: 0 };
  return as === 'rows' && typeof virtual === 'object' ? virtual.sequences * count : 0;
}

/**
 * The hidden states of a padded batch. Inputs: ids, positions i32 [rows]; keyRange, and in training queryRange, i32
 * [rows, 2] (a model that slides in some layers only also reads slidingKeyRange, slidingQueryRange: see `rangeInputs`);
 * exampleStarts i32 [rows] where a layer mixes otherwise than by attention;
 * tokenTypes i32 [rows] where rows are pairs of texts and the model has types, tokenType i32 [1] where they are not;
 * in training idOrder and positionOrder (and typeOrder) i32 [rows] where an embedding is trained, and seed u32 [2] where something drops
 * out or noise is added. Rows are batchSize · length.
 * @throws AppError 'task-unsupported' for a model that looks at images
 */
export function batchHidden(
  builder: GraphBuilder,
  options: ForwardOptions,
  shape: BatchShape,
  isTraining: boolean,
): { hidden: Value; seams: Seams } {
  const model = requireTextModel(options.model);
  const { batchSize, length, pairs } = shape;
  const rows = batchSize * length;
  const virtual = { sequences: batchSize };
  const mixed = { batch: batchSize, rows: rows + addedRows({ ...options, virtual }) };
  const mixing = batchMixing(builder, model, mixed, isTraining);
  const types = pairs ? { types: typesOf(builder, options, mixed.rows, isTraining) } : {};
  const more = isTraining ? whileTraining(builder, options, shape) : {};
  return forward(builder, { ...options, model, ...mixing, virtual, ...types, ...more }, rows);
}

/** The types of the tokens of pairs, which models without types leave aside. */
function typesOf(
  builder: GraphBuilder,
  options: ForwardOptions,
  rows: number,
  isTraining: boolean,
): SeamOptions['types'] {
  const order = isTraining && trainsTable(options) ? declareInput(builder, typeOrder, rows) : undefined;
  return { ids: declareInput(builder, tokenTypes, rows), order };
}

/** Whether the table of an embedding is trained: its gradient needs the order of what was looked up. */
const trainsTable = ({ model, tuning }: Pick<ForwardOptions, 'model' | 'tuning'>): boolean =>
  model.parameters.some(({ name, role }) => role === 'embedding' && tuning?.trained.has(name));

function whileTraining(
  builder: GraphBuilder,
  { model, tuning }: ForwardOptions,
  { batchSize, length, noiseAlpha: alpha = 0, dropout = 0 }: BatchShape,
): Pick<SeamOptions, 'seed' | 'dropout' | 'embeddingNoise' | 'idOrder' | 'positionOrder'> {
  const isRandom = tuning?.adapter?.dropsOut || alpha > 0 || dropout > 0;
  const rows = batchSize * length;
  const isTableTrained = trainsTable({ model, tuning });
  return {
    seed: isRandom ? builder.input('seed', { shape: [2], dtype: 'u32' }) : undefined,
    dropout,
    embeddingNoise: alpha > 0 ? { alpha, length } : undefined,
    idOrder: tuning?.adapter?.embedsTokens || isTableTrained ? declareInput(builder, tokenOrder, rows) : undefined,
    positionOrder: isTableTrained ? declareInput(builder, positionOrder, rows) : undefined,
  };
}

/** The rows of a batch among themselves; `differentiable` adds the ranges seen from the keys. */
function batchMixing(
  builder: GraphBuilder,
  model: TextModel,
  { batch, rows }: { readonly batch: number; readonly rows: number },
  differentiable: boolean,
): Pick<SeamOptions, 'attention' | 'mixer'> {
  const range = (name: string, rows: number) => builder.input(name, { shape: [rows, 2], dtype: 'i32' });
  return {
    attention({ layer, ...heads }, q, k, v) {
      keptBy(model.layers, layer, 'attention');
      const names = rangeInputsOf(model, layer);
      const ranges = [range(names.keyRange, q.shape[0]!)];
      if (differentiable) ranges.push(range(names.queryRange, k.shape[0]!));
      return builder.attention(q, k, v, ranges, { batch, ...heads, causal: model.causal });
    },
    mixer(layer, kind, mix) {
      keptBy(model.layers, layer, kind);
      return mix({ batch, starts: declareInput(builder, exampleStarts, rows) }).output;
    },
  };
}

/**
 * The hidden states of the places that have a label. Inputs: scoredRows, and in training scoredOrder, i32 [count] (the
 * places, and their order).
 */
export function scoredStates(builder: GraphBuilder, hidden: Value, count: number, isTraining: boolean): Value {
  const order = isTraining ? declareInput(builder, scoredOrder, count) : undefined;
  return builder.within('loss', () => builder.embedding(hidden, declareInput(builder, scoredRows, count), order));
}

/** The mean of the hidden states of each text that has a label. Input: textShares f32 [count, rows]. */
export const meanStates = (builder: GraphBuilder, hidden: Value, count: number): Value =>
  builder.within('loss', () => builder.matmul(declareInput(builder, textShares, count, hidden.shape[0]!), hidden));
