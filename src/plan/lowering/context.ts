import { usedOutputs } from '../../graph/passes/dead-code.ts';
import { rootOf } from '../../graph/properties.ts';
import { byteLength, elementCount, type Graph, type GraphNode, type Value } from '../../graph/types.ts';
import type { KernelBinding } from '../kernels/definition.ts';
import { inOrder, type KernelName, type KernelSpec, type Named, type SpecOf, type Uniforms } from '../kernels.ts';
import type { DeviceProfile } from '../profile.ts';
import {
  type Fixed,
  keepApart,
  type Location,
  type Storage,
  storageBytes,
  type Transient,
  type Use,
} from '../storage.ts';
import type { FeedPlan, PersistentLayout, PersistentTensor } from '../types.ts';
import type { Addend } from './addend.ts';
import { type AccumulateNode, Fusion } from './fusion.ts';
import { countUses } from './uses.ts';

/** A storage where a kernel binds it. */
export interface BoundUse extends Use {
  readonly name: string;
  readonly binding: KernelBinding;
}

/** What a dispatch binds, in the kernel's order. */
export const usesOf = <K extends KernelName>(spec: SpecOf<K>, storages: Named<K, Storage>): BoundUse[] =>
  inOrder(spec, storages).map(({ name, binding, value }) => ({
    name,
    binding,
    storage: value,
    write: binding.access === 'read_write',
  }));

/** A dispatch whose storages have no places yet. */
export interface PendingDispatch {
  readonly spec: KernelSpec;
  readonly uses: readonly BoundUse[];
  /** One block, or one for each segment of a grouped product. */
  readonly uniforms: readonly Readonly<Record<string, number>>[];
  readonly workgroups: readonly [number, number, number];
  readonly scope: string;
  readonly flops: number;
  readonly bytesMoved: number;
  /** It touches only part of what it binds. */
  readonly isPartial: boolean;
}

export interface Emission<K extends KernelName> {
  readonly spec: SpecOf<K>;
  readonly storages: Named<K, Storage>;
  /** Several where the kernel reads a block for each segment. */
  readonly uniforms: Uniforms<K> | readonly Uniforms<K>[];
  readonly workgroups: readonly [number, number, number];
  /** 0 where it moves numbers and computes next to nothing. */
  readonly flops: number;
  /** Where a dispatch touches only part of what it binds. */
  readonly bytesMoved?: number;
}

/** What the lowering of one graph has so far: the dispatches, and where each value lies. */
export class Lowering {
  readonly dispatches: PendingDispatch[] = [];
  readonly used: ReadonlyMap<GraphNode, readonly boolean[]>;
  readonly fusion: Fusion;
  private readonly openedSinks = new Set<AccumulateNode>();
  private readonly locations = new Map<GraphNode, (Location | undefined)[]>();
  private readonly remaining: Map<Value['node'], number[]>;
  private node: GraphNode | undefined;

  constructor(
    readonly graph: Graph,
    readonly profile: DeviceProfile,
    private readonly persistent: PersistentLayout,
    private readonly feeds: Readonly<Record<string, FeedPlan>>,
  ) {
    this.used = usedOutputs(graph);
    this.remaining = countUses(graph);
    // A software adapter gains no memory traffic by it, and its tiles with so many outputs compile up to ten times as long.
    this.fusion = new Fusion(graph, this.remaining, { gated: !profile.software });
  }

  /** Lowers within the scope of a node, for the sheet. */
  at(node: GraphNode, lower: () => void): void {
    const outer = this.node;
    this.node = node;
    lower();
    this.node = outer;
  }

  isUsed(node: GraphNode, index: number): boolean {
    return this.used.get(node)?.[index] ?? false;
  }

  emit<K extends KernelName>(emission: Emission<K>): void {
    const index = this.dispatches.length;
    const uses = usesOf(emission.spec, emission.storages);
    keepApart(uses);
    let bytes = 0;
    for (const { storage } of uses) {
      bytes += storageBytes(storage);
      if (storage.kind !== 'transient') continue;
      storage.first = Math.min(storage.first, index);
      storage.last = Math.max(storage.last, index);
      const id = this.node?.id ?? 0;
      storage.firstNode = Math.min(storage.firstNode, id);
      storage.lastNode = Math.max(storage.lastNode, id);
    }
    this.dispatches.push({
      spec: emission.spec,
      uses,
      uniforms: Array.isArray(emission.uniforms) ? emission.uniforms : [emission.uniforms],
      workgroups: emission.workgroups,
      scope: this.node?.scope ?? '',
      flops: emission.flops,
      bytesMoved: emission.bytesMoved ?? bytes,
      isPartial: emission.bytesMoved !== undefined,
    });
  }

  /** A fresh transient of that many 4-byte elements. */
  allocate(elements: number): Transient {
    const storage: Transient = {
      kind: 'transient',
      bytes: Math.max(4, elements * 4),
      first: Number.POSITIVE_INFINITY,
      last: Number.NEGATIVE_INFINITY,
      firstNode: Number.POSITIVE_INFINITY,
      lastNode: Number.NEGATIVE_INFINITY,
    };
    return storage;
  }

  /** A fresh place for an output of a node; the value lies there from now on. */
  define(node: GraphNode, index = 0): Transient {
    const storage = this.allocate(elementCount(node.outputs[index]!.shape));
    this.place(node, index, storage);
    return storage;
  }

  place(node: GraphNode, index: number, storage: Storage): void {
    // An operation that says it `accumulates` and a lowering that does not: the gradient would be lost.
    if (this.fusion.sink(node, index) !== undefined)
      throw new Error(`${node.op} #${node.id} leaves out its gradient sum`);
    const slots = this.locations.get(node) ?? [];
    slots[index] = { kind: 'one', storage };
    this.locations.set(node, slots);
  }

  locate(value: Value): Location {
    const { node, index } = rootOf(value);
    if (node.op === 'parameter') return { kind: 'tensor', tensor: this.tensor(node.attributes.name) };
    if (node.op === 'input') return { kind: 'one', storage: this.feed(node.attributes.name) };
    const location = this.locations.get(node)?.[index];
    if (location === undefined) throw new Error(`${node.op} #${node.id} is read before it is computed`);
    return location;
  }

  /** The one storage of a value. Throws for a tensor cut into segments, which only some kernels can read. */
  storage(value: Value): Storage {
    const location = this.locate(value);
    return location.kind === 'one' ? location.storage : onlySegment(location.tensor);
  }

  /** The storages of a node's first inputs under the names that a kernel has for them. */
  inputs<Name extends string>(node: GraphNode, ...names: readonly Name[]): Readonly<Record<Name, Storage>> {
    const storages: Partial<Record<Name, Storage>> = {};
    for (const [index, name] of names.entries()) {
      const input = node.inputs[index];
      if (input === undefined) throw new Error(`${node.op} has ${node.inputs.length} inputs, not ${names.join(', ')}`);
      storages[name] = this.storage(input);
    }
    return storages as Record<Name, Storage>;
  }

  /** The value's storage where this is its last reader and it may be overwritten, else undefined. */
  overwritable(value: Value): Transient | undefined {
    const root = rootOf(value);
    const storage = this.locations.get(root.node)?.[root.index];
    if (storage?.kind !== 'one' || storage.storage.kind !== 'transient') return undefined;
    const isLast = this.remaining.get(root.node)?.[root.index] === 1;
    return isLast && storage.storage.bytes === byteLength(value) ? storage.storage : undefined;
  }

  /** To be called once for each input when a node has been lowered. */
  release(value: Value): void {
    const root = rootOf(value);
    const counts = this.remaining.get(root.node);
    if (counts?.[root.index] !== undefined) counts[root.index]! -= 1;
  }

  /** The gradient sum a term is to be written into, and how: the first term replaces what is not kept. */
  openSink(sink: AccumulateNode): { tensor: PersistentTensor; addend: Addend } {
    const location = this.locate(sink.inputs[0]!);
    if (location.kind !== 'tensor') throw new Error('accumulate needs a parameter as its target');
    const first = !this.openedSinks.has(sink);
    this.openedSinks.add(sink);
    const addend: Addend = first ? { kind: 'kept', storage: this.storage(sink.inputs[2]!) } : { kind: 'self' };
    return { tensor: location.tensor, addend };
  }

  tensor(name: string): PersistentTensor {
    const tensor = this.persistent.tensors.get(name);
    if (tensor === undefined) throw new Error(`no place for the parameter ${name}`);
    return tensor;
  }

  private feed(name: string): Fixed {
    const feed = this.feeds[name];
    if (feed === undefined) throw new Error(`no feed ${name}`);
    return { kind: 'fixed', range: { buffer: 'feeds', offset: feed.offset, bytes: feed.bytes } };
  }
}

export function onlySegment(tensor: PersistentTensor): Fixed {
  if (tensor.segments.length !== 1) throw new Error(`${tensor.name} lies in ${tensor.segments.length} segments`);
  return { kind: 'fixed', range: tensor.segments[0]! };
}

/** Workgroups of 64 for a flat range, folded over y where there are more than one dimension allows. */
export function flatWorkgroups(elements: number, profile: DeviceProfile): readonly [number, number, number] {
  return foldWorkgroups(Math.ceil(elements / 64), profile);
}

export function foldWorkgroups(count: number, profile: DeviceProfile): readonly [number, number, number] {
  const x = Math.min(Math.max(1, count), profile.maxComputeWorkgroupsPerDimension);
  return [x, Math.ceil(Math.max(1, count) / x), 1];
}
