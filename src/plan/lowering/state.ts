import { elementCount, type NodeOf, type Value } from '../../graph/types.ts';
import { alignTo, bindingAlignment, reads, type Storage, storageBytes, writes } from '../storage.ts';
import type { BufferRange, PersistentTensor } from '../types.ts';
import { flatWorkgroups, foldWorkgroups, type Lowering, onlySegment } from './context.ts';
import { emitElementwise } from './elementwise.ts';

export function emitFill(lowering: Lowering, out: Storage, count: number, value: number): void {
  lowering.emit<'fill'>({
    spec: { kernel: 'fill' },
    uses: [writes(out)],
    uniforms: { count, value },
    workgroups: flatWorkgroups(count, lowering.profile),
  });
}

export function emitRetain(lowering: Lowering, out: Storage, keep: Storage, count: number): void {
  lowering.emit<'retain'>({
    spec: { kernel: 'retain' },
    uses: [writes(out), reads(keep)],
    uniforms: { count },
    workgroups: flatWorkgroups(count, lowering.profile),
  });
}

export function lowerConstant(lowering: Lowering, node: NodeOf<'constant'>): void {
  emitFill(lowering, lowering.define(node), elementCount(node.outputs[0]!.shape), node.attributes.value);
}

/** Adds the terms that were not written into the gradient sum where they were made. */
export function lowerAccumulate(lowering: Lowering, node: NodeOf<'accumulate'>): void {
  for (const term of lowering.fusion.looseTerms.get(node) ?? []) {
    const { tensor, addend } = lowering.openSink(node);
    const target = onlySegment(tensor);
    const count = elementCount(term.shape);
    if (addend.kind === 'kept') {
      lowering.emit<'accumulate'>({
        spec: { kernel: 'accumulate' },
        uses: [writes(target), reads(lowering.storage(term)), reads(addend.storage)],
        uniforms: { count },
        workgroups: flatWorkgroups(count, lowering.profile),
        flops: count,
      });
    } else {
      const operands = [target, lowering.storage(term)];
      emitElementwise(lowering, { operation: 'add', operands, outputs: [target], inPlace: 0, count });
    }
    lowering.release(term);
  }
}

/** Elements of one workgroup of `sum_squares`. */
const squaresPerWorkgroup = 4096;

export function lowerGlobalNorm(lowering: Lowering, node: NodeOf<'global_norm'>): void {
  const storages = storagesOfGradients(lowering, node);
  const counts = storages.map((storage) => Math.ceil(storageBytes(storage) / 4 / squaresPerWorkgroup));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const partial = lowering.allocate(total);
  let outOffset = 0;
  for (const [index, storage] of storages.entries()) {
    const count = storageBytes(storage) / 4;
    lowering.emit<'sum_squares'>({
      spec: { kernel: 'sum_squares' },
      uses: [reads(storage), writes(partial)],
      uniforms: { count, outOffset },
      workgroups: foldWorkgroups(counts[index]!, lowering.profile),
      flops: 2 * count,
    });
    outOffset += counts[index]!;
  }
  lowering.emit<'norm'>({
    spec: { kernel: 'norm' },
    uses: [reads(partial), writes(lowering.define(node))],
    uniforms: { count: total },
    workgroups: [1, 1, 1],
    flops: total,
  });
  for (const input of node.inputs) lowering.release(input);
}

/** Where the gradients lie, with neighbours joined. */
function storagesOfGradients(lowering: Lowering, node: NodeOf<'global_norm'>): Storage[] {
  const ranges: BufferRange[] = [];
  const storages: Storage[] = [];
  for (const input of node.inputs) {
    const location = lowering.locate(input);
    if (location.kind === 'tensor') ranges.push(...rangesOf(location.tensor));
    else storages.push(location.storage);
  }
  const merged = mergeRanges(ranges, lowering.profile.maxStorageBufferBindingSize);
  return [...storages, ...merged.map((range): Storage => ({ kind: 'fixed', range }))];
}

const rangesOf = (tensor: PersistentTensor): BufferRange[] =>
  tensor.segments.map(({ buffer, offset, bytes }) => ({ buffer, offset, bytes }));

/** The segments of a parameter that is updated in place. */
function parameterRanges(lowering: Lowering, value: Value): BufferRange[] {
  const location = lowering.locate(value);
  if (location.kind === 'one') throw new Error('adamw updates parameters only');
  return rangesOf(location.tensor);
}

const follows = (a: BufferRange, b: BufferRange): boolean =>
  a.buffer === b.buffer && alignTo(a.offset + a.bytes, bindingAlignment) === b.offset;

/** Joins ranges that stand one after the other. The gaps between them are padding, which is always zero. */
function mergeRanges(ranges: readonly BufferRange[], largest: number): BufferRange[] {
  const merged: BufferRange[] = [];
  for (const range of ranges.toSorted((a, b) =>
    a.buffer === b.buffer ? a.offset - b.offset : a.buffer < b.buffer ? -1 : 1,
  )) {
    const last = merged.at(-1);
    const end = range.offset + range.bytes;
    if (last !== undefined && follows(last, range) && end - last.offset <= largest)
      merged[merged.length - 1] = { ...last, bytes: end - last.offset };
    else merged.push(range);
  }
  return merged;
}

type AdamWNode = NodeOf<'adamw'>;

/** The four ranges an update touches: parameter, gradient and both moments. */
interface Update {
  readonly node: AdamWNode;
  ranges: BufferRange[];
}

/**
 * All AdamW updates of a program at once: neighbours with equal settings whose parameters, gradients and moments stand
 * side by side in the same order become one dispatch.
 */
export function lowerAdamW(lowering: Lowering, nodes: readonly AdamWNode[]): void {
  const updates: Update[] = nodes.flatMap((node) => {
    const columns = node.inputs.slice(0, 4).map((input) => parameterRanges(lowering, input));
    return columns[0]!.map((_, segment) => ({ node, ranges: columns.map((ranges) => ranges[segment]!) }));
  });
  updates.sort((a, b) => order(a.ranges[0]!, b.ranges[0]!));
  const packed: Update[] = [];
  for (const update of updates) {
    const last = packed.at(-1);
    if (last !== undefined && canJoin(last, update, lowering.profile.maxStorageBufferBindingSize)) {
      last.ranges = last.ranges.map((range, i) => ({ ...range, bytes: end(update.ranges[i]!) - range.offset }));
    } else {
      packed.push({ node: update.node, ranges: [...update.ranges] });
    }
  }
  for (const update of packed) emitAdamW(lowering, update);
  for (const node of nodes) for (const input of node.inputs) lowering.release(input);
}

const end = (range: BufferRange): number => range.offset + range.bytes;
const order = (a: BufferRange, b: BufferRange): number =>
  a.buffer === b.buffer ? a.offset - b.offset : a.buffer < b.buffer ? -1 : 1;

function canJoin(last: Update, next: Update, largest: number): boolean {
  const sameSettings = JSON.stringify(last.node.attributes) === JSON.stringify(next.node.attributes);
  return (
    sameSettings &&
    last.ranges.every((range, i) => follows(range, next.ranges[i]!) && end(next.ranges[i]!) - range.offset <= largest)
  );
}

function emitAdamW(lowering: Lowering, { node, ranges }: Update): void {
  const count = ranges[0]!.bytes / 4;
  const { beta1, beta2 } = node.attributes;
  const [parameter, gradient, moment1, moment2] = ranges.map((range): Storage => ({ kind: 'fixed', range })) as [
    Storage,
    Storage,
    Storage,
    Storage,
  ];
  const [hyper, norm] = [lowering.storage(node.inputs[4]!), lowering.storage(node.inputs[5]!)];
  lowering.emit<'adamw'>({
    spec: { kernel: 'adamw' },
    uses: [writes(parameter), reads(gradient), writes(moment1), writes(moment2), reads(hyper), reads(norm)],
    uniforms: { count, ...node.attributes, oneMinusBeta1: 1 - beta1, oneMinusBeta2: 1 - beta2 },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 15 * count,
  });
}
