import { isQuantised, type WeightDType } from '../graph/types.ts';
import { type MatmulSpec, type MatmulTile, matmulKernels, type SharedTile, sharedThreads } from './kernels/matmul.ts';
import type { DeviceProfile } from './profile.ts';
import type { Dispatch, Plan } from './types.ts';

/** A matrix product as far as the best tile depends on it. */
export interface ProductShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bType: WeightDType;
}

/** Up to here a side is narrow, as the rank of a low-rank update is. */
export const narrowSide = 32;

/** Fewer rows leave most workgroups of a large tile without work: chunks of the head, short batches. */
const fewRows = 256;
/** Up to here a layer is that of a model for trying out, whose products measure launches. */
const smallWidth = 512;

/**
 * Products of one class share a tile. Classes tell apart what the best tile depends on and keep together what goes into one
 * dispatch: q, k and v differ in width, but share the rows of their batch and the width that they read, and so do gate and
 * up, and the gradients of all of these. The class of very few rows is not measured: its tile is fixed.
 */
export function productClass({ m, n, k, transposeA, transposeB, bType }: ProductShape): string {
  const layout = `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}`;
  const side = (size: number): string => (size <= narrowSide ? 'narrow' : 'wide');
  const weight = isQuantised(bType) || bType === 'f32' ? bType : '16-bit';
  const rows = (transposeA ? k : m) <= fewRows ? 'few' : 'many';
  const width = (transposeB && !transposeA ? k : n) <= smallWidth ? 'small' : 'large';
  return `${layout} ${weight} ${rows} ${width} ${side(m)}×${side(k)}×${side(n)}`;
}

const shared = (blockM: number, blockN: number, blockK: number, threadM: number, threadN: number): SharedTile => ({
  kind: 'shared',
  blockM,
  blockN,
  blockK,
  threadM,
  threadN,
});

/**
 * The first is the default where nothing more is known, by a model and not by a measurement (src/testing/roofline.ts): a
 * thread of 8 × 4 outputs computes a third more for each byte of workgroup memory than one of 4 × 4, which the model takes for
 * what bounds these kernels. Where a device is measured, its own figures choose.
 */
const wideTiles: readonly SharedTile[] = [
  shared(64, 64, 16, 8, 4),
  shared(64, 64, 16, 4, 4),
  shared(64, 64, 8, 4, 4),
  shared(64, 64, 32, 4, 4),
  shared(64, 64, 16, 8, 8),
  shared(32, 32, 16, 4, 4),
  shared(32, 64, 16, 4, 4),
  shared(64, 32, 16, 4, 4),
  shared(128, 64, 16, 8, 4),
  shared(64, 128, 16, 4, 8),
  shared(128, 64, 8, 8, 8),
  shared(128, 128, 8, 8, 8),
];

const flatTiles: readonly SharedTile[] = [
  { ...shared(16, 64, 32, 4, 4), threadsK: 4 },
  shared(16, 64, 16, 2, 4),
  shared(16, 64, 32, 2, 4),
  shared(16, 128, 16, 2, 4),
  shared(16, 32, 32, 2, 4),
  shared(32, 64, 16, 4, 4),
  shared(32, 64, 32, 2, 4),
];

const narrowTiles: readonly SharedTile[] = [
  { ...shared(32, 16, 64, 4, 4), threadsK: 8 },
  { ...shared(16, 16, 64, 4, 4), threadsK: 16 },
  shared(64, 16, 16, 4, 2),
  shared(64, 16, 32, 4, 2),
  shared(128, 16, 16, 4, 2),
  shared(32, 16, 32, 4, 2),
  shared(64, 32, 16, 4, 4),
  shared(64, 32, 32, 4, 2),
];

/** The tiles worth measuring for a product, the default one first, that keep within the device's limits. */
export function tileCandidates({ m, n }: Pick<ProductShape, 'm' | 'n'>, profile: DeviceProfile): SharedTile[] {
  const tiles = m <= narrowSide ? flatTiles : n <= narrowSide ? narrowTiles : wideTiles;
  return tiles.filter(
    (tile) =>
      workgroupBytes(tile) <= profile.maxComputeWorkgroupStorageSize &&
      sharedThreads(tile).reduce((product, count) => product * count) <= profile.maxComputeInvocationsPerWorkgroup,
  );
}

/** Fewer rows are too few workgroups of 64 threads. */
const fewestRowsOfEights = 128;

/**
 * The tile of a product whose class was not measured. A thread of 8 × 8 outputs computes half as much again for each byte of
 * workgroup memory as one of 8 × 4, and takes 64 registers for its sums and 36 to 64 for factors: it is the default of large
 * products where the device has `manyRegisters`. All products of a class and of one dispatch get the same.
 */
export function defaultTile(product: ProductShape, profile: DeviceProfile): SharedTile {
  const candidates = tileCandidates(product, profile);
  const { m, n, k, transposeA, transposeB } = product;
  const width = transposeB && !transposeA ? k : n;
  const isLarge = (transposeA ? k : m) >= fewestRowsOfEights && width > smallWidth;
  const eights = candidates.find(({ threadM, threadN }) => threadM === 8 && threadN === 8);
  return (profile.manyRegisters && isLarge && eights) || candidates[0]!;
}

/** Workgroup memory that a staged tile takes at most: rows along k are padded by one vector, columns filled up to four. */
export function workgroupBytes({ blockM, blockN, blockK, threadN, threadsK = 1 }: SharedTile): number {
  const sums = threadsK === 1 ? 0 : blockM * blockN * ((Math.ceil(threadN / 4) * 4) / threadN);
  return ((blockM + blockN) * (blockK + 4) + sums) * 4;
}

/** The largest product of each class that a plan carries out and whose tile can be chosen. */
export function measurableProducts(plan: Plan): Map<string, ProductShape> {
  const largest = new Map<string, ProductShape>();
  const size = ({ m, n, k }: ProductShape): number => m * n * k;
  for (const dispatch of plan.dispatches)
    for (const product of productsOf(dispatch, plan.uniforms)) {
      if (product.m <= 4 || size(product) === 0) continue;
      const known = largest.get(productClass(product));
      if (known === undefined || size(product) > size(known)) largest.set(productClass(product), product);
    }
  return largest;
}

/** Of rows that experts share out each product is of its mean share, as the lowering chooses its tile. */
function productsOf({ spec, uniformOffset, uniformBytes, flops }: Dispatch, uniforms: Uint32Array): ProductShape[] {
  if (spec.kernel !== 'matmul') return [];
  const { transposeA, transposeB, bType } = spec;
  const fields = Object.keys(matmulKernels.matmul.uniforms);
  const blockWords = Math.ceil(fields.length / 4) * 4;
  const blocks = uniforms.subarray(uniformOffset / 4, (uniformOffset + uniformBytes) / 4);
  return Array.from({ length: blocks.length / blockWords }, (_, segment) => {
    const field = (name: keyof typeof matmulKernels.matmul.uniforms) =>
      blocks[segment * blockWords + fields.indexOf(name)]!;
    const [n, k] = [field('n'), field('k')];
    const experts = field('expertEnd') - field('expertBegin');
    const byRows = spec.grouping === 'experts' && !transposeA;
    return { m: byRows ? Math.ceil(flops / (2 * n * k * experts)) : field('m'), n, k, transposeA, transposeB, bType };
  });
}

/** Whether a tile is one that the class may have on this device: what a store gives back is not trusted. */
export function isCandidate(name: string, tile: unknown, profile: DeviceProfile): tile is MatmulTile {
  const sides = /(narrow|wide)×(?:narrow|wide)×(narrow|wide)$/.exec(name);
  if (sides === null) return false;
  const size = (side: string | undefined): number => (side === 'narrow' ? narrowSide : narrowSide + 1);
  const wanted = JSON.stringify(tile);
  return tileCandidates({ m: size(sides[1]), n: size(sides[2]) }, profile).some(
    (candidate) => JSON.stringify(candidate) === wanted,
  );
}

/** The spec of a plain product, for measuring. */
export function plainProduct(product: ProductShape, tile: MatmulTile): MatmulSpec {
  const { transposeA, transposeB, bType } = product;
  const form = { transposeA, transposeB, bType, second: 'none', addend: 'none', grouping: 'none', vec4: true } as const;
  return { kernel: 'matmul', ...form, tile };
}
