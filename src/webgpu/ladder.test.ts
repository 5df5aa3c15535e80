import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { readTable } from '../data/read-table.ts';
import type { DirectTile, SharedTile } from '../plan/kernels/matmul.ts';
import { type DeviceProfile, portable } from '../plan/profile.ts';
import { matmulTile } from '../plan/tiles.ts';
import { folderFiles, recorder, withChanges } from '../testing/golden-run.ts';
import { runsAll } from '../testing/kernel-cases.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { createTraining } from '../training/run/trainer.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

/** The example of the page, 20 steps, with the kernels of each level of device on the adapter that is here. */
const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

const example = new URL('../../public/example/', import.meta.url);
const files = folderFiles(new URL('model/', example));
const open = await openModel(files);
const tokenizer = await openTokenizer(files);
const training = await readTable(readFileSync(new URL('data.csv', example), 'utf8'), { fileName: 'data.csv' });
const config = withChanges(parseRunConfig(JSON.parse(readFileSync(new URL('run.json', example), 'utf8'))), {
  training: { max_steps: 20, evaluation_epochs: 0 },
  prediction: { metric: 'Perplexity' },
});

/** Barriers are slow on a software adapter: of 20 steps so many are compared, unless everything runs. */
const comparedSteps = runsAll ? 20 : 8;
/** Long enough for every bit of the first updates to show in later losses. */
const repeatedSteps = runsAll ? 6 : 3;

async function lossesWith(profile: DeviceProfile, stopAfter?: number): Promise<number[]> {
  // What a run's mixed_precision asks for, said as a level.
  const mixed_precision = profile.halfProducts ? 'f16' : 'auto';
  const asked = withChanges(config, { environment: { mixed_precision } });
  const executor = createWebGpuExecutor({ ...gpuDevice, profile });
  const { onEvent, steps } = recorder();
  const run = createTraining({ open, tokenizer, config: asked, tables: { training }, executor, stopAfter, onEvent });
  await run.start();
  run.dispose();
  return steps.map(({ loss }) => loss);
}

const { profile } = gpuDevice;
const noFeatures = { features: portable.features, subgroupSize: 0 };
const wide = { m: 384, n: 128, k: 128, transposeA: false, transposeB: true, bType: 'f32' } as const;

/** Name, profile, tile of a product that is not narrow, and how far losses may be off, of the first loss. */
const levels: readonly (readonly [string, DeviceProfile, Partial<SharedTile | DirectTile>, number])[] = [
  // f32 sums in another order: differences of 1e-7 that 20 steps let grow.
  ['portable', { ...portable, flopsPerSecond: profile.flopsPerSecond }, { kind: 'shared' }, 1e-4],
  ['software adapter without subgroups', { ...profile, ...noFeatures }, { kind: 'direct' }, 1e-4],
  // Operands lose 13 of their 24 bits.
  ['f16', { ...profile, halfProducts: true }, { kind: 'shared', half: true }, 2e-2],
];

describe('each level of device', { timeout: 600_000 }, async () => {
  const expected = await lossesWith(profile);

  it('subgroups: repeats a run bit for bit, and learns', async () => {
    expect(matmulTile(wide, profile).kind).toBe('subgroup');
    expect(expected.length).toBe(20);
    expect(expected.at(-1)!).toBeLessThan(expected[0]! / 2);
    expect(await lossesWith(profile, repeatedSteps)).toEqual(expected.slice(0, repeatedSteps));
  });

  it.each(levels.filter(([name]) => name !== 'f16' || profile.features.f16))(
    '%s: the same curve, and the same bits when run again',
    async (_, level, tile, tolerance) => {
      expect(matmulTile(wide, level)).toMatchObject(tile);
      const losses = await lossesWith(level, comparedSteps);
      for (const [step, loss] of losses.entries())
        expect(Math.abs(loss - expected[step]!) / expected[0]!).toBeLessThan(tolerance);
      expect(losses.length).toBe(comparedSteps);
      expect(await lossesWith(level, repeatedSteps)).toEqual(losses.slice(0, repeatedSteps));
    },
  );
});
