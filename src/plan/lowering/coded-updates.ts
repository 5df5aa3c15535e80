import { momentBlock, momentBlocks, momentWords } from '../../graph/dynamic-map.ts';
import { elementCount, type NodeOf } from '../../graph/types.ts';
import { maxUpdates } from '../kernels/optimizer.ts';
import type { Uniforms } from '../kernels.ts';
import { bindingAlignment, type Storage } from '../storage.ts';
import type { BufferRange, PersistentSegment, PersistentTensor } from '../types.ts';
import { foldWorkgroups, type Lowering } from './context.ts';
import { byPlace, endOf } from './state.ts';

type CodedNode = NodeOf<'adamw_8bit'>;

/** A part of a tensor, in whole blocks, whose values, gradients and states each lie in one range. */
interface Part {
  readonly node: CodedNode;
  readonly count: number;
  readonly ranges: readonly BufferRange[];
}

/** Parts that one dispatch updates, and the ranges that hold all of theirs. */
interface Group {
  readonly parts: Part[];
  ranges: readonly BufferRange[];
}

/** 4-byte elements of one block in each range: values, gradients, words and largest magnitudes. */
const blockElements = [momentBlock, momentBlock, momentWords, 1, momentWords, 1] as const;

/** All updates of moments that are codes: as many tensors a dispatch as one range of each slab reaches. */
export function lowerCodedUpdates(lowering: Lowering, nodes: readonly CodedNode[]): void {
  const parts = nodes.flatMap((node) => partsOf(lowering, node));
  parts.sort((a, b) => byPlace(a.ranges[0]!, b.ranges[0]!));
  const groups: Group[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    const joined = last && joinedRanges(last, part, lowering.profile.maxStorageBufferBindingSize);
    if (last && joined) {
      last.parts.push(part);
      last.ranges = joined;
    } else {
      groups.push({ parts: [part], ranges: part.ranges });
    }
  }
  for (const group of groups) emitGroup(lowering, group);
  for (const node of nodes) for (const input of node.inputs) lowering.release(input);
}

/** Cuts a tensor where any of its ranges is cut. */
function partsOf(lowering: Lowering, node: CodedNode): Part[] {
  const tensors = node.inputs.slice(0, 6).map((input) => {
    const location = lowering.locate(input);
    if (location.kind === 'one') throw new Error('only parameters are updated');
    return location.tensor;
  });
  const count = elementCount(node.inputs[0]!.shape);
  const columns = tensors.map((tensor, column) => blockSegments(tensor, blockElements[column]!));
  const cuts = new Set(columns.flatMap((segments) => segments.map(({ firstBlock }) => firstBlock)));
  const bounds = [...cuts].sort((a, b) => a - b);
  return bounds.map((begin, index) => {
    const end = bounds[index + 1] ?? momentBlocks(count);
    const ranges = columns.map((segments, column) => {
      const { segment, firstBlock } = segments.findLast((each) => each.firstBlock <= begin)!;
      const bytes = 4 * blockElements[column]!;
      const offset = segment.offset + (begin - firstBlock) * bytes;
      return { buffer: segment.buffer, offset, bytes: Math.min(endOf(segment) - offset, (end - begin) * bytes) };
    });
    return { node, ranges, count: Math.min(count, end * momentBlock) - begin * momentBlock };
  });
}

/** The segments of a tensor with the blocks that they begin at. Trained tensors are cut at whole blocks (`extendLayout`). */
function blockSegments(
  { segments }: PersistentTensor,
  elements: number,
): { readonly segment: PersistentSegment; readonly firstBlock: number }[] {
  let firstBlock = 0;
  return segments.map((segment) => {
    const placed = { segment, firstBlock };
    firstBlock += segment.bytes / 4 / elements;
    return placed;
  });
}

/** The ranges from the first part of a group to a further one, or undefined where one dispatch cannot have it. */
function joinedRanges({ parts, ranges }: Group, next: Part, largest: number): BufferRange[] | undefined {
  const joined = ranges.map((range, i) => {
    const added = next.ranges[i]!;
    const offset = Math.min(range.offset, added.offset);
    return { buffer: range.buffer, offset, bytes: Math.max(endOf(range), endOf(added)) - offset };
  });
  const fits = joined.every(({ buffer, bytes }, i) => buffer === next.ranges[i]!.buffer && bytes <= largest);
  return fits && parts.length < maxUpdates ? joined : undefined;
}

function emitGroup(lowering: Lowering, { parts, ranges }: Group): void {
  const bound = ranges.map((range): Storage => ({ kind: 'fixed', range: aligned(range) }));
  const [parameter, gradient, words1, largest1, words2, largest2] = bound as [
    Storage,
    Storage,
    Storage,
    Storage,
    Storage,
    Storage,
  ];
  const [hyper, norm] = parts[0]!.node.inputs.slice(6).map((input) => lowering.storage(input)) as [Storage, Storage];
  const most = parts.reduce((blocks, { count }) => Math.max(blocks, momentBlocks(count)), 0);
  const [x, y] = foldWorkgroups(most, lowering.profile);
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  lowering.emit<'adamw_8bit'>({
    spec: { kernel: 'adamw_8bit' },
    storages: { parameter, gradient, words1, largest1, words2, largest2, hyper, norm },
    uniforms: parts.map((part) => uniformsOf(part, ranges)),
    workgroups: [x, y, parts.length],
    flops: 100 * total,
    bytesMoved: 17 * total,
  });
}

/** The range from a place where a binding may begin. */
const aligned = ({ buffer, offset, bytes }: BufferRange): BufferRange => ({
  buffer,
  offset: alignDown(offset),
  bytes: bytes + offset - alignDown(offset),
});
const alignDown = (offset: number): number => offset - (offset % bindingAlignment);

function uniformsOf({ node, count, ranges }: Part, bound: readonly BufferRange[]): Uniforms<'adamw_8bit'> {
  const { weightDecay, ...constants } = node.attributes;
  const at = ranges.map(({ offset }, i) => (offset - alignDown(bound[i]!.offset)) / 4);
  return {
    ...constants,
    count,
    parameterOffset: at[0]!,
    gradientOffset: at[1]!,
    words1Offset: at[2]!,
    largest1Offset: at[3]!,
    words2Offset: at[4]!,
    largest2Offset: at[5]!,
    oneMinusBeta1: 1 - constants.beta1,
    oneMinusBeta2: 1 - constants.beta2,
    decoupledDecay: weightDecay,
  };
}
