import { canAccumulate } from '../../graph/properties.ts';
import { type Graph, type GraphNode, type NodeOf, sameShape, type Value } from '../../graph/types.ts';

/** A matmul that its only reader computes, with the factor of the `scale` nodes between them. */
export interface Product {
  readonly node: NodeOf<'matmul'>;
  readonly scale: number;
}

/** A product and the vector that is added to each of its rows. */
export interface BiasedProduct {
  readonly product: Product;
  readonly bias: Value;
}

/** What an add adds up: products it computes itself, and values that are there already. */
export interface SumTerms {
  readonly products: Product[];
  readonly biased: BiasedProduct[];
  /** Gradients through a norm; its kernel adds to them what is there already. */
  readonly norms: NormBackward[];
  readonly values: Value[];
}

export type NormBackward = NodeOf<'rms_norm_backward'> | NodeOf<'layer_norm_backward'>;

/** The gate of a gated activation, or the gradient that its backward reads, which that node computes itself. */
export interface GatedSide {
  readonly value: Value;
  /** One or two, whose sum it is. */
  readonly products: readonly Product[];
  /** It is read again later. */
  readonly keeps: boolean;
}

type GatedNode = NodeOf<'gated_activation'> | NodeOf<'gated_activation_backward'>;

const fewestGatedRows = 4;

export type AccumulateNode = NodeOf<'accumulate'>;

/**
 * Which nodes are computed by another one:
 * - a product whose only reader is a `scale`, an `add` or an `accumulate` becomes that reader's matmul, the rest its
 *   epilogue;
 * - a sum whose only reader is another sum (a residual, or gradients from several readers) is added term by term;
 * - the gradient through a norm whose only reader is a sum (the residual's gradient beside it) is added by its kernel;
 * - a gate, and the gradient of a gated activation that only its backward reads, which are one product or two, become
 *   the matmul whose epilogue is the activation or its backward (`gated`);
 * - a gradient that is only accumulated is written into its sum where it is made (`sinks`), so that it never stands
 *   beside it.
 */
export class Fusion {
  /** Nodes that are not lowered by themselves. */
  readonly claimed = new Set<GraphNode>();
  /** For an accumulate: the terms that must be added from elsewhere because they could not be written in place. */
  readonly looseTerms = new Map<AccumulateNode, Value[]>();
  private readonly added = new Set<GraphNode>();
  private readonly sinks = new Map<GraphNode, (AccumulateNode | undefined)[]>();
  private readonly terms = new Map<GraphNode, SumTerms>();
  private readonly sides = new Map<GatedNode, GatedSide>();

  constructor(
    graph: Graph,
    private readonly uses: ReadonlyMap<GraphNode, readonly number[]>,
    { gated }: { readonly gated: boolean },
  ) {
    for (const node of graph.nodes) if (node.op === 'accumulate') this.claimAccumulate(node);
    const firstReaders = gated ? firstReadersOf(graph) : new Map<GraphNode, GraphNode>();
    for (const node of graph.nodes.toReversed()) {
      if (this.claimed.has(node)) continue;
      if (node.op === 'gated_activation' && isFirstToReadGate(node, firstReaders)) this.claimSide(node, 0);
      if (gated && node.op === 'gated_activation_backward' && this.isOnlyUse(node.inputs[2]!)) this.claimSide(node, 2);
      if (node.op === 'add') this.claimAdd(node);
      if (node.op === 'scale') this.claimProduct(node.inputs[0]!);
    }
  }

  /** The accumulate that output `index` of a node is written into, if it is written in place. */
  sink(node: GraphNode, index = 0): AccumulateNode | undefined {
    return this.sinks.get(node)?.[index];
  }

  /** The product a reader computes itself, if it claimed one. */
  product(value: Value): Product | undefined {
    return this.claimed.has(value.node) ? this.asProduct(value) : undefined;
  }

  /** Whether a sum computes the norm's gradient of x; those of its weights are lowered by themselves. */
  isAdded(node: NormBackward): boolean {
    return this.added.has(node);
  }

  sideOf(node: GatedNode): GatedSide | undefined {
    return this.sides.get(node);
  }

  termsOf(node: NodeOf<'add'>): SumTerms {
    return this.terms.get(node)!;
  }

  private isOnlyUse(value: Value): boolean {
    return this.uses.get(value.node)?.[value.index] === 1;
  }

  private asProduct(value: Value): Product | undefined {
    if (!this.isOnlyUse(value)) return undefined;
    if (value.node.op === 'matmul') return { node: value.node, scale: 1 };
    if (value.node.op !== 'scale') return undefined;
    const inner = this.asProduct(value.node.inputs[0]!);
    return inner && { node: inner.node, scale: inner.scale * value.node.attributes.factor };
  }

  private claimProduct(value: Value): boolean {
    const product = this.asProduct(value);
    if (product === undefined) return false;
    this.claimed.add(product.node);
    for (let node = value.node; node.op === 'scale'; node = node.inputs[0]!.node) this.claimed.add(node);
    return true;
  }

  private claimSide(node: GatedNode, input: number): void {
    const value = node.inputs[input]!;
    // Written text is a row at a time, with kernels of its own.
    if (value.shape[0]! <= fewestGatedRows) return;
    const sum = value.node.op === 'add' && !isBroadcast(value.node);
    const products = sum ? value.node.inputs.map((term) => this.asProduct(term)) : [asWholeProduct(value)];
    if (!products.every((product) => product !== undefined)) return;
    this.claimed.add(value.node);
    if (sum) for (const term of value.node.inputs) this.claimProduct(term);
    this.sides.set(node, { value, products, keeps: !this.isOnlyUse(value) });
  }

  /** The operands of a sum of equal shapes that only its reader needs, all the way down; else the value itself. */
  private flatten(value: Value): Value[] {
    const operands: Value[] = [];
    // Without recursion: the norm of all gradients is a sum of as many terms as there are tensors.
    const open = [value];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node } = next;
      if (node.op !== 'add' || !this.isOnlyUse(next) || isBroadcast(node)) operands.push(next);
      else {
        this.claimed.add(node);
        open.push(node.inputs[1]!, node.inputs[0]!);
      }
    }
    return operands;
  }

  private claimAdd(node: NodeOf<'add'>): void {
    const terms: SumTerms = { products: [], biased: [], norms: [], values: [] };
    this.terms.set(node, terms);
    const biased = this.asBiased(node);
    if (biased !== undefined) {
      this.claimProduct(node.inputs[0]!);
      terms.biased.push(biased);
    } else if (isBroadcast(node)) {
      terms.values.push(...node.inputs);
    } else {
      for (const value of node.inputs.flatMap((input) => this.flatten(input))) this.claimTerm(value, terms);
    }
  }

  private claimTerm(value: Value, terms: SumTerms): void {
    const product = this.asProduct(value);
    const biased = value.node.op === 'add' && this.isOnlyUse(value) ? this.asBiased(value.node) : undefined;
    if (product !== undefined) {
      this.claimProduct(value);
      terms.products.push(product);
    } else if (biased !== undefined) {
      this.claimed.add(value.node);
      this.claimProduct(value.node.inputs[0]!);
      terms.biased.push(biased);
    } else if (isNormBackward(value.node) && value.index === 0 && this.isOnlyUse(value)) {
      this.added.add(value.node);
      terms.norms.push(value.node);
    } else {
      terms.values.push(value);
    }
  }

  private asBiased(node: NodeOf<'add'>): BiasedProduct | undefined {
    const [first, bias] = node.inputs as [Value, Value];
    const product = bias.shape.length === 1 && isBroadcast(node) ? this.asProduct(first) : undefined;
    return product && { product, bias };
  }

  private claimAccumulate(node: AccumulateNode): void {
    const loose: Value[] = [];
    for (const term of this.flatten(node.inputs[1]!)) {
      if (this.canWriteInPlace(term)) this.setSink(term, node);
      else loose.push(term);
    }
    this.looseTerms.set(node, loose);
  }

  private canWriteInPlace(value: Value): boolean {
    if (!this.isOnlyUse(value)) return false;
    const { op } = value.node;
    if (op === 'scale') return this.asProduct(value) !== undefined;
    return canAccumulate(value);
  }

  private setSink(value: Value, sink: AccumulateNode): void {
    const slots = this.sinks.get(value.node) ?? [];
    slots[value.index] = sink;
    this.sinks.set(value.node, slots);
  }
}

/** Whoever else reads the gate comes later, so that it may be computed as late as this; and it is not read as `up`, too. */
const isFirstToReadGate = (node: NodeOf<'gated_activation'>, readers: ReadonlyMap<GraphNode, GraphNode>): boolean =>
  readers.get(node.inputs[0]!.node) === node && node.inputs[0]!.node !== node.inputs[1]!.node;

function firstReadersOf({ nodes }: Graph): Map<GraphNode, GraphNode> {
  const readers = new Map<GraphNode, GraphNode>();
  for (const node of nodes) for (const { node: read } of node.inputs) if (!readers.has(read)) readers.set(read, node);
  return readers;
}

const asWholeProduct = ({ node }: Value): Product | undefined =>
  node.op === 'matmul' ? { node, scale: 1 } : undefined;

const isNormBackward = (node: GraphNode): node is NormBackward =>
  node.op === 'rms_norm_backward' || node.op === 'layer_norm_backward';

const isBroadcast = ({ inputs }: NodeOf<'add'>): boolean => !sameShape(inputs[0]!.shape, inputs[1]!.shape);
