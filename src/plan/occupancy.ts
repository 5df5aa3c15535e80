import { attentionTile, attentionWorkgroup } from './kernels/attention.ts';
import { type MatmulSpec, type MatmulTile, sharedThreads } from './kernels/matmul.ts';
import { rowThreads } from './kernels/rows.ts';
import { type KernelName, type KernelSpec, uniformBlockBytes, uniformFields } from './kernels.ts';
import { narrowSide } from './tile-table.ts';
import { tileSize } from './tiles.ts';
import type { Dispatch, Plan } from './types.ts';

/** How much of a device one dispatch can keep busy, whatever the device. */
export interface Occupancy {
  /** Workgroups that find something to do, and the threads of each. */
  readonly workgroups: number;
  readonly workgroupThreads: number;
  /**
   * Steps, one after the other, of the workgroup that takes the longest: pieces brought into workgroup memory, values of
   * k that a thread reads from storage, or values that a thread goes through.
   */
  readonly chain: number;
  /** That workgroup's work over the mean: above 1 where a causal mask leaves others less. */
  readonly longest: number;
  /** What a thread computes for each byte that it reads from workgroup memory; absent where it stages nothing. */
  readonly flopsPerByte?: number;
}

type Family = 'product' | 'narrow product' | 'attention' | 'other';

/** What a dispatch is, for people: the kernel, and the sizes of a product. Equal kinds do the same work. */
export interface DispatchUse extends Occupancy {
  readonly kind: string;
  readonly family: Family;
  readonly flops: number;
  readonly bytesMoved: number;
}

type Block = Readonly<Record<string, number>>;

export const threadsOf = ({ workgroups, workgroupThreads }: Occupancy): number => workgroups * workgroupThreads;

/** Each dispatch of a plan, in order. */
export function usesOfPlan({ dispatches, uniforms }: Plan): DispatchUse[] {
  const floats = new Float32Array(uniforms.buffer, uniforms.byteOffset, uniforms.length);
  return dispatches.map((dispatch) => {
    const blocks = blocksOf(dispatch, uniforms, floats);
    const { flops, bytesMoved } = dispatch;
    const { spec } = dispatch;
    const said = { kind: kindOf(spec, blocks), family: familyOf(spec, blocks), flops, bytesMoved };
    return { ...said, ...occupancyOf(dispatch, blocks) };
  });
}

/** The uniform blocks of a dispatch by the names of their fields. */
function blocksOf({ spec, uniformOffset, uniformBytes }: Dispatch, words: Uint32Array, floats: Float32Array): Block[] {
  const stride = uniformBlockBytes(spec.kernel);
  return Array.from({ length: uniformBytes / stride }, (_, segment) => {
    const first = (uniformOffset + segment * stride) / 4;
    const entries = uniformFields(spec.kernel).map(([name, type], i) => {
      const source = type === 'f32' ? floats : words;
      return [name, source[first + i]!] as const;
    });
    return Object.fromEntries(entries);
  });
}

function kindOf(spec: KernelSpec, blocks: readonly Block[]): string {
  if (spec.kernel === 'elementwise') return `${spec.operation} ${spec.activation}`.trimEnd();
  if (spec.kernel !== 'matmul') return spec.kernel;
  const sizes = blocks
    .filter(({ m }) => m! > 0)
    .map(({ m, k, kStep, kEnd, k2, n }) => `${m}×${(kStep === 0 ? k! : kEnd!) + k2!}×${n}`);
  const layout = `${spec.transposeA ? 'T' : 'N'}${spec.transposeB ? 'T' : 'N'}`;
  const gated = spec.gated ? `, ${spec.gated.activation} ${spec.gated.of}` : '';
  return `matmul ${layout} ${spec.bType} ${sizes.join(' + ')}${gated}`;
}

function familyOf(spec: KernelSpec, blocks: readonly Block[]): Family {
  if (isAttention(spec)) return 'attention';
  if (spec.kernel !== 'matmul') return 'other';
  return blocks.every(({ m, n }) => Math.min(m!, n!) <= narrowSide) ? 'narrow product' : 'product';
}

function occupancyOf(dispatch: Dispatch, blocks: readonly Block[]): Occupancy {
  const { spec } = dispatch;
  if (spec.kernel === 'matmul') return occupancyOfProduct(spec, blocks, dispatch.workgroups);
  if (isAttention(spec)) return occupancyOfAttention(spec, blocks[0]!, dispatch);
  const [x, y, z] = dispatch.workgroups;
  const workgroups = x * y * z;
  const workgroupThreads = 'perThread' in spec && !spec.perThread ? rowThreads : 64;
  const most = Math.max(0, ...dispatch.bindings.map(({ bytes }) => bytes / 4));
  return { workgroups, workgroupThreads, chain: Math.ceil(most / (workgroups * workgroupThreads)), longest: 1 };
}

/** Threads of a workgroup. */
function tileThreads(tile: MatmulTile): number {
  switch (tile.kind) {
    case 'direct':
      return tile.threadsX * tile.threadsY;
    case 'shared':
      return sharedThreads(tile).reduce((product, count) => product * count, 1);
    case 'subgroup':
      return tile.lanes;
  }
}

const pieceOf = (tile: MatmulTile): number => (tile.kind === 'shared' ? tile.blockK : 1);

/** Each of `rows` × `columns` multiply-adds reads a value of one side, which those of its row or column share. */
const intensity = (rows: number, columns: number): number => (2 * rows * columns) / (4 * (rows + columns));

function occupancyOfProduct(
  { tile, grouping }: MatmulSpec,
  blocks: readonly Block[],
  [x, y, slices]: Dispatch['workgroups'],
): Occupancy {
  const { rows, columns } = tileSize(tile);
  const piece = pieceOf(tile);
  const parts = blocks.filter(({ m }) => m! > 0);
  const groupsOf = ({ m, n }: Block): number => Math.ceil(m! / rows) * Math.ceil(n! / columns);
  const stepsOf = ({ k, kEnd, k2 }: Block): number =>
    Math.ceil(Math.min(k!, grouping === 'none' ? kEnd! : k!) / piece) + Math.ceil(k2! / piece);
  const total = (of: (block: Block) => number): number => parts.reduce((sum, block) => sum + of(block), 0);
  const form = {
    workgroupThreads: tileThreads(tile),
    ...(tile.kind === 'shared' ? { flopsPerByte: intensity(tile.threadM, tile.threadN) } : {}),
  };
  // At most: how the rows lie with the experts is data.
  if (grouping === 'experts') return { ...form, workgroups: x * y * slices, chain: stepsOf(parts[0]!), longest: 1 };
  if (grouping === 'terms') return { ...form, workgroups: groupsOf(parts[0]!), chain: total(stepsOf), longest: 1 };
  const copies = grouping === 'none' ? slices : 1;
  const workgroups = copies * total(groupsOf);
  const chain = Math.max(...parts.map(stepsOf));
  const steps = copies * total((block) => groupsOf(block) * stepsOf(block));
  return { ...form, workgroups, chain, longest: (chain * workgroups) / steps };
}

type AttentionSpec = Extract<KernelSpec, { readonly headDim: number; readonly direct: boolean }>;

const isAttention = (spec: KernelSpec): spec is AttentionSpec => 'headDim' in spec && 'direct' in spec;

/** Products of the size queries × keys × head that a kernel computes; each brings a tile's rows in by pieces of the head. */
const productsOfAttention: Partial<Record<KernelName, number>> = {
  attention: 2,
  attention_backward_query: 3,
  attention_backward_key: 4,
};

function occupancyOfAttention(
  spec: AttentionSpec,
  block: Block,
  { workgroups: [x, y, z], flops }: Dispatch,
): Occupancy {
  const { queries, keys, heads, kvHeads } = block as Record<'queries' | 'keys' | 'heads' | 'kvHeads', number>;
  const products = productsOfAttention[spec.kernel]!;
  const isOfKeys = spec.kernel === 'attention_backward_key';
  const [others, walks] = isOfKeys ? [queries, spec.direct ? heads / kvHeads : 1] : [keys, 1];
  const tiles = Math.ceil(others / attentionTile.others) * products * Math.ceil(spec.headDim / attentionTile.headPiece);
  const whole = products * 2 * queries * keys * heads * spec.headDim * z;
  return {
    workgroups: x * y * z,
    workgroupThreads: attentionWorkgroup(spec).threads,
    chain: walks * (spec.direct ? others : tiles),
    longest: Math.max(1, whole / flops),
    ...(spec.direct ? {} : { flopsPerByte: intensity(attentionTile.rowsPerThread, attentionTile.othersPerThread) }),
  };
}
