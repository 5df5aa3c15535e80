/** The programs of a run: what is computed in a micro-step, an update and an evaluation. */
import { differentiate } from '../../graph/autodiff.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { eliminateDeadCode } from '../../graph/passes/dead-code.ts';
import { insideBlocks, recompute } from '../../graph/passes/recompute.ts';
import { isCheap } from '../../graph/properties.ts';
import {
  type DType,
  elementCount,
  type Graph,
  type GraphNode,
  type ParameterKind,
  type Value,
} from '../../graph/types.ts';
import { layerPath, logitsOf, type Model } from '../../models/model.ts';
import type { HeadSeams } from '../../models/seams.ts';
import { declareInput } from '../../tasks/inputs.ts';
import type { BatchShape } from '../../tasks/objective.ts';
import { answerLogProbabilities, tokenLogProbabilities } from '../../tasks/preference/log-probabilities.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import { labels } from '../../tasks/texts/inputs.ts';
import { writingObjective } from '../../tasks/writing/objective.ts';
import { type DTypes, headSeams, type SeamOptions } from '../../tuning/seams.ts';
import { type TrainableParameter, type Tuning, trainableParameters } from '../../tuning/tuning.ts';
import { addUpdate, type OptimizerSettings } from './optimizers.ts';

export type { BatchShape } from '../../tasks/objective.ts';
export type { DTypes } from '../../tuning/seams.ts';

/** Whose answers: the published model's or the tuned one's. */
export type Side = NonNullable<SeamOptions['side']>;

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

/**
 * Forward, backward, and the gradients added into `gradient/<name>`, the loss into `loss`.
 * Inputs: those of a batch (the task's objective names and fills them); lossScale f32 [] (or as many as labels, where the
 * shape weighs tokens); keep f32 [] (0 in the first micro-step of a window, else 1); seed u32 [2] where something drops
 * out or noise is added. `recomputed` changes memory and time, never a bit of the result.
 */
export function microStepProgram(
  model: Model,
  tuning: Tuning,
  dtypes: DTypes,
  shape: BatchShape,
  recomputed: Recomputed = 'nothing',
): Graph {
  const builder = new GraphBuilder();
  const { lossFactor = 1 } = shape;
  const objective = objectiveOf(model);
  const head = objective.buildForward(builder, { model, dtypes, tuning }, shape, true);
  const measured = new Map<string, Value>();
  const loss = objective.buildLoss(builder, model, head, shape, (name, value) => measured.set(name, value));
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
  for (const [name, value] of measured) builder.accumulate(measureBuffer(builder, name), unscaled(value), keep);
  return withRecomputation(eliminateDeadCode(builder.finish({})), loss.node, recomputed);
}

function withRecomputation(graph: Graph, loss: GraphNode, recomputed: Recomputed): Graph {
  if (recomputed === 'nothing') return graph;
  return recompute(graph, loss, recomputed === 'blocks' ? insideBlocks(graph, layerPath) : isCheap);
}

const lossBuffer = (builder: GraphBuilder): Value => builder.parameter('loss', scalar('f32'), 'gradient');
const measureBuffer = (builder: GraphBuilder, name: string): Value =>
  builder.parameter(`measure/${name}`, scalar('f32'), 'gradient');

/**
 * The optimizer over everything trained, from the accumulated gradients. Input: hyper f32 [4] = [learning rate, 1−β₁ᵗ,
 * 1−β₂ᵗ, largest norm or 0]. Outputs: loss [] as accumulated, gradNorm [] before clipping, and the objective's measures.
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
  const { measures = [] } = objectiveOf(model);
  const measured = Object.fromEntries(measures.map((name) => [name, measureBuffer(builder, name)]));
  return builder.finish({ loss: lossBuffer(builder), gradNorm: norm, ...measured });
}

/**
 * The loss of a batch without gradients. Inputs as in the micro-step; lossScale 1 gives the sum of the negative
 * log-likelihoods. Outputs: loss []; what the objective measures; where a task is scored by them also logits
 * [scoredRows, outputs]. With side `base` the published model is evaluated.
 */
export function evaluateProgram(
  model: Model,
  tuning: Tuning | null,
  dtypes: DTypes,
  shape: BatchShape,
  side: Side = 'tuned',
): Graph {
  const builder = new GraphBuilder();
  const objective = objectiveOf(model);
  const head = objective.buildForward(builder, { model, dtypes, tuning: tuning ?? undefined, side }, shape, false);
  const logits = objective.scores ? { logits: logitsOf(builder, head.seams, model, head.read) } : {};
  const measured: Record<string, Value> = {};
  const { batchSize, lossSettings } = shape;
  const loss = objective.buildLoss(builder, model, head, { batchSize, lossSettings }, (name, value) => {
    measured[name] = value;
  });
  return eliminateDeadCode(builder.finish({ loss, ...measured, ...logits }));
}

/**
 * What a loss reads of the model before training. Inputs: those of a batch. Output: reference [rows, 1]. Where an adapter
 * is gone on with it is a part of that model; a new one is not.
 */
export function referenceProgram(
  model: Model,
  { adapter, ...tuning }: Tuning,
  dtypes: DTypes,
  shape: BatchShape,
  withAdapter: boolean,
): Graph {
  const builder = new GraphBuilder();
  const objective = objectiveOf(model);
  const kept = withAdapter && adapter ? { ...tuning, adapter } : { ...tuning, adapterParameters: [] };
  const head = objective.buildForward(builder, { model, dtypes, tuning: kept }, shape, false);
  const reference = objective.buildReference!(builder, model, head, shape.batchSize);
  return eliminateDeadCode(builder.finish({ reference }));
}

/**
 * What a model gives for a batch. Inputs: those of a batch, but no labels. Output: logits [scoredRows, outputs]. With a
 * tuning and side `base` the published model answers.
 */
export function answerProgram(
  model: Model,
  tuning: Tuning | null,
  dtypes: DTypes,
  shape: BatchShape,
  side: Side,
): Graph {
  const builder = new GraphBuilder();
  const options = { model, dtypes, tuning: tuning ?? undefined, side };
  const { read, seams } = objectiveOf(model).buildForward(builder, options, shape, false);
  return eliminateDeadCode(builder.finish({ logits: logitsOf(builder, seams, model, read) }));
}

/**
 * The loss of each place with a label, where the objective's loss is a sum of those (`Objective.tellsOf`). Inputs: those of
 * a batch. Output: losses [scoredRows, 1], in nats, in the order of the places; what is beyond the last says nothing.
 */
export function placeLossesProgram(
  model: Model,
  tuning: Tuning | null,
  dtypes: DTypes,
  shape: BatchShape & { readonly scoredRows: number },
  side: Side,
): Graph {
  const builder = new GraphBuilder();
  const options = { model, dtypes, tuning: tuning ?? undefined, side };
  const head = objectiveOf(model).buildForward(builder, options, shape, false);
  return eliminateDeadCode(builder.finish({ losses: builder.neg(tokenLogProbabilities(builder, model, head)) }));
}

/**
 * The product of a batch's gradient with the one that a micro-step left in `gradient/<name>`: the sum over all trained
 * numbers, those of a parameter with a rate of its own times its factor. Inputs as in the micro-step, but `keep`. Output:
 * product [1, 1].
 */
export function gradientProductProgram(model: Model, tuning: Tuning, dtypes: DTypes, shape: BatchShape): Graph {
  const builder = new GraphBuilder();
  const objective = objectiveOf(model);
  const head = objective.buildForward(builder, { model, dtypes, tuning }, shape, true);
  const loss = objective.buildLoss(builder, model, head, shape);
  const trainable = trainableParameters(model, tuning);
  const gradients = differentiate(
    builder,
    loss,
    trainable.map((parameter) => stateBuffer(builder, '', parameter, 'trained')),
  );
  const products = trainable.map((parameter, index) => {
    const kept = stateBuffer(builder, 'gradient/', parameter, 'gradient');
    const { shape, learningRateFactor: factor } = parameter;
    const width = shape.at(-1)!;
    const rows = elementCount(shape) / width;
    // In two steps, so that no sum runs over all numbers of a matrix at once.
    const each = builder.reshape(builder.mul(gradients[index]!, kept), [rows, width]);
    const perRow = builder.matmul(each, builder.constant(factor, [width, 1]));
    return builder.matmul(builder.constant(1, [1, rows]), perRow);
  });
  const product = products.reduce((sum, each) => builder.add(sum, each));
  return eliminateDeadCode(builder.finish({ product }));
}

/**
 * How likely a model that writes holds the answer in each row. Inputs: those of a batch of texts, and sequencePlaces f32
 * [batchSize, scoredRows]. Output: likelihood [batchSize, 1], the sum of the log-probabilities of the tokens.
 */
export function likelihoodProgram(
  model: Model,
  tuning: Tuning | null,
  dtypes: DTypes,
  shape: BatchShape,
  side: Side,
): Graph {
  const builder = new GraphBuilder();
  const head = writingObjective.buildForward(
    builder,
    { model, dtypes, tuning: tuning ?? undefined, side },
    shape,
    false,
  );
  const tokens = tokenLogProbabilities(builder, model, head);
  return eliminateDeadCode(builder.finish({ likelihood: answerLogProbabilities(builder, tokens, shape.batchSize) }));
}

/**
 * What the head of the published model reads at the scored places of texts. Inputs: those of a batch. Output: states
 * [scoredRows, width].
 */
export function statesProgram(model: Model, tuning: Tuning, dtypes: DTypes, shape: ScoredShape): Graph {
  const builder = new GraphBuilder();
  const { read } = writingObjective.buildForward(builder, { model, dtypes, tuning, side: 'base' }, shape, false);
  return eliminateDeadCode(builder.finish({ states: read }));
}

/** A shape whose scored places are counted: both sides then have the same ones, whatever stands before the texts. */
export type ScoredShape = BatchShape & { readonly scoredRows: number };

/**
 * How far a tuned model is from the published one at the scored places of texts. Inputs: those of a batch, and baseStates f32
 * [scoredRows, width], as `statesProgram` gives them. Outputs, [scoredRows] each and 0 where a place has no label: divergence,
 * KL(published‖tuned) in nats; baseLoss and loss, the negative log-likelihoods.
 */
export function divergenceProgram(model: Model, tuning: Tuning, dtypes: DTypes, shape: ScoredShape): Graph {
  const builder = new GraphBuilder();
  const { read, seams } = writingObjective.buildForward(builder, { model, dtypes, tuning }, shape, false);
  const places = declareInput(builder, labels, shape.scoredRows);
  const states = builder.input('baseStates', { shape: read.shape, dtype: 'f32' });
  const baseSeams = headSeams(builder, { model, dtypes, tuning, side: 'base' });
  const { headBias, logitSoftCap } = model;
  const biasOf = (of: HeadSeams) => (headBias === undefined ? undefined : of.parameter(headBias));
  const [divergence, baseLoss, loss] = builder.within('loss', () => {
    const base = { hidden: states, head: baseSeams.head(states).weight, bias: biasOf(baseSeams) };
    const { weight, added } = seams.head(read);
    return builder.tokenDivergence(
      places,
      base,
      { hidden: read, head: weight, added, bias: biasOf(seams) },
      logitSoftCap,
    );
  });
  return eliminateDeadCode(builder.finish({ divergence, baseLoss, loss }));
}
