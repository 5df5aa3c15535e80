import {
  inOrder,
  type KernelName,
  type KernelSpec,
  type Named,
  type SpecOf,
  type Uniforms,
  uniformBlockBytes,
  uniformFields,
  uniformSegments,
} from '../plan/kernels.ts';
import type { GpuDevice } from '../webgpu/device.ts';
import { kernelShader } from '../webgpu/kernels/source.ts';

type Data = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Runs one kernel by itself and gives what is in the binding of that name afterwards. */
export async function dispatchKernel<K extends KernelName>(
  { device, health }: GpuDevice,
  spec: SpecOf<K>,
  data: Named<K, Data>,
  uniforms: readonly Uniforms<K>[],
  workgroups: readonly [number, number, number],
  output: string,
): Promise<Float32Array> {
  const bound = inOrder(spec, data);
  const access = bound.map(({ binding }) => binding.access);
  const module = device.createShaderModule({ code: kernelShader(spec, access) });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const buffers = [...bound.map(({ value }) => value), uniformBlocks(spec, uniforms)].map((data, i) => {
    const flags = i < bound.length ? 128 | 8 | 4 : 64 | 8;
    const buffer = device.createBuffer({ size: Math.max(16, data.byteLength), usage: flags });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  });
  const entries = buffers.map((buffer, binding) => ({
    binding,
    resource: { buffer, size: Math.max(4, bound[binding]?.value.byteLength ?? buffer.size) },
  }));
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const result = buffers[bound.findIndex(({ name }) => name === output)]!;
  const staging = device.createBuffer({ size: result.size, usage: 1 | 8 });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...workgroups);
  pass.end();
  encoder.copyBufferToBuffer(result, 0, staging, 0, result.size);
  device.queue.submit([encoder.finish()]);
  await health.settle(staging.mapAsync(1));
  const values = new Float32Array(staging.getMappedRange().slice(0));
  for (const buffer of [...buffers, staging]) buffer.destroy();
  return values;
}

function uniformBlocks(
  spec: KernelSpec,
  blocks: readonly Readonly<Record<string, number>>[],
): Uint32Array<ArrayBuffer> {
  const stride = uniformBlockBytes(spec.kernel) / 4;
  const words = new Uint32Array(stride * uniformSegments(spec));
  const floats = new Float32Array(words.buffer);
  for (const [segment, block] of blocks.entries())
    for (const [i, [name, type]] of uniformFields(spec.kernel).entries())
      (type === 'f32' ? floats : words)[segment * stride + i] = block[name]!;
  return words;
}
