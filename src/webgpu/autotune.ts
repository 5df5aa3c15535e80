import type { MatmulTile } from '../plan/kernels/matmul.ts';
import type { DeviceProfile, TileTable } from '../plan/profile.ts';
import { isCandidate, type ProductShape, tileCandidates } from '../plan/tile-table.ts';

/** Where measured tiles outlive the page: plain data, whatever keeps it. */
export interface TileStore {
  /** What was saved, or anything else where that is damaged or missing. */
  load(): Promise<unknown>;
  save(tiles: StoredTiles): Promise<void>;
}

export interface StoredTiles {
  readonly version: number;
  readonly adapters: Readonly<Record<string, TileTable>>;
}

/** Grows when kernels change so much that old measurements mislead. */
const version = 2;

/** Seconds of one product with a tile; undefined where the device refuses it. */
export type TileTimer = (product: ProductShape, tile: MatmulTile) => Promise<number | undefined>;

export interface TuneOptions {
  /** Products whose tiles are wanted, by class. */
  readonly products: ReadonlyMap<string, ProductShape>;
  readonly profile: DeviceProfile;
  /** Names the adapter in the store. */
  readonly adapter: string;
  readonly timer: TileTimer;
  readonly store?: TileStore | undefined;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** All measuring ends after this time; classes that were not reached keep their default tile until the next run. */
const budgetMilliseconds = 4000;

/**
 * The profile's tiles, with those of `products` added: from the store where it has them, else measured and stored. The
 * fastest candidate of a class wins. A store that cannot be read or written costs the measurement, never the run.
 */
export async function tuneTiles(options: TuneOptions): Promise<TileTable> {
  const { profile, products, store, adapter } = options;
  if (profile.software) return profile.tiles;
  const stored = storedTiles(await store?.load().catch(() => undefined));
  const kept = Object.entries(stored.adapters[adapter] ?? {}).filter(([name, tile]) =>
    isCandidate(name, tile, profile),
  );
  const known: TileTable = { ...Object.fromEntries(kept), ...profile.tiles };
  const missing = [...products].filter(([name]) => known[name] === undefined);
  if (missing.length === 0) return known;
  const tiles = { ...known, ...(await measure(missing, options)) };
  await store?.save({ version, adapters: { ...stored.adapters, [adapter]: tiles } }).catch(() => {});
  return tiles;
}

function storedTiles(found: unknown): StoredTiles {
  const { version: written, adapters } = (found ?? {}) as Partial<StoredTiles>;
  return { version, adapters: written === version && typeof adapters === 'object' ? (adapters ?? {}) : {} };
}

async function measure(
  classes: readonly (readonly [string, ProductShape])[],
  { profile, timer, now = () => performance.now(), onProgress }: TuneOptions,
): Promise<TileTable> {
  const end = now() + budgetMilliseconds;
  const tiles: Record<string, MatmulTile> = {};
  for (const [index, [name, product]] of classes.entries()) {
    onProgress?.(index, classes.length);
    const fastest = await fastestTile(product, tileCandidates(product, profile), timer, () => now() < end);
    if (fastest !== undefined) tiles[name] = fastest;
  }
  onProgress?.(classes.length, classes.length);
  return tiles;
}

/** undefined where there was no time to compare them all: half a comparison would be stored as if it were a whole one. */
async function fastestTile(
  product: ProductShape,
  candidates: readonly MatmulTile[],
  timer: TileTimer,
  hasTime: () => boolean,
): Promise<MatmulTile | undefined> {
  let fastest: MatmulTile | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const tile of candidates) {
    if (!hasTime()) return undefined;
    const seconds = await timer(product, tile);
    if (seconds === undefined || seconds >= least) continue;
    least = seconds;
    fastest = tile;
  }
  return fastest;
}
