/** What the device reaches at most, for reading the other figures against it: multiply-adds in registers, and a copy. */

import { usage } from '../src/webgpu/buffers.ts';
import type { GpuDevice } from '../src/webgpu/device.ts';
import { type Passes, secondsOfPass } from './passes.ts';

export interface Ceilings {
  /** FLOP/s of f32 multiply-adds that wait for nothing but each other, 16 chains a thread. */
  readonly flops: number;
  /** Bytes/s read and written by a kernel that copies. */
  readonly bandwidth: number;
}

const chains = 16;
const rounds = 512;

const multiplyAdds = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let factor = 0.999 + f32(id.x & 1u) * 0.0001;
${Array.from({ length: chains }, (_, i) => `  var s${i} = f32(id.x + ${i}u);`).join('\n')}
  for (var i = 0u; i < ${rounds}u; i++) {
${Array.from({ length: chains }, (_, i) => `    s${i} = fma(s${i}, factor, 0.5);`).join('\n')}
  }
  out[id.x & 65535u] = ${Array.from({ length: chains }, (_, i) => `s${i}`).join(' + ')};
}`;

const copy = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * groups.x * 256u + id.x;
  if (i < arrayLength(&source)) { out[i] = source[i]; }
}`;

/** @param groups Workgroups of 256 threads that compute; fewer on a processor. */
export async function measureCeilings(gpu: GpuDevice, passes: Passes, groups: number): Promise<Ceilings> {
  const { device, profile } = gpu;
  const bytes = Math.min(
    256 * 2 ** 20,
    profile.maxStorageBufferBindingSize - (profile.maxStorageBufferBindingSize % 16),
  );
  const buffers = [bytes, bytes].map((size) => device.createBuffer({ size, usage: usage.storage }));
  const timed = async (code: string, used: readonly GPUBuffer[], workgroups: readonly [number, number]) => {
    const module = device.createShaderModule({ code });
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
    const entries = used.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    return secondsOfPass(passes, { pipeline, bindGroup, workgroups: [...workgroups, 1], repeats: 10 });
  };
  const computing = await timed(multiplyAdds, buffers.slice(0, 1), [groups, 1]);
  const across = 4096;
  const copying = await timed(copy, buffers, [across, Math.ceil(bytes / 16 / 256 / across)]);
  for (const buffer of buffers) buffer.destroy();
  return { flops: (2 * chains * rounds * 256 * groups) / computing, bandwidth: (2 * bytes) / copying };
}
