import { describe, expect, it } from 'vitest';
import { secondsOf } from '../../plan/rates.ts';
import { Calibrations, deviceKey } from './calibrations.ts';
import type { RunTimes } from './run-times.ts';

const speed = { software: true, flopsPerSecond: 5e9, bytesPerSecond: 5e9 };
const work = { runs: 1, dispatches: 90, flops: 1e9, bytes: 7e7 };

const times = (seconds: number, more: Partial<RunTimes> = {}): RunTimes => ({
  run: 1,
  programs: [{ work, seconds }],
  firsts: [],
  planned: 500,
  compiling: 0,
  compilingAhead: 0,
  kernels: 0,
  preparing: 0.2,
  loadedBytes: 2e6,
  savedBytes: 1e5,
  saving: null,
  ...more,
});

function memory(kept?: unknown) {
  const store = {
    kept,
    load: async () => store.kept,
    async save(value: unknown) {
      store.kept = value;
    },
  };
  return store;
}

const stepOf = async (calibrations: Calibrations, device = 'a') => {
  const calibration = await calibrations.of(device);
  return calibration && secondsOf(work, calibration.work);
};

describe('what runs took', () => {
  it('is there at the next visit, for its device alone', async () => {
    const store = memory();
    await new Calibrations(store).learn('a', times(2), speed);
    const next = new Calibrations(memory(JSON.parse(JSON.stringify(store.kept))));
    expect(await stepOf(next)).toBeCloseTo(2, 1);
    expect(await stepOf(next, 'b')).toBeUndefined();
  });

  it('is one object until a run teaches more, so that plans are known again', async () => {
    const calibrations = new Calibrations(memory());
    await calibrations.learn('a', times(2), speed);
    const first = await calibrations.of('a');
    expect(await calibrations.of('a')).toBe(first);
    await calibrations.learn('a', times(3), speed);
    expect(await calibrations.of('a')).not.toBe(first);
  });

  it('follows the newest of runs with the same programs, and one run counts once however often it tells', async () => {
    const calibrations = new Calibrations(memory());
    const other = { ...work, flops: 2e9 };
    await calibrations.learn('a', times(2), speed);
    await calibrations.learn('a', times(4, { run: 2 }), speed);
    expect(await stepOf(calibrations)).toBeCloseTo(4, 1);
    await calibrations.learn('a', times(4, { run: 2, programs: [{ work: other, seconds: 8 }] }), speed);
    expect(Object.keys((await calibrations.of('a'))!.work)).toEqual(['runs', 'dispatches', 'flops', 'bytes']);
    expect(await stepOf(calibrations)).toBeLessThan(8);
  });

  it.each([
    ['nothing', undefined],
    ['no object', 'x'],
    ['another version', { version: 0, devices: { a: { assumed: speed, runs: [times(2)] } } }],
    ['a time that is none', { version: 1, devices: { a: { assumed: speed, runs: [times(-1)] } } }],
    [
      'no work',
      { version: 1, devices: { a: { assumed: speed, runs: [{ ...times(2), programs: [{ seconds: 1 }] }] } } },
    ],
    ['no speed', { version: 1, devices: { a: { runs: [times(2)] } } }],
  ])('is not taken from a store that holds %s', async (_, kept) => {
    expect(await new Calibrations(memory(kept)).of('a')).toBeUndefined();
  });

  it('costs nothing but the memory where the store refuses', async () => {
    const refuse = async (): Promise<never> => Promise.reject(new Error('no'));
    const calibrations = new Calibrations({ load: refuse, save: refuse });
    await calibrations.learn('a', times(2), speed);
    expect(await stepOf(calibrations)).toBeCloseTo(2, 1);
  });

  it('says which device of an executor ran last', async () => {
    const calibrations = new Calibrations(memory());
    const [one, two] = [deviceKey('webgpu', 'one'), deviceKey('webgpu', 'two')];
    for (const device of [one, two, one]) await calibrations.learn(device, times(1, { run: Math.random() }), speed);
    expect(await calibrations.newest('webgpu')).toBe(one);
    expect(await calibrations.newest('tfjs-wasm')).toBeUndefined();
  });

  it('counts compiling where the driver did it: told to, or as a program first ran', async () => {
    const eager = new Calibrations(memory());
    await eager.learn('a', times(1, { kernels: 10, compiling: 5 }), speed);
    const lazy = new Calibrations(memory());
    await lazy.learn('a', times(1, { kernels: 10, firsts: [{ work, seconds: 6 }] }), speed);
    for (const calibrations of [eager, lazy]) expect((await calibrations.of('a'))!.fixed.kernels).toBeCloseTo(0.5, 1);
  });
});
