import { dispatchSeconds } from './cost.ts';
import type { MatmulSpec } from './kernels/matmul.ts';
import type { PendingDispatch } from './lowering/context.ts';
import type { DeviceProfile } from './profile.ts';
import { storageBytes } from './storage.ts';
import { tileSize } from './tiles.ts';

/** Windows resets a GPU that does not answer for two seconds, and a desktop is drawn between dispatches only. */
const longestDispatchSeconds = 0.05;

type Block = Readonly<Record<string, number>>;

/**
 * The dispatches, with each product that would hold a GPU for longer than `longestDispatchSeconds` at the profile's rates cut
 * into bands of rows: dispatches that differ in their uniforms only, in order, so the bits are the same. Other kernels are
 * as they were: even attention is a tenth of the longest products at some thousand tokens.
 */
export function cutLongDispatches(dispatches: readonly PendingDispatch[], profile: DeviceProfile): PendingDispatch[] {
  // A processor is no one's display, and is not reset.
  if (profile.software) return [...dispatches];
  return dispatches.flatMap((dispatch) => {
    const pieces = Math.ceil(dispatchSeconds(dispatch, profile) / longestDispatchSeconds);
    const { spec } = dispatch;
    // Where the rows of an expert lie is data.
    if (pieces <= 1 || spec.kernel !== 'matmul' || spec.grouping === 'experts') return [dispatch];
    return bandsOf(dispatch, spec, pieces);
  });
}

function bandsOf(dispatch: PendingDispatch, spec: MatmulSpec, pieces: number): PendingDispatch[] {
  const [x, groups, z] = dispatch.workgroups;
  const groupsOfBand = Math.ceil(groups / pieces);
  const { rows } = tileSize(spec.tile);
  const blocks = dispatch.uniforms as readonly Block[];
  const workOf = (all: readonly Block[]): number => all.reduce((sum, { m, n, k, k2 }) => sum + m! * n! * (k! + k2!), 0);
  const whole = workOf(blocks);
  // The matrix of each product is read for every band.
  const read = new Set(dispatch.uses.filter(({ name }) => name === 'b' || name === 'b2').map(({ storage }) => storage));
  const again = Math.min(
    dispatch.bytesMoved,
    [...read].reduce((sum, storage) => sum + storageBytes(storage), 0),
  );
  return Array.from({ length: Math.ceil(groups / groupsOfBand) }, (_, band) => {
    const first = band * groupsOfBand;
    const count = Math.min(groupsOfBand, groups - first);
    const uniforms = blocks.map((block) => rowsOf(block, spec, first * rows, count * rows));
    const share = workOf(uniforms) / whole;
    return {
      ...dispatch,
      uniforms,
      workgroups: [x, count, z] as const,
      flops: share * dispatch.flops,
      bytesMoved: again + share * (dispatch.bytesMoved - again),
    };
  });
}

/** The product of `count` of the rows, from `first` on; of none where it has fewer. */
function rowsOf(block: Block, { transposeA, addend }: MatmulSpec, first: number, count: number): Block {
  const along = (stride: string): number => first * (transposeA ? 1 : block[stride]!);
  return {
    ...block,
    m: Math.max(0, Math.min(count, block.m! - first)),
    aOffset: block.aOffset! + along('lda'),
    a2Offset: block.a2Offset! + along('lda2'),
    cOffset: block.cOffset! + first * block.ldc!,
    addendOffset: block.addendOffset! + (addend === 'matrix' ? first * block.ldc! : 0),
  };
}
