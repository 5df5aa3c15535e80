import type { Executor } from '../plan/executor.ts';
import { planProgram } from '../plan/plan.ts';
import { measurableProducts } from '../plan/tile-table.ts';
import type { Dispatch, PersistentLayout } from '../plan/types.ts';
import { type TileStore, tuneTiles } from './autotune.ts';
import type { GpuDevice } from './device.ts';
import { PipelineCache } from './pipelines.ts';
import { WebGpuSession } from './session.ts';
import { deviceTileTimer } from './tile-timer.ts';
import { GpuWeightShelf } from './weight-shelf.ts';

/**
 * Runs graphs with our own kernels on a device of `requestDevice`. Pipelines are shared by all its sessions. Tiles are
 * measured where there is a `store` to keep them for the next time, except on software adapters, whose tiles are fixed. `dispose` closes the sessions and destroys the device.
 */
export function createWebGpuExecutor(gpu: GpuDevice, store?: TileStore): Executor {
  const pipelines = new PipelineCache(gpu.device, gpu.health);
  const sessions = new Set<WebGpuSession>();
  let { profile } = gpu;
  return {
    name: 'webgpu',
    get profile() {
      return profile;
    },
    description: gpu.description,
    lost: gpu.health.lost,
    get isBroken() {
      return gpu.health.isBroken;
    },
    abandon: (reason) => gpu.health.abandon(reason),
    kernels: pipelines.compiled,
    async tune(graphs, onProgress) {
      if (store === undefined || profile.software) return;
      const products = new Map(graphs.flatMap((graph) => [...measurableProducts(planProgram(graph, profile))]));
      const timer = deviceTileTimer(gpu);
      const measured = await tuneTiles({ products, profile, adapter: gpu.description, timer, store, onProgress });
      const { tiles, flopsPerSecond = profile.flopsPerSecond } = measured;
      profile = { ...profile, tiles, flopsPerSecond };
    },
    async warm(graphs, { halfProducts = false } = {}) {
      const missing: Dispatch[] = [];
      let layout: PersistentLayout | undefined;
      for (const graph of graphs) {
        const plan = planProgram(graph, { ...profile, halfProducts }, layout);
        layout = plan.persistent;
        missing.push(...plan.dispatches.filter((dispatch) => !pipelines.has(dispatch)));
        // Planning is long enough to be felt by whoever waits for an answer meanwhile.
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
      }
      const kernels = new Map(missing.map((dispatch) => [dispatch.pipelineKey, dispatch]));
      await Promise.all([...kernels.values()].map((dispatch) => pipelines.compile(dispatch)));
      return kernels.size;
    },
    createShelf: () => new GpuWeightShelf(),
    createSession({ halfProducts = false, shelf } = {}) {
      gpu.health.check();
      const device: GpuDevice = {
        ...gpu,
        get profile() {
          return { ...profile, halfProducts };
        },
      };
      const session: WebGpuSession = new WebGpuSession(
        device,
        pipelines,
        () => sessions.delete(session),
        shelf instanceof GpuWeightShelf ? shelf : undefined,
      );
      sessions.add(session);
      return session;
    },
    dispose() {
      for (const session of sessions) session.dispose();
      gpu.health.destroy();
    },
  };
}
