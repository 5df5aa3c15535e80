import type { MatmulTile } from '../plan/kernels/matmul.ts';
import type { DeviceProfile, TileTable } from '../plan/profile.ts';
import { isCandidate, narrowSide, type ProductShape, tileCandidates } from '../plan/tile-table.ts';

/** What was measured of a device, as far as plans use it. */
export interface MeasuredDevice {
  readonly tiles: TileTable;
  /** Of wide products with their best tiles the slowest class's; absent where none was measured. */
  readonly flopsPerSecond?: number | undefined;
}

/** Where measured tiles outlive the page: plain data, whatever keeps it. */
export interface TileStore {
  /** What was saved, or anything else where that is damaged or missing. */
  load(): Promise<unknown>;
  save(tiles: StoredTiles): Promise<void>;
}

export interface StoredTiles {
  readonly version: number;
  readonly adapters: Readonly<Record<string, MeasuredDevice>>;
}

/** Grows when kernels or classes change so much that old measurements mislead. */
const version = 3;

export interface TileTimer {
  /** Compiles what measuring needs; false where the device refuses the tile. */
  compile(product: ProductShape, tile: MatmulTile): Promise<boolean>;
  /** Seconds of one product with a compiled tile. It may stop early once that is surely more than `atMost`. */
  seconds(product: ProductShape, tile: MatmulTile, atMost: number): Promise<number>;
}

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

/** All measuring ends after this time, and each class gets an equal share of what is left when its turn comes. */
const budgetMilliseconds = 4000;
/** After this time no class's candidates begin to be compiled; one that has none is not measured. */
const compileMilliseconds = 10_000;

/**
 * The profile's tiles, with those of `products` added: from the store where it has them, else measured and stored. The
 * fastest candidate of a class wins; when its time is up, the fastest so far. A class whose default alone was measured is
 * left out, to be tried again. A store that cannot be read or written costs the measurement, never the run.
 */
export async function tuneTiles(options: TuneOptions): Promise<MeasuredDevice> {
  const { profile, products, store, adapter } = options;
  if (profile.software) return { tiles: profile.tiles };
  const stored = storedTiles(await store?.load().catch(() => undefined));
  const earlier = measuredOf(stored.adapters[adapter]);
  const kept = Object.entries(earlier.tiles).filter(([name, tile]) => isCandidate(name, tile, profile));
  const known: TileTable = { ...Object.fromEntries(kept), ...profile.tiles };
  const missing = [...products].filter(([name]) => known[name] === undefined);
  if (missing.length === 0) return { ...earlier, tiles: known };
  const found = await measure(missing, options);
  const rates = [earlier.flopsPerSecond, found.flopsPerSecond].filter((rate) => rate !== undefined);
  const measured: MeasuredDevice = {
    tiles: { ...known, ...found.tiles },
    ...(rates.length === 0 ? {} : { flopsPerSecond: Math.min(...rates) }),
  };
  await store?.save({ version, adapters: { ...stored.adapters, [adapter]: measured } }).catch(() => {});
  return measured;
}

function storedTiles(found: unknown): StoredTiles {
  const { version: written, adapters } = (found ?? {}) as Partial<StoredTiles>;
  return { version, adapters: written === version && typeof adapters === 'object' ? (adapters ?? {}) : {} };
}

/** What a store gives back is not trusted. */
function measuredOf(found: MeasuredDevice | undefined): MeasuredDevice {
  const tiles = typeof found?.tiles === 'object' && found.tiles !== null ? found.tiles : {};
  const rate = found?.flopsPerSecond;
  return { tiles, ...(typeof rate === 'number' && rate > 0 && Number.isFinite(rate) ? { flopsPerSecond: rate } : {}) };
}

/** A rate is taken from products that are large enough to keep a device busy. */
const isWide = ({ m, n, k }: ProductShape): boolean => Math.min(m, n, k) > narrowSide && m * n * k >= 2 ** 27;

async function measure(
  classes: readonly (readonly [string, ProductShape])[],
  { profile, timer, now = () => performance.now(), onProgress }: TuneOptions,
): Promise<MeasuredDevice> {
  onProgress?.(0, classes.length);
  const compileEnd = now() + compileMilliseconds;
  const compiled: (readonly [string, ProductShape, MatmulTile[]])[] = [];
  for (const [name, product] of classes) {
    const candidates = now() < compileEnd ? tileCandidates(product, profile) : [];
    const accepted = await Promise.all(candidates.map((tile) => timer.compile(product, tile)));
    compiled.push([name, product, candidates.filter((_, i) => accepted[i])]);
  }
  const end = now() + budgetMilliseconds;
  const tiles: Record<string, MatmulTile> = {};
  let flopsPerSecond: number | undefined;
  for (const [index, [name, product, candidates]] of compiled.entries()) {
    const share = now() + (end - now()) / (compiled.length - index);
    const best = await fastestTile(product, candidates, timer, () => now() < share);
    onProgress?.(index + 1, classes.length);
    if (best === undefined) continue;
    tiles[name] = best.tile;
    const rate = (2 * product.m * product.n * product.k) / best.seconds;
    if (isWide(product)) flopsPerSecond = Math.min(flopsPerSecond ?? rate, rate);
  }
  return { tiles, flopsPerSecond };
}

/** undefined where there was no time to compare any two. */
async function fastestTile(
  product: ProductShape,
  candidates: readonly MatmulTile[],
  timer: TileTimer,
  hasTime: () => boolean,
): Promise<{ readonly tile: MatmulTile; readonly seconds: number } | undefined> {
  let best: { readonly tile: MatmulTile; readonly seconds: number } | undefined;
  let compared = 0;
  for (const tile of candidates) {
    if (!hasTime()) break;
    const seconds = await timer.seconds(product, tile, best?.seconds ?? Number.POSITIVE_INFINITY);
    compared++;
    if (seconds < (best?.seconds ?? Number.POSITIVE_INFINITY)) best = { tile, seconds };
  }
  return compared > 1 || compared === candidates.length ? best : undefined;
}
