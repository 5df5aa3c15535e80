import { elementCount, type NodeOf } from '../../graph/types.ts';
import { alignTo, bindingAlignment, type Storage, storageBytes } from '../storage.ts';
import type { BufferRange, PersistentTensor } from '../types.ts';
import { flatWorkgroups, foldWorkgroups, type Lowering, onlySegment } from './context.ts';
import { emitElementwise } from './elementwise.ts';

export function emitFill(lowering: Lowering, out: Storage, count: number, value: number): void {
  lowering.emit<'fill'>({
    spec: { kernel: 'fill' },
    storages: { out },
    uniforms: { count, value },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 0,
  });
}

export function emitRetain(lowering: Lowering, out: Storage, keep: Storage, count: number): void {
  lowering.emit<'retain'>({
    spec: { kernel: 'retain' },
    storages: { out, keep },
    uniforms: { count },
    workgroups: flatWorkgroups(count, lowering.profile),
    flops: 0,
  });
}

export function lowerConstant(lowering: Lowering, node: NodeOf<'constant'>): void {
  emitFill(lowering, lowering.define(node), elementCount(node.outputs[0]!.shape), node.attributes.value);
}

/** Adds the terms that were not written into the gradient sum where they were made. */
export function lowerAccumulate(lowering: Lowering, node: NodeOf<'accumulate'>): void {
  for (const term of lowering.fusion.looseTerms.get(node) ?? []) {
    const { tensor, addend } = lowering.openSink(node);
    const total = onlySegment(tensor);
    const count = elementCount(term.shape);
    if (addend.kind === 'kept') {
      lowering.emit<'accumulate'>({
        spec: { kernel: 'accumulate' },
        storages: { total, value: lowering.storage(term), keep: addend.storage },
        uniforms: { count },
        workgroups: flatWorkgroups(count, lowering.profile),
        flops: count,
      });
    } else {
      const operands = [total, lowering.storage(term)];
      emitElementwise(lowering, { operation: 'add', operands, outputs: [total], inPlace: 0, count });
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
  const partials = lowering.allocate(total);
  let outOffset = 0;
  for (const [index, storage] of storages.entries()) {
    const count = storageBytes(storage) / 4;
    lowering.emit<'sum_squares'>({
      spec: { kernel: 'sum_squares' },
      storages: { x: storage, partials },
      uniforms: { count, outOffset },
      workgroups: foldWorkgroups(counts[index]!, lowering.profile),
      flops: 2 * count,
    });
    outOffset += counts[index]!;
  }
  lowering.emit<'norm'>({
    spec: { kernel: 'norm' },
    storages: { partials, norm: lowering.define(node) },
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

export const rangesOf = (tensor: PersistentTensor): BufferRange[] =>
  tensor.segments.map(({ buffer, offset, bytes }) => ({ buffer, offset, bytes }));

/** Whether b begins where a and its padding end. */
export const follows = (a: BufferRange, b: BufferRange): boolean =>
  a.buffer === b.buffer && alignTo(a.offset + a.bytes, bindingAlignment) === b.offset;

export const endOf = (range: BufferRange): number => range.offset + range.bytes;

/** Orders ranges by buffer and offset. */
export const byPlace = (a: BufferRange, b: BufferRange): number =>
  a.buffer === b.buffer ? a.offset - b.offset : a.buffer < b.buffer ? -1 : 1;

/** Joins ranges that stand one after the other. The gaps between them are padding, which is always zero. */
function mergeRanges(ranges: readonly BufferRange[], largest: number): BufferRange[] {
  const merged: BufferRange[] = [];
  for (const range of ranges.toSorted(byPlace)) {
    const last = merged.at(-1);
    if (last !== undefined && follows(last, range) && endOf(range) - last.offset <= largest)
      merged[merged.length - 1] = { ...last, bytes: endOf(range) - last.offset };
    else merged.push(range);
  }
  return merged;
}
