/** Products that are cut into bands of rows give the bits of whole ones. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { seededNumbers } from '../graph/reference/case-data.ts';
import { opCases } from '../graph/reference/cases.ts';
import { modelFromConfig } from '../models/registry.ts';
import { dispatchSeconds } from '../plan/cost.ts';
import { planProgram } from '../plan/plan.ts';
import { type DeviceProfile, desktop } from '../plan/profile.ts';
import { defaultRunConfig } from '../training/config/run-config.ts';
import { microStepProgram } from '../training/programs/programs.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

const quick: DeviceProfile = { ...gpuDevice.profile, software: false, flopsPerSecond: 1e12, bytesPerSecond: 1e12 };
/** So slow that every product with more than a tile of rows is cut. */
const slow: DeviceProfile = { ...quick, flopsPerSecond: 1e6 };

const config = JSON.parse(readFileSync(new URL('../../public/example/model/config.json', import.meta.url), 'utf8'));
const model = modelFromConfig({ ...config, num_hidden_layers: 2 });
const settings = { ...defaultRunConfig.tuning, lora_dropout: 0, lora_target_modules: 'all-linear' };
const tuning = resolveTuning(model, settings);
/** 150 rows: two whole tiles and a part of one. */
const [batchSize, length] = [2, 75];
const rows = batchSize * length;
const graph = microStepProgram(model, tuning, () => 'f32', { batchSize, length });

/** Its gradients, in bytes by name. */
async function gradients(profile: DeviceProfile): Promise<Map<string, Uint8Array>> {
  const session = createWebGpuExecutor({ ...gpuDevice, profile }).createSession();
  session.define('program', graph);
  for (const node of graph.nodes) {
    if (node.op !== 'parameter' || node.attributes.kind === 'gradient') continue;
    const { name } = node.attributes;
    const count = node.outputs[0]!.shape.reduce((product, size) => product * size, 1);
    session.write(name, new Uint8Array(Float32Array.from(seededNumbers(name, count), (x) => x / 8).buffer));
  }
  const places = Array.from({ length: rows }, (_, i) => i % length);
  await session.run('program', {
    ids: Int32Array.from({ length: rows }, (_, i) => (i * 37) % model.parameters[0]!.shape[0]!),
    labels: Int32Array.from({ length: rows }, (_, i) => (i * 53) % model.parameters[0]!.shape[0]!),
    positions: Int32Array.from(places),
    keyRange: Int32Array.from(places.flatMap((place) => [0, place + 1])),
    queryRange: Int32Array.from(places.flatMap((place) => [place, length])),
    lossScale: Float32Array.of(1 / rows),
    keep: Float32Array.of(0),
  });
  const found = new Map<string, Uint8Array>();
  for (const { name } of tuning.adapterParameters) found.set(name, await session.read(`gradient/${name}`));
  session.dispose();
  return found;
}

describe('products that would hold a GPU too long', () => {
  it('are cut by rows, with as much work in all and none left that is long', () => {
    const [whole, cut] = [quick, slow].map((profile) => planProgram(graph, profile));
    expect(cut!.dispatches.length).toBeGreaterThan(1.2 * whole!.dispatches.length);
    expect(cut!.cost.flops / whole!.cost.flops).toBeCloseTo(1, 9);
    const large = { ...desktop, flopsPerSecond: 1e10, bytesPerSecond: 1e12 };
    for (const dispatch of planProgram(graph, large).dispatches)
      expect(dispatchSeconds(dispatch, large)).toBeLessThan(0.05);
  });

  it('give the gradients of whole ones, bit for bit', async () => {
    const [whole, cut] = [await gradients(quick), await gradients(slow)];
    expect(whole.size).toBe(2 * 2 * 7);
    for (const [name, bytes] of whole) {
      expect(
        new Float32Array(bytes.slice().buffer).some((value) => value !== 0 && Number.isFinite(value)),
        name,
      ).toBe(true);
      expect(Buffer.compare(bytes, cut.get(name)!), name).toBe(0);
    }
  });

  it.each(
    opCases
      .filter(({ name }) => /^matmul .. 67×34×130|^matmul .. 33×64×48/.test(name))
      .map((opCase) => [opCase.name, opCase] as const),
  )('give the bits of a whole one: %s', async (_, opCase) => {
    const { graph, parameters, feeds } = opCase.build();
    const results = [];
    for (const profile of [quick, slow]) {
      const session = createWebGpuExecutor({ ...gpuDevice, profile }).createSession();
      session.define('program', graph);
      for (const [name, { bytes }] of parameters) session.write(name, bytes);
      results.push(await session.run('program', feeds));
      session.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  });
});
