import type { DirectTile, MatmulTile, SubgroupTile } from './kernels/matmul.ts';
import type { DeviceProfile } from './profile.ts';
import { defaultTile, type ProductShape, productClass } from './tile-table.ts';

/**
 * The tile of a product: the measured one of its class, else a default. Software adapters pay for barriers, so they read
 * straight from storage; so does a product of very few rows, where staging would be idle. Figures: bench/matmul.ts.
 */
export function matmulTile(product: ProductShape, profile: DeviceProfile): MatmulTile {
  const { m, n } = product;
  if (m <= 4) return { kind: 'direct', rows: 1, columns: 4, threadsX: 64, threadsY: 1 };
  const half = profile.halfProducts && profile.features.f16;
  if (profile.software && !half) return softwareTile(m, n, profile);
  const tile = profile.tiles[productClass(product)] ?? defaultTile(product, profile);
  return half && tile.kind === 'shared' ? { ...tile, half: true } : tile;
}

/** Products of LoRA are as narrow as its rank: the threads of a workgroup then stand along the long side only. */
function softwareTile(m: number, n: number, { features, subgroupSize }: DeviceProfile): DirectTile | SubgroupTile {
  if (n <= 8) return { kind: 'direct', rows: 8, columns: 8, threadsX: 1, threadsY: 16 };
  if (m <= 8) return { kind: 'direct', rows: 8, columns: 4, threadsX: 16, threadsY: 1 };
  if (features.subgroups && subgroupSize >= 4 && subgroupSize <= 64)
    // A load costs as much as thirty multiplications there (bench/matmul.ts): large tiles, of which each value serves many.
    return { kind: 'subgroup', rows: m <= 16 ? 16 : 32, columns: subgroupSize === 4 ? 8 : 4, lanes: subgroupSize };
  return { kind: 'direct', rows: 8, columns: 8, threadsX: 4, threadsY: 4 };
}

/** For products of which some are narrow and some flat: the gradients of B and A of a low-rank update in one dispatch. */
export const narrowPairTile: MatmulTile = {
  kind: 'shared',
  blockM: 32,
  blockN: 32,
  blockK: 32,
  threadM: 4,
  threadN: 4,
  threadsK: 4,
};

/** Rows and columns of the output that one workgroup computes. */
export function tileSize(tile: MatmulTile): { rows: number; columns: number } {
  switch (tile.kind) {
    case 'direct':
      return { rows: tile.rows * tile.threadsY, columns: tile.columns * tile.threadsX };
    case 'shared':
      return { rows: tile.blockM, columns: tile.blockN };
    case 'subgroup':
      return { rows: tile.rows, columns: tile.columns * tile.lanes };
  }
}
