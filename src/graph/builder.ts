import { type OpDefinition, ShapeError } from './definition.ts';
import { operations } from './operations.ts';
import type {
  Activation,
  AttentionAttributes,
  CausalConvolutionInputs,
  GatedDeltaInputs,
  Graph,
  GraphNode,
  NodeOf,
  OpAttributes,
  OpName,
  ParameterKind,
  RouteAttributes,
  SoftCap,
  TensorType,
  Value,
} from './types.ts';

type Transposes = { readonly transposeA?: boolean; readonly transposeB?: boolean };

/** What is added to the logits of a cross-entropy, and what bounds them. */
export interface LogitTerms {
  readonly bias?: Value | undefined;
  /** narrow [rows, rank] and wide [vocabulary, rank]. */
  readonly added?: { readonly narrow: Value; readonly wide: Value } | undefined;
  readonly softCap?: number | undefined;
}

/** One side of a divergence: hidden [rows, width] and head [vocabulary, width]. */
export interface DivergingSide extends Omit<LogitTerms, 'softCap'> {
  readonly hidden: Value;
  readonly head: Value;
}

const logitInputs = (first: readonly Value[], { bias, added, softCap }: LogitTerms): [Value[], SoftCap] => [
  [...first, ...(bias ? [bias] : []), ...(added ? [added.narrow, added.wide] : [])],
  softCap === undefined ? {} : { softCap },
];

/** The rows that experts take, sorted by expert; see the operation `expert_order`. */
export interface ExpertOrder {
  readonly order: Value;
  readonly places: Value;
  readonly ends: Value;
}

/** Builds a graph node by node; shapes are checked as each node is added. */
export class GraphBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly sources = new Map<string, Value>();
  /** How often something dropped out at each site. */
  private readonly sites = new Map<string, number>();
  private scope = '';

  /** Names the part of the model that `build` adds, for the cost sheet and for error messages. */
  within<T>(scope: string, build: () => T): T {
    const outer = this.scope;
    this.scope = outer === '' ? scope : `${outer}.${scope}`;
    try {
      return build();
    } finally {
      this.scope = outer;
    }
  }

  /** The persistent buffer of that name; the same name gives the same value, so tied weights are one parameter. */
  parameter(name: string, type: TensorType, kind: ParameterKind): Value {
    return this.source('parameter', { name, kind }, type);
  }

  /** A tensor fed under that name at each run. */
  input(name: string, type: TensorType): Value {
    return this.source('input', { name }, type);
  }

  constant(value: number, shape: readonly number[] = []): Value {
    return this.append('constant', [], { value }, [{ shape, dtype: 'f32' }])[0]!;
  }

  matmul(a: Value, b: Value, { transposeA = false, transposeB = false }: Transposes = {}): Value {
    return this.node('matmul', [a, b], { transposeA, transposeB });
  }

  add(a: Value, b: Value): Value {
    return a === b ? this.scale(a, 2) : this.node('add', [a, b], {});
  }

  /** a · b; a factor that is the constant 1 vanishes. */
  mul(a: Value, b: Value): Value {
    return b.node.op === 'constant' && b.node.attributes.value === 1 ? a : this.node('mul', [a, b], {});
  }

  scale(x: Value, factor: number): Value {
    return factor === 1 ? x : this.node('scale', [x], { factor });
  }

  neg(x: Value): Value {
    return this.scale(x, -1);
  }

  activation(x: Value, activation: Activation): Value {
    return this.node('activation', [x], { activation });
  }

  swiglu(gate: Value, up: Value): Value {
    return this.node('gated_activation', [gate, up], { activation: 'silu' });
  }

  geglu(gate: Value, up: Value): Value {
    return this.node('gated_activation', [gate, up], { activation: 'gelu_tanh' });
  }

  reduceSum(x: Value, leading: number): Value {
    return this.node('reduce_sum', [x], { leading });
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.node('reshape', [x], { shape });
  }

  /** x, a constant to gradients. */
  detach(x: Value): Value {
    return this.node('detach', [x], {});
  }

  /** The columns of x in pieces of these widths, left to right. */
  split(x: Value, sizes: readonly number[]): Value[] {
    return this.nodeOutputs('split', [x], { sizes });
  }

  /** x [rows, count · width] as `count` pieces of equal width, halved again and again. */
  columns(x: Value, count: number): Value[] {
    if (count === 1) return [x];
    const [left, width] = [Math.floor(count / 2), x.shape[1]! / count];
    const [first, second] = this.split(x, [left * width, (count - left) * width]) as [Value, Value];
    return [...this.columns(first, left), ...this.columns(second, count - left)];
  }

  /** 1/‖row of weight + scale · b·a‖, a constant to gradients. */
  inverseNorm(weight: Value, a: Value, b: Value, scale: number, transposed: boolean): Value {
    return this.node('inverse_norm', [weight, a, b], { scale, transposed });
  }

  rmsNorm(x: Value, weight: Value, epsilon: number, weightOffset = 0): Value {
    return this.node('rms_norm', [x, weight], weightOffset === 0 ? { epsilon } : { epsilon, weightOffset });
  }

  /** Each row divided by its length (ε under the root, as `l2norm` of flash-linear-attention). */
  l2Norm(x: Value, epsilon: number): Value {
    const width = x.shape[1]!;
    return this.node('rms_norm', [x], { epsilon: epsilon / width, weightOffset: width ** -0.5 });
  }

  layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value {
    return this.node('layer_norm', [x, weight, bias], { epsilon });
  }

  /** [mean, variance] of each column of x, the variance without Bessel's correction. */
  moments(x: Value): [Value, Value] {
    return this.nodeOutputs('moments', [x], {}) as [Value, Value];
  }

  batchNorm(x: Value, mean: Value, variance: Value, weight: Value, bias: Value, epsilon: number): Value {
    return this.node('batch_norm', [x, mean, variance, weight, bias], { epsilon });
  }

  /** [y, what is kept for the rows that come next]: see the operation. */
  causalConvolution(
    { x, weight, starts, before, bias }: CausalConvolutionInputs<Value>,
    batch: number,
  ): [Value, Value] {
    const inputs = [x, weight, starts, ...(before ? [before] : []), ...(bias ? [bias] : [])];
    return this.nodeOutputs('causal_convolution', inputs, { batch }) as [Value, Value];
  }

  /** [y, the state after the last row of each sequence]: see the operation. */
  gatedDeltaRule(
    { q, k, v, g, beta, starts, before }: GatedDeltaInputs<Value>,
    batch: number,
    keyHeads: number,
  ): [Value, Value] {
    const inputs = [q, k, v, g, beta, starts, ...(before ? [before] : [])];
    const [y, after] = this.nodeOutputs('gated_delta_rule', inputs, { batch, keyHeads });
    return [y!, after!];
  }

  /** To which experts each row is sent, with what weights [rows, chosen], and the order of the rows by expert. */
  route(
    logits: Value,
    attributes: RouteAttributes,
    bias?: Value,
  ): { readonly weights: Value; readonly order: ExpertOrder } {
    const [weights, experts] = this.nodeOutputs('route', bias ? [logits, bias] : [logits], attributes);
    const [order, places, ends] = this.nodeOutputs('expert_order', [experts!], { experts: logits.shape[1]! });
    return { weights: weights!, order: { order: order!, places: places!, ends: ends! } };
  }

  /** The rows of x [rows, width] in the order of their experts, as often as they are sent: [n, width]. */
  gatherRows(x: Value, { order, places }: ExpertOrder): Value {
    return this.node('gather_rows', [x, order, places], {});
  }

  /** x [n, in] in the order of their experts, times the matrix of each [experts, out, in] transposed: [n, out]. */
  expertMatmul(x: Value, weights: Value, { ends }: ExpertOrder): Value {
    return this.node('expert_matmul', [x, weights, ends], { transposed: false });
  }

  /** What the experts made of each row, times the weights [rows, chosen], added up: [rows, width]. */
  combineRows(x: Value, { order, places }: ExpertOrder, weights: Value): Value {
    return this.node('combine_rows', [x, order, places, weights], { rows: weights.shape[0]! });
  }

  /** Streams x [inputs · rows, width] by weights [rows, outputs · inputs]: [outputs · rows, width]; see the operation. */
  mixStreams(x: Value, weights: Value): Value {
    return this.node('mix_streams', [x, weights], { transposed: false });
  }

  /** Products of the rows of each stream of a with those of each of b: [rows, streams of a · streams of b]. */
  streamProducts(a: Value, b: Value, rows: number): Value {
    return this.node('stream_products', [a, b], { rows });
  }

  rope(x: Value, table: Value, positions: Value, headDim: number, neighbours = false): Value {
    const pairs = neighbours ? { neighbours } : {};
    return this.node('rope', [x, table, positions], { headDim, inverse: false, ...pairs });
  }

  /** `places`: what distances add to the scores, see `relative_attention`. */
  attention(
    q: Value,
    k: Value,
    v: Value,
    ranges: readonly Value[],
    { places, ...attributes }: AttentionAttributes & { readonly places?: Value },
  ): Value {
    if (places) return this.node('relative_attention', [q, k, v, places, ...ranges], attributes);
    return this.node('attention', [q, k, v, ...ranges], attributes);
  }

  embedding(table: Value, ids: Value, idOrder?: Value, idOffset = 0): Value {
    const inputs = idOrder === undefined ? [table, ids] : [table, ids, idOrder];
    return this.node('embedding', inputs, idOffset === 0 ? {} : { idOffset });
  }

  /** At a site that is met again, as in a module that serves several layers, other values drop out each time. */
  dropout(x: Value, seed: Value, probability: number, site: string): Value {
    if (probability === 0) return x;
    const met = this.sites.get(site) ?? 0;
    this.sites.set(site, met + 1);
    return this.node('dropout', [x, seed], { probability, site: met === 0 ? site : `${site}/${met}` });
  }

  uniformNoise(x: Value, seed: Value, amplitude: number, site: string): Value {
    return amplitude === 0 ? x : this.node('uniform_noise', [x, seed], { amplitude, site });
  }

  /**
   * `bias` [vocabulary] and the product narrow·wideᵀ of `added` are added to the logits; then they are bounded by
   * `softCap`, where there is one.
   */
  crossEntropy(hidden: Value, head: Value, labels: Value, lossScale: Value, terms: LogitTerms = {}): Value {
    return this.node('cross_entropy', ...logitInputs([hidden, head, labels, lossScale], terms));
  }

  /** log softmax(logits)[label] of each row, f32 [rows]; 0 where the label is below 0. Logits as in `crossEntropy`. */
  logProbabilities(hidden: Value, head: Value, labels: Value, terms: LogitTerms = {}): Value {
    return this.node('token_cross_entropy', ...logitInputs([hidden, head, labels, this.constant(-1)], terms));
  }

  /**
   * KL(base‖tuned) in nats at each row with a label ≥ 0, and what each side loses there, f32 [rows] each; see the operation
   * `token_divergence`. Only `tuned` may have a second product.
   */
  tokenDivergence(
    labels: Value,
    base: DivergingSide,
    tuned: DivergingSide,
    softCap?: number,
  ): readonly [divergence: Value, baseLoss: Value, loss: Value] {
    const biases = base.bias && tuned.bias ? [base.bias, tuned.bias] : [];
    const added = tuned.added ? [tuned.added.narrow, tuned.added.wide] : [];
    const inputs = [labels, base.hidden, base.head, tuned.hidden, tuned.head, ...biases, ...added];
    const attributes = { biased: biases.length > 0, ...(softCap === undefined ? {} : { softCap }) };
    return this.nodeOutputs('token_divergence', inputs, attributes) as unknown as [Value, Value, Value];
  }

  /** The loss of predictions [rows, outputs]: see the operation. */
  predictionLoss(
    predictions: Value,
    targets: Value,
    weights: Value,
    lossScale: Value,
    loss: OpAttributes['prediction_loss']['loss'],
  ): Value {
    return this.node('prediction_loss', [predictions, targets, weights, lossScale], { loss });
  }

  cacheWrite(cache: Value, value: Value, positions: Value): Value {
    return this.node('cache_write', [cache, value, positions], {});
  }

  accumulate(target: Value, value: Value, keep: Value): void {
    this.nodeOutputs('accumulate', [target, value, keep], {});
  }

  globalNorm(gradients: readonly Value[]): Value {
    return this.node('global_norm', gradients, {});
  }

  /** Adds a node and gives its first output. */
  node<O extends OpName>(op: O, inputs: readonly Value[], attributes: OpAttributes[O]): Value {
    return this.nodeOutputs(op, inputs, attributes)[0]!;
  }

  /** Adds a node and gives all its outputs. */
  nodeOutputs<O extends OpName>(op: O, inputs: readonly Value[], attributes: OpAttributes[O]): Value[] {
    const definition = operations[op] as OpDefinition<O>;
    try {
      return this.append(op, inputs, attributes, definition.infer(inputs, attributes));
    } catch (error) {
      if (error instanceof ShapeError && this.scope !== '') throw new ShapeError(`${this.scope}: ${error.message}`);
      throw error;
    }
  }

  /** Output `index` of a node built earlier. */
  output(node: GraphNode, index: number): Value {
    const type = node.outputs[index];
    if (type === undefined) throw new ShapeError(`${node.op} has no output ${index}`);
    return { node, index, shape: type.shape, dtype: type.dtype };
  }

  /** The program that computes `outputs` and carries out every effect. */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    return { nodes: [...this.nodes], outputs };
  }

  private source<O extends 'parameter' | 'input'>(op: O, attributes: OpAttributes[O], type: TensorType): Value {
    const key = `${op} ${attributes.name}`;
    const known = this.sources.get(key);
    if (known !== undefined) {
      if (known.dtype !== type.dtype || String(known.shape) !== String(type.shape))
        throw new ShapeError(
          `${key} is declared as ${known.dtype}[${known.shape}] and as ${type.dtype}[${type.shape}]`,
        );
      return known;
    }
    const value = this.append(op, [], attributes, [type])[0]!;
    this.sources.set(key, value);
    return value;
  }

  private append<O extends OpName>(
    op: O,
    inputs: readonly Value[],
    attributes: OpAttributes[O],
    outputs: readonly TensorType[],
  ): Value[] {
    const node = { id: this.nodes.length, op, inputs, attributes, outputs, scope: this.scope } as NodeOf<O>;
    this.nodes.push(node as GraphNode);
    return outputs.map((_, index) => this.output(node as GraphNode, index));
  }
}
