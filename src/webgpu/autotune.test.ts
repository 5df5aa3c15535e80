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
const products = new Map([wide, flat].map((shape) => [productClass(shape), shape]));

/** Says that `fast` is the fastest tile and that no other two differ; counts what was asked. */
function timerFor(fast: readonly MatmulTile[]): TileTimer & { asked: number } {
  const timer = async (_: ProductShape, tile: MatmulTile) => {
    timer.asked++;
    return fast.includes(tile) ? 0.001 : 0.002;
  };
  timer.asked = 0;
  return timer;
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
    const tiles = await tuneTiles(options({ timer: timerFor([fastWide, fastFlat]) }));
    const profile = { ...desktop, tiles };
    expect(matmulTile(wide, profile)).toEqual(fastWide);
    expect(matmulTile(product(700, 900, 64), profile)).toEqual(fastWide);
    expect(matmulTile(flat, profile)).toEqual(fastFlat);
    expect(matmulTile(product(512, 1024, 2048, false), profile)).toEqual(matmulTile(wide, desktop));
  });

  it('are measured once for each adapter', async () => {
    const store = memoryStore(undefined);
    const tiles = await tuneTiles(options({ timer: timerFor([fastWide]), store }));
    const again = timerFor([]);
    expect(await tuneTiles(options({ timer: again, store }))).toEqual(tiles);
    expect(again.asked).toBe(0);
    await tuneTiles(options({ timer: again, store, adapter: 'another card' }));
    expect(again.asked).toBeGreaterThan(0);
    expect(Object.keys((store.content as StoredTiles).adapters)).toEqual(['a card', 'another card']);
  });

  it.each([
    ['nothing', undefined],
    ['no table', 'tiles'],
    ['another version', { version: 0, adapters: { 'a card': { [productClass(wide)]: fastFlat } } }],
    ['no tiles', { version: 2, adapters: { 'a card': { [productClass(wide)]: { kind: 'shared', blockM: 1e6 } } } }],
    ['tiles of another class', { version: 2, adapters: { 'a card': { [productClass(wide)]: fastFlat, x: 1 } } }],
    ['null', { version: 2, adapters: null }],
  ])('are measured again where the store holds %s', async (_, content) => {
    const store = memoryStore(content);
    const tiles = await tuneTiles(options({ timer: timerFor([fastWide, fastFlat]), store }));
    expect(tiles[productClass(wide)]).toEqual(fastWide);
    expect((store.content as StoredTiles).adapters['a card']).toEqual(tiles);
  });

  it('do without a store that cannot be read or written', async () => {
    const refuse = () => Promise.reject(new Error('no room'));
    const tiles = await tuneTiles(options({ timer: timerFor([fastWide]), store: { load: refuse, save: refuse } }));
    expect(tiles[productClass(wide)]).toEqual(fastWide);
  });

  it('leave a class with its default that no time was left for, or whose tiles the device refused', async () => {
    let time = 0;
    const timer: TileTimer = async (_, tile) => {
      time += 400;
      return tile === fastWide ? 0.001 : 0.002;
    };
    const late = await tuneTiles(options({ timer, now: () => time }));
    expect(late).toEqual({});
    expect(await tuneTiles(options({ timer: async () => undefined }))).toEqual({});
  });

  it('are fixed on software adapters', async () => {
    const timer = timerFor([fastWide]);
    expect(await tuneTiles(options({ timer, profile: { ...desktop, software: true } }))).toEqual({});
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
    expect(await timer(small, tile!)).toBeGreaterThan(0);
    expect(await timer(small, { ...tile!, threadsK: 1, blockM: 4096, threadM: 4 })).toBeUndefined();
    gpu.health.check();
  });
});
