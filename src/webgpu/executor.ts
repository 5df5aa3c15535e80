import type { Executor } from '../plan/executor.ts';
import type { GpuDevice } from './device.ts';
import { PipelineCache } from './pipelines.ts';
import { WebGpuSession } from './session.ts';

/**
 * Runs graphs with our own kernels on a device of `requestDevice`. Pipelines are shared by all its sessions.
 * `dispose` closes the sessions and destroys the device.
 */
export function createWebGpuExecutor(gpu: GpuDevice): Executor {
  const pipelines = new PipelineCache(gpu.device, gpu.health);
  const sessions = new Set<WebGpuSession>();
  return {
    name: 'webgpu',
    profile: gpu.profile,
    description: gpu.description,
    lost: gpu.health.lost,
    createSession() {
      gpu.health.check();
      const session: WebGpuSession = new WebGpuSession(gpu, pipelines, () => sessions.delete(session));
      sessions.add(session);
      return session;
    },
    dispose() {
      for (const session of sessions) session.dispose();
      gpu.health.destroy();
    },
  };
}
