import type { GpuDevice } from '../../webgpu/device.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;

/** What the wasm heap, which addresses 4 GiB, can be filled to. */
export const processorMemory = 3 * GiB;

/** Software adapters share the computer's memory with everything else. */
const softwareMemory = 2 * GiB;

const chunk = 512 * MiB;
const mostProbed = 8 * GiB;

/**
 * How much the GPU may hold, an estimate: WebGPU tells no memory size. Buffers are asked for under an out-of-memory
 * scope until one is refused or 8 GiB are granted; none is written, so none takes long. Three quarters of what was
 * granted are called usable, the rest is the desktop's.
 */
export async function estimateMemory({ device, profile }: GpuDevice): Promise<number> {
  if (profile.software) return softwareMemory;
  const size = Math.min(chunk, profile.maxBufferSize);
  const granted: GPUBuffer[] = [];
  for (let bytes = 0; bytes < mostProbed; bytes += size) {
    device.pushErrorScope('out-of-memory');
    const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    const refused = await device.popErrorScope();
    if (refused) {
      buffer.destroy();
      break;
    }
    granted.push(buffer);
  }
  for (const buffer of granted) buffer.destroy();
  return 0.75 * granted.length * size;
}
