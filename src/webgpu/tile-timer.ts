import { type MatmulSpec, type MatmulTile, matmulKernels } from '../plan/kernels/matmul.ts';
import { type ProductShape, plainProduct } from '../plan/tile-table.ts';
import { tileSize } from '../plan/tiles.ts';
import type { TileTimer } from './autotune.ts';
import { usage } from './buffers.ts';
import type { GpuDevice } from './device.ts';
import { entriesOf, kernelOf, PipelineCache } from './pipelines.ts';

/** A longer side is measured at this length: what a tile is worth shows there, and memory stays small. */
const longestSide = 2048;
/** Milliseconds that a round should last, so that the clock's steps and the queue's answer do not matter. */
const roundMilliseconds = 4;
const rounds = 5;
const oneAsBits = 0x3f800000;

/** Measures on the device by the time until the queue is done with many dispatches: a clock that every device has. */
export function deviceTileTimer(gpu: GpuDevice): TileTimer {
  const pipelines = new PipelineCache(gpu.device, gpu.health);
  return async (product, tile) => {
    const shape = measuredShape(product);
    const spec = plainProduct(shape, tile);
    const kernel = kernelOf(spec);
    try {
      await pipelines.compile(kernel);
    } catch {
      gpu.health.check();
      return undefined;
    }
    const { bindGroup, destroy } = bind(gpu.device, spec, shape, pipelines.bindGroupLayout(kernel));
    try {
      return await medianSeconds(
        gpu,
        pipelines.get(kernel, () => {}),
        bindGroup,
        groupsOf(shape, tile),
      );
    } finally {
      destroy();
    }
  };
}

/** Divisible by 4, as the widths of models are. */
function measuredShape({ m, n, k, ...form }: ProductShape): ProductShape {
  const side = (size: number): number => Math.min(longestSide, Math.ceil(size / 4) * 4);
  return { m: side(m), n: side(n), k: side(k), ...form };
}

function groupsOf({ m, n }: ProductShape, tile: MatmulTile): readonly [number, number] {
  const { rows, columns } = tileSize(tile);
  return [Math.ceil(n / columns), Math.ceil(m / rows)];
}

function bind(device: GPUDevice, spec: MatmulSpec, { m, n, k }: ProductShape, layout: GPUBindGroupLayout) {
  const filled = (values: number): GPUBuffer => {
    const buffer = device.createBuffer({ size: values * 4, usage: usage.storage | usage.copyTarget });
    // 0x3f803f80 is close to 1 as f32 and 1 twice as bf16; a card computes zeros at a higher clock.
    device.queue.writeBuffer(buffer, 0, new Uint32Array(values).fill(0x3f803f80));
    return buffer;
  };
  const [a, b, out] = [filled(m * k), filled(k * n), filled(m * n)];
  const [lda, ldb] = [spec.transposeA ? m : k, spec.transposeB ? k : n];
  const fields: Readonly<Record<string, number>> = { m, n, k, kEnd: k, lda, ldb, ldc: n, scale: oneAsBits };
  const words = Uint32Array.from(Object.keys(matmulKernels.matmul.uniforms), (name) => fields[name] ?? 0);
  const uniforms = device.createBuffer({
    size: Math.ceil(words.byteLength / 16) * 16,
    usage: usage.uniform | usage.copyTarget,
  });
  device.queue.writeBuffer(uniforms, 0, words);
  const entries = entriesOf<'matmul'>(spec, { a: { buffer: a }, b: { buffer: b }, out: { buffer: out } }, uniforms);
  const destroy = () => {
    for (const buffer of [a, b, out, uniforms]) buffer.destroy();
  };
  return { bindGroup: device.createBindGroup({ layout, entries }), destroy };
}

async function medianSeconds(
  { device, health }: GpuDevice,
  pipeline: GPUComputePipeline,
  bindGroup: GPUBindGroup,
  groups: readonly [number, number],
): Promise<number> {
  const round = async (times: number): Promise<number> => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(...groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await health.settle(device.queue.onSubmittedWorkDone());
    return (performance.now() - start) / times;
  };
  // The first dispatch may still compile.
  await round(1);
  const times = Math.min(64, Math.max(1, Math.ceil(roundMilliseconds / (await round(1)))));
  const measured: number[] = [];
  for (let i = 0; i < rounds; i++) measured.push(await round(times));
  return measured.sort((a, b) => a - b)[rounds >> 1]! / 1000;
}
