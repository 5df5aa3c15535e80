import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import type { MatmulTile } from '../plan/kernels/matmul.ts';
import { desktop } from '../plan/profile.ts';
import { type ProductShape, productClass, tileCandidates } from '../plan/tile-table.ts';
import { matmulTile } from '../plan/tiles.ts';
import { type StoredTiles, type TileStore, type TileTimer, type TuneOptions, tuneTiles } from './autotune.ts';
import { requestDevice } from './device.ts';
import { deviceTileTimer } from './tile-timer.ts';

const product = (m: number, k: number, n: number, transposeB = true): ProductShape => ({
  ...{ m, k, n, transposeA: false, transposeB, bType: 'f32' },
});
const wide = product(512, 1024, 2048);
const flat = product(8, 1024, 2048);
const headChunk = product(128, 1024, 50_000);
const products = new Map([wide, flat].map((shape) => [productClass(shape), shape]));

/** Says that `fast` is the fastest tile and that no other two differ; counts what was asked. */
function timerFor(fast: readonly MatmulTile[]) {
  const timer = {
    asked: 0,
    compile: async () => true,
    async seconds(_: ProductShape, tile: MatmulTile) {
      timer.asked++;
      return fast.includes(tile) ? 0.001 : 0.002;
    },
  };
  return timer satisfies TileTimer;
}

function memoryStore(content: unknown): TileStore & { content: unknown } {
  const store = {
    content,
    load: async () => structuredClone(store.content),
    save: async (tiles: StoredTiles) => {
      store.content = structuredClone(tiles);
    },
  };
  return store;
}

const options = (more: Pick<TuneOptions, 'timer'> & Partial<TuneOptions>): TuneOptions => ({
  ...{ products, profile: desktop, adapter: 'a card', now: () => 0 },
  ...more,
});

const [fastWide, fastFlat] = [tileCandidates(wide, desktop)[5]!, tileCandidates(flat, desktop)[2]!];

describe('measured tiles', () => {
  it('are the fastest of each class of product, and plans take them', async () => {
    const { tiles } = await tuneTiles(options({ timer: timerFor([fastWide, fastFlat]) }));
    const profile = { ...desktop, tiles };
    expect(matmulTile(wide, profile)).toEqual(fastWide);
    expect(matmulTile(product(700, 900, 64), profile)).toEqual(fastWide);
    expect(matmulTile(flat, profile)).toEqual(fastFlat);
    expect(matmulTile(product(512, 1024, 2048, false), profile)).toEqual(matmulTile(wide, desktop));
  });

  it('are measured once for each adapter', async () => {
    const store = memoryStore(undefined);
    const measured = await tuneTiles(options({ timer: timerFor([fastWide]), store }));
    const again = timerFor([]);
    expect(await tuneTiles(options({ timer: again, store }))).toEqual(measured);
    expect(again.asked).toBe(0);
    await tuneTiles(options({ timer: again, store, adapter: 'another card' }));
    expect(again.asked).toBeGreaterThan(0);
    expect(Object.keys((store.content as StoredTiles).adapters)).toEqual(['a card', 'another card']);
  });

  it.each([
    ['nothing', undefined],
    ['no table', 'tiles'],
    ['another version', { version: 0, adapters: { 'a card': { tiles: { [productClass(wide)]: fastFlat } } } }],
    [
      'no tiles',
      { version: 3, adapters: { 'a card': { tiles: { [productClass(wide)]: { kind: 'shared', blockM: 1e6 } } } } },
    ],
    [
      'tiles of another class',
      { version: 3, adapters: { 'a card': { tiles: { [productClass(wide)]: fastFlat, x: 1 }, flopsPerSecond: '?' } } },
    ],
    ['null', { version: 3, adapters: null }],
    ['null for the adapter', { version: 3, adapters: { 'a card': null } }],
  ])('are measured again where the store holds %s', async (_, content) => {
    const store = memoryStore(content);
    const measured = await tuneTiles(options({ timer: timerFor([fastWide, fastFlat]), store }));
    expect(measured.tiles[productClass(wide)]).toEqual(fastWide);
    expect((store.content as StoredTiles).adapters['a card']).toEqual(measured);
  });

  it('do without a store that cannot be read or written', async () => {
    const refuse = () => Promise.reject(new Error('no room'));
    const { tiles } = await tuneTiles(options({ timer: timerFor([fastWide]), store: { load: refuse, save: refuse } }));
    expect(tiles[productClass(wide)]).toEqual(fastWide);
  });

  it('of a small model decide nothing for a large one, and those of a chunk of the head nothing for its layers', () => {
    const layerOf = (rows: number, width: number) => productClass(product(rows, width, 4 * width));
    expect(layerOf(512, 128)).not.toBe(layerOf(512, 896));
    expect(productClass(headChunk)).not.toBe(productClass(wide));
    // q, k and v, and what flows back through them, are one dispatch.
    expect(productClass(product(1024, 896, 896))).toBe(productClass(product(1024, 896, 128)));
    expect(productClass(product(1024, 896, 896, false))).toBe(productClass(product(1024, 128, 896, false)));
  });

  it('are the best so far where time ends, each class with its share of it', async () => {
    let time = 0;
    const asked = new Set<string>();
    const timer: TileTimer = {
      compile: async () => true,
      async seconds(shape, tile) {
        time += 400;
        asked.add(productClass(shape));
        return tile === tileCandidates(wide, desktop)[1] ? 0.001 : 0.002;
      },
    };
    const { tiles } = await tuneTiles(options({ timer, now: () => time }));
    expect(asked).toEqual(new Set(products.keys()));
    expect(tiles[productClass(wide)]).toEqual(tileCandidates(wide, desktop)[1]);
  });

  it('are not sought where no two can be compared or the device refused all', async () => {
    let time = 0;
    const slow: TileTimer = {
      compile: async () => true,
      async seconds() {
        time += 3000;
        return 0.001;
      },
    };
    expect(await tuneTiles(options({ timer: slow, now: () => time }))).toEqual({ tiles: {} });
    const refusing: TileTimer = {
      compile: async () => false,
      seconds: () => Promise.reject(new Error('not compiled')),
    };
    expect(await tuneTiles(options({ timer: refusing }))).toEqual({ tiles: {} });
  });

  it('take no time to compile from that to measure, and compiling ends', async () => {
    let time = 0;
    const compiled: MatmulTile[] = [];
    const timer: TileTimer = {
      async compile(_, tile) {
        time += 900;
        compiled.push(tile);
        return true;
      },
      seconds: async (_, tile) => (tile === fastWide ? 0.001 : 0.002),
    };
    const { tiles } = await tuneTiles(options({ timer, now: () => time }));
    expect(compiled).toHaveLength(12);
    expect(tiles[productClass(wide)]).toEqual(fastWide);
  });

  it('say what the device computes a second in the slowest class of wide products', async () => {
    const { flopsPerSecond } = await tuneTiles(options({ timer: timerFor([fastWide]) }));
    expect(flopsPerSecond).toBeCloseTo((2 * 512 * 1024 * 2048) / 0.001, -3);
  });

  it('are fixed on software adapters', async () => {
    const timer = timerFor([fastWide]);
    expect(await tuneTiles(options({ timer, profile: { ...desktop, software: true } }))).toEqual({ tiles: {} });
    expect(timer.asked).toBe(0);
  });
});

describe('the timer of a device', async () => {
  const gpu = await requestDevice(await createNodeGpu({ backend: 'software' }));
  afterAll(() => gpu.health.destroy());

  it('measures a tile, and says so where the device refuses one', async () => {
    const timer = deviceTileTimer(gpu);
    const small = product(17, 30, 64);
    const [tile] = tileCandidates(small, gpu.profile);
    expect(await timer.compile(small, tile!)).toBe(true);
    expect(await timer.seconds(small, tile!, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
    expect(await timer.compile(small, { ...tile!, threadsK: 1, blockM: 4096, threadM: 4 })).toBe(false);
    gpu.health.check();
  });
});
