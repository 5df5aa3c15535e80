import { AppError } from '../errors.ts';
import { momentBlock } from '../graph/dynamic-map.ts';
import { blockWords } from '../graph/quantisation.ts';
import {
  byteLength,
  type DType,
  elementCount,
  type GraphNode,
  isQuantised,
  type NodeOf,
  type ParameterKind,
} from '../graph/types.ts';
import type { DeviceProfile } from './profile.ts';
import { alignTo, bindingAlignment } from './storage.ts';
import type { PersistentLayout, PersistentSegment, PersistentTensor } from './types.ts';

export const emptyLayout: PersistentLayout = { tensors: new Map(), buffers: new Map() };

/** Buffers are filled up to this size where the device allows more, so that one failed allocation is a small one. */
const largestSlab = 2 ** 30;

type ParameterNode = NodeOf<'parameter'>;

/** `gradient/model.norm.weight` → `gradient/`; a name without a slash has no prefix. */
const prefixOf = (name: string): string => name.slice(0, name.indexOf('/') + 1);

/**
 * The layout with a place for every parameter of `nodes` it did not hold. Tensors of one kind and prefix share slabs in
 * the order of their names, so that trained tensors, their gradient sums and their moments stand in the same order in
 * their slabs and one dispatch can update many. A tensor too large for one binding is cut by rows.
 */
export function extendLayout(
  layout: PersistentLayout,
  nodes: readonly GraphNode[],
  profile: DeviceProfile,
): PersistentLayout {
  const fresh = nodes
    .filter((node): node is ParameterNode => node.op === 'parameter')
    .filter((node) => !layout.tensors.has(node.attributes.name));
  if (fresh.length === 0) return layout;
  const tensors = new Map(layout.tensors);
  const buffers = new Map(layout.buffers);
  const families = new Map<string, ParameterNode[]>();
  for (const node of fresh) {
    const key = `${node.attributes.kind}/${prefixOf(node.attributes.name)}`;
    const family = families.get(key);
    if (family === undefined) families.set(key, [node]);
    else family.push(node);
  }
  for (const family of families.values()) {
    const { name, kind } = family[0]!.attributes;
    const slabs = new SlabFiller(`persistent/${kind}/${prefixOf(name)}`, kind, buffers, profile);
    const ordered =
      kind === 'weight' ? family : family.toSorted((a, b) => (a.attributes.name < b.attributes.name ? -1 : 1));
    for (const node of ordered) tensors.set(node.attributes.name, placeTensor(node, slabs, profile));
    slabs.close();
  }
  return { tensors, buffers };
}

function placeTensor(node: ParameterNode, slabs: SlabFiller, profile: DeviceProfile): PersistentTensor {
  const type = node.outputs[0]!;
  const { name, kind } = node.attributes;
  const limit = Math.min(profile.maxStorageBufferBindingSize, profile.maxBufferSize, largestSlab);
  const rows = type.shape.length > 1 ? type.shape[0]! : 1;
  const row = type.shape.length > 1 ? type.shape.slice(1) : type.shape;
  const step = rowStep(kind, elementCount(row));
  const stepBytes = byteLength({ shape: [step, ...row], dtype: type.dtype });
  const rowsPerSegment = byteLength(type) <= limit ? rows : Math.floor(limit / stepBytes) * step;
  if (rowsPerSegment === 0)
    throw new AppError('gpu-limit', { what: `a binding for ${name}`, needed: byteLength(type), limit });
  const segments: PersistentSegment[] = [];
  for (let rowBegin = 0; rowBegin < rows; rowBegin += rowsPerSegment) {
    const rowEnd = Math.min(rows, rowBegin + rowsPerSegment);
    const bytes = byteLength({ shape: [rowEnd - rowBegin, ...row], dtype: type.dtype });
    segments.push({ rowBegin, rowEnd, ...slabs.place(bytes, alignmentOf(type.dtype)) });
  }
  return { name, type, kind, segments };
}

/**
 * A segment has a multiple of so many rows: an even number keeps packed 16-bit values on whole words, and what an
 * optimizer keeps in blocks is cut between blocks.
 */
function rowStep(kind: ParameterKind, width: number): number {
  const inBlocks = kind === 'trained' || kind === 'gradient';
  let step = 2;
  while (inBlocks && (step * width) % momentBlock !== 0) step *= 2;
  return step;
}

/** Where a tensor may begin. From one quantised tensor to the next there are whole blocks, so that one binding can reach both. */
const alignmentOf = (dtype: DType): number => (isQuantised(dtype) ? blockWords[dtype] : 1) * bindingAlignment;

/** Fills buffers one after the other, never one over the size the device allows. */
class SlabFiller {
  private name = '';
  private number = 0;
  private used = 0;

  constructor(
    private readonly prefix: string,
    private readonly kind: ParameterKind,
    private readonly buffers: Map<string, { readonly bytes: number; readonly kind: ParameterKind }>,
    private readonly profile: DeviceProfile,
  ) {}

  place(bytes: number, alignment: number): { buffer: string; offset: number; bytes: number } {
    const capacity = Math.min(this.profile.maxBufferSize, largestSlab);
    if (this.name === '' || alignTo(this.used, alignment) + bytes > capacity) this.open();
    const offset = alignTo(this.used, alignment);
    this.used = alignTo(offset + bytes, bindingAlignment);
    return { buffer: this.name, offset, bytes };
  }

  close(): void {
    if (this.name !== '') this.buffers.set(this.name, { bytes: this.used, kind: this.kind });
  }

  private open(): void {
    this.close();
    while (this.buffers.has(`${this.prefix}${this.number}`)) this.number++;
    this.name = `${this.prefix}${this.number}`;
    this.used = 0;
  }
}
