import { keep, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { AppError } from '../errors.ts';
import { sharesStorage } from '../graph/properties.ts';
import { elementCount, type GraphNode, type NodeOf, type OpName, type Value } from '../graph/types.ts';
import type { Feeds } from '../plan/executor.ts';
import type { Parameter } from './parameters.ts';

/**
 * The outputs of a node as tensors of their own (never an input itself); what `used` calls unread may be left out.
 * Called inside a tidy: intermediate tensors need no care.
 */
export type Evaluate<O extends OpName> = (
  node: NodeOf<O>,
  run: Run,
  used: readonly boolean[],
) => readonly (Tensor | undefined)[];

const internal = (reason: string): AppError => new AppError('internal', { reason });

/** What TensorFlow.js does for an operation. */
export interface Entry<O extends OpName> {
  readonly evaluate: Evaluate<O>;
  /** Bytes of the intermediate tensors that a node holds while it runs. */
  readonly transientBytes: (node: NodeOf<O>) => number;
}

/** An operation whose intermediate tensors are of the size of its inputs and outputs; the sheet leaves those out. */
export const plain = <O extends OpName>(evaluate: Evaluate<O>): Entry<O> => ({ evaluate, transientBytes: () => 0 });

/** The values of one run of a program, and what its operations share. */
export class Run {
  private readonly values = new Map<GraphNode, readonly (Tensor | undefined)[]>();
  private readonly shared = new Map<string, Tensor>();

  constructor(
    private readonly parameters: ReadonlyMap<string, Parameter>,
    private readonly feeds: Feeds,
  ) {}

  /** A value as a tensor that belongs to the run or to a parameter. */
  tensor(value: Value): Tensor {
    const { node, index } = value;
    if (node.op === 'parameter') return this.parameterOf(value).tensor();
    if (node.op === 'input') return this.inputTensor(value);
    const found = this.values.get(node)?.[index];
    if (found === undefined) throw internal(`output ${index} of ${node.op} #${node.id} is read but was not computed`);
    return found;
  }

  /** The inputs of a node as tensors. */
  inputs(node: GraphNode): Tensor[] {
    return node.inputs.map((value) => this.tensor(value));
  }

  /** What was fed for an input, also under another shape: masks and indices are made from it in JavaScript. */
  fed({ node }: Value): Float32Array | Int32Array | Uint32Array {
    if (sharesStorage(node)) return this.fed(node.inputs[0]!);
    if (node.op !== 'input') throw internal(`${node.op} #${node.id} is needed on the host, so it must be an input`);
    const { name } = node.attributes;
    const data = this.feeds[name];
    const count = elementCount(node.outputs[0]!.shape);
    if (data?.length !== count) throw internal(`input ${name} takes ${count} elements, got ${data?.length ?? 'none'}`);
    return data;
  }

  parameterOf({ node }: Value): Parameter {
    const parameter = node.op === 'parameter' ? this.parameters.get(node.attributes.name) : undefined;
    if (parameter === undefined) throw internal(`${node.op} #${node.id} is written but is no parameter`);
    return parameter;
  }

  /** Makes `next`, a tensor of the tidy around, the value of a parameter. */
  assign(target: Value, next: Tensor): void {
    this.parameterOf(target).replace(keep(next));
  }

  /** A tensor that several nodes of this run need, such as a mask: made once. */
  sharedTensor(key: string, make: () => Tensor): Tensor {
    let found = this.shared.get(key);
    if (found === undefined) {
      found = keep(make());
      this.shared.set(key, found);
    }
    return found;
  }

  set(node: GraphNode, outputs: readonly (Tensor | undefined)[]): void {
    this.values.set(node, outputs);
  }

  release(node: GraphNode): void {
    for (const output of this.values.get(node) ?? []) output?.dispose();
    this.values.delete(node);
  }

  dispose(): void {
    for (const node of [...this.values.keys()]) this.release(node);
    for (const tensor of this.shared.values()) tensor.dispose();
    this.shared.clear();
  }

  private inputTensor(value: Value): Tensor {
    return this.sharedTensor(keyOf(value), () => {
      const data = this.fed(value);
      const values = data instanceof Uint32Array ? new Int32Array(data) : data;
      return tensor(values, [...value.shape], value.dtype === 'f32' ? 'float32' : 'int32');
    });
  }
}

/** Names a value within a program. */
export const keyOf = ({ node, index }: Value): string => `${node.id}.${index}`;
