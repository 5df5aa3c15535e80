/** The programs of a run: what is computed in a micro-step, an update and an evaluation. */
import { differentiate } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { eliminateDeadCode } from '../graph/passes/dead-code.ts';
import { insideBlocks, recompute } from '../graph/passes/recompute.ts';
import { isCheap } from '../graph/properties.ts';
import type { DType, Graph, GraphNode, ParameterKind, Value } from '../graph/types.ts';
import { layerPath, logitsOf, type Model, rangeInputsOf } from '../models/model.ts';
import type { Seams } from '../models/seams.ts';
import { type DTypes, type SeamOptions, tunedSeams } from '../tuning/seams.ts';
import { type TrainableParameter, type Tuning, trainableParameters } from '../tuning/tuning.ts';
import { addUpdate, type OptimizerSettings } from './optimizers.ts';
import { pictureFeatures } from './picture-features.ts';

export type { DTypes } from '../tuning/seams.ts';

/** Whose answers: the published model's or the tuned one's. */
export type Side = NonNullable<SeamOptions['side']>;

export interface BatchShape {
  readonly batchSize: number;
  /** Tokens a row, padding included. */
  readonly length: number;
  /** Tokens with a label, at most: the head then sees only those. Absent: it sees every token. */
  readonly scoredRows?: number | undefined;
  /** Each token has a weight of its own in the loss: `lossScale` is one number for each that the head sees. */
  readonly weighsTokens?: boolean | undefined;
  /** NEFTune's alpha: noise on the token embeddings in training. */
  readonly noiseAlpha?: number | undefined;
  /** Share of values dropped, in training, of what attention and MLP add to the residual. */
  readonly dropout?: number | undefined;
  /** Gradients on their way are so many times as large, for products that round them to f16; what is added up is not. */
  readonly lossFactor?: number | undefined;
}

/**
 * What the backward part computes again instead of reading what was kept: nothing; gated activations and dropout,
 * which are large and cheap; or everything inside each block (gradient checkpointing, arXiv 1604.06174).
 */
export type Recomputed = 'nothing' | 'activations' | 'blocks';

const scalar = (dtype: DType): { shape: readonly number[]; dtype: DType } => ({ shape: [], dtype });

/** An i32 input of one number a row, or of a pair. */
export const rowInput = (builder: GraphBuilder, name: string, rows: number, pair = false): Value =>
  builder.input(name, { shape: pair ? [rows, 2] : [rows], dtype: 'i32' });

/** A persistent f32 buffer that belongs to a trained parameter. */
const stateBuffer = (
  builder: GraphBuilder,
  prefix: string,
  { name, shape }: Pick<TrainableParameter, 'name' | 'shape'>,
  kind: ParameterKind,
): Value => builder.parameter(`${prefix}${name}`, { shape, dtype: 'f32' }, kind);

/** The rows of a batch among themselves; `differentiable` adds the ranges seen from the keys. */
function batchMixing(
  builder: GraphBuilder,
  model: Model,
  { batchSize }: Pick<BatchShape, 'batchSize'>,
  differentiable: boolean,
): Pick<SeamOptions, 'attention' | 'mixer'> {
  return {
    attention({ layer, ...heads }, q, k, v) {
      const names = rangeInputsOf(model, layer);
      const ranges = [rowInput(builder, names.keyRange, q.shape[0]!, true)];
      if (differentiable) ranges.push(rowInput(builder, names.queryRange, k.shape[0]!, true));
      return builder.attention(q, k, v, ranges, { batch: batchSize, ...heads, causal: model.causal });
    },
    mixer(layer, _kind, mix) {
      const { keeps } = model.layers[layer]!;
      return mix(keeps.map(({ width }) => builder.constant(0, [batchSize, width]))).output;
    },
  };
}

/** Rows that virtual tokens add to those of the tokens. */
function addedRows({ tuning, side, virtual }: SeamOptions): number {
  const { as, count } = (side !== 'base' && tuning?.adapter?.virtualTokens) || { as: 'keys', count: 0 };
  return as === 'rows' && typeof virtual === 'object' ? virtual.sequences * count : 0;
}

/**
 * Hidden states [rows, hidden] of a batch without gradients, and the seams they were made with. A row of a model for
 * pictures is a picture.
 */
export function forward(
  builder: GraphBuilder,
  options: SeamOptions,
  rows: number,
  isTraining = false,
): { hidden: Value; seams: Seams } {
  const { model } = options;
  const seams = tunedSeams(builder, options);
  if (model.image)
    return { hidden: pictureFeatures(builder, model.image, seams, options, { rows, isTraining }), seams };
  const [ids, positions] = [rowInput(builder, 'ids', rows), rowInput(builder, 'positions', rows + addedRows(options))];
  const hidden = model.buildHidden(builder, seams, { ids, positions });
  return { hidden, seams };
}

/**
 * Forward, backward, and the gradients added into `gradient/<name>`, the loss into `loss`.
 * Inputs: ids, positions, labels i32 [rows] (shifted, −100 = not scored); keyRange, queryRange i32 [rows, 2] (a model
 * that slides in some layers only also reads slidingKeyRange, slidingQueryRange: see `rangeInputs`); idOrder and
 * positionOrder i32 [rows] where an embedding is trained; where the shape has scoredRows, that input and scoredOrder i32
 * [scoredRows] (the tokens that have a label, and their order) and as many labels; lossScale f32 [] (or as many as
 * labels, where the shape weighs tokens); keep f32 [] (0 in the first micro-step of a window, else 1); seed
 * u32 [2] where something drops out or noise is added. A model for pictures reads pixels f32 [pictures · size², 3] in place of tokens. Rows are batchSize · length. `recomputed` changes memory and time, never a bit of
 * the result.
 */
export function microStepProgram(
  model: Model,
  tuning: Tuning,
  dtypes: DTypes,
  shape: BatchShape,
  recomputed: Recomputed = 'nothing',
): Graph {
  const builder = new GraphBuilder();
  const { noiseAlpha: alpha = 0, dropout = 0, lossFactor = 1 } = shape;
  const isRandom = tuning.adapter?.dropsOut || alpha > 0 || dropout > 0;
  const rows = shape.batchSize * shape.length;
  const trainsTable = model.parameters.some(({ name, role }) => role === 'embedding' && tuning.trained.has(name));
  const order = (name: string): Value | undefined => (trainsTable ? rowInput(builder, name, rows) : undefined);
  const { hidden, seams } = forward(
    builder,
    {
      model,
      dtypes,
      tuning,
      virtual: { sequences: shape.batchSize },
      ...batchMixing(builder, model, shape, true),
      seed: isRandom ? builder.input('seed', { shape: [2], dtype: 'u32' }) : undefined,
      dropout,
      embeddingNoise: alpha > 0 ? { alpha, length: shape.length } : undefined,
      idOrder: tuning.adapter?.embedsTokens ? rowInput(builder, 'idOrder', rows) : order('idOrder'),
      positionOrder: order('positionOrder'),
    },
    rows,
    true,
  );
  const read = scored(builder, model, seams, hidden, shape, true);
  const loss = lossOf(builder, model, seams, read, lossFactor, shape.weighsTokens);
  const unscaled = (value: Value): Value => (lossFactor === 1 ? value : builder.scale(value, 1 / lossFactor));
  const trainable = trainableParameters(model, tuning);
  const gradients = differentiate(
    builder,
    loss,
    trainable.map((parameter) => stateBuffer(builder, '', parameter, 'trained')),
  );
  const keep = builder.input('keep', scalar('f32'));
  trainable.forEach((parameter, index) => {
    builder.accumulate(stateBuffer(builder, 'gradient/', parameter, 'gradient'), unscaled(gradients[index]!), keep);
  });
  builder.accumulate(lossBuffer(builder), unscaled(loss), keep);
  return withRecomputation(eliminateDeadCode(builder.finish({})), loss.node, recomputed);
}

function withRecomputation(graph: Graph, loss: GraphNode, recomputed: Recomputed): Graph {
  if (recomputed === 'nothing') return graph;
  return recompute(graph, loss, recomputed === 'blocks' ? insideBlocks(graph, layerPath) : isCheap);
}

const lossBuffer = (builder: GraphBuilder): Value => builder.parameter('loss', scalar('f32'), 'gradient');

/**
 * The hidden states that the loss depends on: all, or those of the tokens that have a label; of a classifier, what its
 * head's last matrix reads.
 */
function scored(
  builder: GraphBuilder,
  model: Model,
  seams: Seams,
  hidden: Value,
  { batchSize, scoredRows }: BatchShape,
  differentiable: boolean,
): Value {
  const { classifier, image } = model;
  if (image) return hidden;
  if (classifier === undefined) return scoredOnly(builder, hidden, scoredRows, differentiable);
  const pooled = scoredOnly(builder, hidden, scoredRows ?? batchSize, differentiable);
  return classifier.buildPooler?.(builder, seams, pooled) ?? pooled;
}

function scoredOnly(
  builder: GraphBuilder,
  hidden: Value,
  scoredRows: number | undefined,
  differentiable: boolean,
): Value {
  if (scoredRows === undefined) return hidden;
  const order = differentiable ? rowInput(builder, 'scoredOrder', scoredRows) : undefined;
  return builder.within('loss', () => builder.embedding(hidden, rowInput(builder, 'scoredRows', scoredRows), order));
}

function lossOf(
  builder: GraphBuilder,
  model: Model,
  seams: Seams,
  hidden: Value,
  factor = 1,
  weighsTokens = false,
): Value {
  const { headBias, logitSoftCap: softCap, classifier } = model;
  const given = builder.input('lossScale', { shape: weighsTokens ? [hidden.shape[0]!] : [], dtype: 'f32' });
  const lossScale = factor === 1 ? given : builder.scale(given, factor);
  if (classifier && classifier.problem !== 'single_label_classification') {
    const loss = classifier.problem === 'regression' ? 'squared_error' : 'binary_cross_entropy';
    const predictions = logitsOf(builder, seams, model, hidden);
    const targets = builder.input('targets', { shape: predictions.shape, dtype: 'f32' });
    const weights = builder.input('weights', { shape: [predictions.shape[0]!], dtype: 'f32' });
    return builder.within('loss', () => builder.predictionLoss(predictions, targets, weights, lossScale, loss));
  }
  const labels = rowInput(builder, 'labels', hidden.shape[0]!);
  const bias = headBias === undefined ? undefined : seams.parameter(headBias);
  return builder.within('loss', () => {
    const { weight, added } = seams.head(hidden);
    return builder.crossEntropy(hidden, weight, labels, lossScale, { bias, added, softCap });
  });
}

/**
 * The optimizer over everything trained, from the accumulated gradients. Input: hyper f32 [4] = [learning rate, 1−β₁ᵗ,
 * 1−β₂ᵗ, largest norm or 0]. Outputs: loss [] as accumulated, gradNorm [] before clipping.
 */
export function updateProgram(model: Model, tuning: Tuning, optimizer: OptimizerSettings): Graph {
  const builder = new GraphBuilder();
  const trainable = trainableParameters(model, tuning);
  const hyper = builder.input('hyper', { shape: [4], dtype: 'f32' });
  const gradients = trainable.map((parameter) => stateBuffer(builder, 'gradient/', parameter, 'gradient'));
  const norm = builder.globalNorm(gradients);
  trainable.forEach((parameter, index) => {
    const value = stateBuffer(builder, '', parameter, 'trained');
    addUpdate(builder, optimizer, parameter, { value, gradient: gradients[index]!, hyper, norm });
  });
  return builder.finish({ loss: lossBuffer(builder), gradNorm: norm });
}

/**
 * The loss of a batch without gradients. Inputs as in the micro-step: ids, positions, labels, scoredRows, keyRange, lossScale (1
 * gives the sum of the negative log-likelihoods). Outputs: loss []; of a classifier also logits [scoredRows, outputs].
 */
export function evaluateProgram(model: Model, tuning: Tuning | null, dtypes: DTypes, shape: BatchShape): Graph {
  const builder = new GraphBuilder();
  const rows = shape.batchSize * shape.length;
  const mixing = batchMixing(builder, model, shape, false);
  const virtual = { sequences: shape.batchSize };
  const options = { model, dtypes, tuning: tuning ?? undefined, ...mixing, virtual };
  const { hidden, seams } = forward(builder, options, rows);
  const read = scored(builder, model, seams, hidden, shape, false);
  const logits = model.classifier ? { logits: logitsOf(builder, seams, model, read) } : {};
  return eliminateDeadCode(builder.finish({ loss: lossOf(builder, model, seams, read), ...logits }));
}

/**
 * What a classifier gives for a batch of texts. Inputs: ids, positions i32 [rows]; keyRange i32 [rows, 2]; scoredRows i32
 * [batchSize], the row that each text is read from. Output: logits [batchSize, outputs]. With a
 * tuning and side `base` the published model answers.
 */
export function classifyProgram(
  model: Model,
  tuning: Tuning | null,
  dtypes: DTypes,
  shape: Pick<BatchShape, 'batchSize' | 'length'>,
  side: Side,
): Graph {
  const builder = new GraphBuilder();
  const mixing = batchMixing(builder, model, shape, false);
  const virtual = { sequences: shape.batchSize };
  const options = { model, dtypes, tuning: tuning ?? undefined, side, ...mixing, virtual };
  const { hidden, seams } = forward(builder, options, shape.batchSize * shape.length);
  const read = scored(builder, model, seams, hidden, shape, false);
  return eliminateDeadCode(builder.finish({ logits: logitsOf(builder, seams, model, read) }));
}

/**
 * Logits of every position of one sequence. Inputs: ids, positions i32 [length], keyRange i32 [length, 2].
 * Output: logits [length, vocabulary]. Of a language model; for classifiers see `classifyProgram`.
 */
export function logitsProgram(model: Model, tuning: Tuning | null, dtypes: DTypes, length: number): Graph {
  const builder = new GraphBuilder();
  const mixing = batchMixing(builder, model, { batchSize: 1 }, false);
  const virtual = { sequences: 1 };
  const options = { model, dtypes, tuning: tuning ?? undefined, ...mixing, virtual };
  const { hidden, seams } = forward(builder, options, length);
  return eliminateDeadCode(builder.finish({ logits: logitsOf(builder, seams, model, hidden) }));
}
