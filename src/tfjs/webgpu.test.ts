import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { checkExecutor, opCases } from '../graph/reference/cases.ts';
import type { Executor } from '../plan/executor.ts';
import { createTfjsExecutor } from './executor.ts';

/**
 * Products at LoRA shapes, where 4.22 as it stands is wrong, and what else compiles quickly: a software adapter takes
 * ten seconds and more for each product of odd sizes. ATELIER_ALL_CASES=1 runs every case.
 */
const quick =
  /^(matmul .*(3072|2048)|adamw|accumulate|cache_write|global_norm|embedding|dropout|rms_norm.* 5×13|rope|gated)/;
const cases = process.env.ATELIER_ALL_CASES === '1' ? opCases : opCases.filter(({ name }) => quick.test(name));

const gpu = await createNodeGpu({ backend: 'software' });
const adapter = await gpu?.requestAdapter();

describe('TensorFlow.js on a WebGPU device of ours', () => {
  let device: GPUDevice;
  let executor: Executor;
  const ready = { skip: !adapter };

  beforeAll(async () => {
    if (!adapter) return;
    const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = adapter.limits;
    const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage };
    device = await adapter.requestDevice({ requiredLimits });
    executor = await createTfjsExecutor({ backend: 'webgpu', device: { device, adapterInfo: adapter.info } });
  });
  afterAll(() => {
    executor?.dispose();
    device?.destroy();
    // Dawn crashes where its GPU object is collected before its devices: this keeps it alive.
    void gpu;
  });

  it.each(cases)('computes as the reference: $name', ready, (opCase) => checkExecutor(executor, opCase));

  it('keeps no tensor from run to run', ready, async () => {
    const session = executor.createSession();
    const built = opCases.find(({ name }) => name.startsWith('adamw [8,2048], clipped'))!.build();
    session.define('step', built.graph);
    for (const [name, { bytes }] of built.parameters) session.write(name, bytes);
    await session.run('step', built.feeds);
    const { numTensors, numBytes } = memory();
    for (let step = 0; step < 3; step++) await session.run('step', built.feeds);
    expect(memory()).toMatchObject({ numTensors, numBytes });
    session.dispose();
  });

  it('throws what the device refuses instead of giving old numbers', ready, async () => {
    const session = executor.createSession();
    const builder = new GraphBuilder();
    const y = builder.scale(builder.input('x', { shape: [3], dtype: 'f32' }), 2);
    session.define('double', builder.finish({ y }));
    // A shader that does not compile, as a defect of TensorFlow.js would make one.
    device.createShaderModule({ code: 'not WGSL' });
    await expect(session.run('double', { x: new Float32Array(3) })).rejects.toMatchObject({ code: 'gpu-validation' });
    await expect(session.run('double', { x: new Float32Array(3) })).rejects.toMatchObject({ code: 'gpu-validation' });
  });
});
