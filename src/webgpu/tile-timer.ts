import { type MatmulSpec, type MatmulTile, matmulKernels } from '../plan/kernels/matmul.ts';
import { type ProductShape, plainProduct } from '../plan/tile-table.ts';
import { tileSize } from '../plan/tiles.ts';
import type { TileTimer } from './autotune.ts';
import { usage } from './buffers.ts';
import type { GpuDevice } from './device.ts';
import { entriesOf, kernelOf, PipelineCache } from './pipelines.ts';

/** Values of a matrix, 64 MiB. A product whose matrices are larger is measured with shorter sides. */
const mostValues = 2 ** 24;
/** Milliseconds that a round should last, so that the clock's steps do not matter. */
const roundMilliseconds = 4;
const rounds = 5;
/** A tile that is so much slower in its first round is not measured again. */
const surelySlower = 1.3;
const oneAsBits = 0x3f800000;

/** Measures on the device by the time until the queue is done: a clock that every device has. */
export function deviceTileTimer(gpu: GpuDevice): TileTimer {
  const pipelines = new PipelineCache(gpu.device, gpu.health);
  const kernelFor = (product: ProductShape, tile: MatmulTile) => kernelOf(plainProduct(measuredShape(product), tile));
  return {
    async compile(product, tile) {
      try {
        await pipelines.compile(kernelFor(product, tile));
        return true;
      } catch {
        gpu.health.check();
        return false;
      }
    },
    async seconds(product, tile, atMost) {
      const shape = measuredShape(product);
      const spec = plainProduct(shape, tile);
      const kernel = kernelOf(spec);
      const { bindGroup, destroy } = bind(gpu.device, spec, shape, pipelines.bindGroupLayout(kernel));
      const pipeline = pipelines.get(kernel, () => {});
      // A side that was cut takes its share of the time away.
      const whole = (product.m * product.n * product.k) / (shape.m * shape.n * shape.k);
      try {
        return whole * (await leastSeconds(gpu, pipeline, bindGroup, groupsOf(shape, tile), atMost / whole));
      } finally {
        destroy();
      }
    },
  };
}

/** Divisible by 4, as the widths of models are. Rows stay as they are: how full a tile is depends on them. */
function measuredShape({ m, n, k, ...form }: ProductShape): ProductShape {
  const side = (size: number, ...others: readonly number[]): number =>
    4 * Math.ceil(Math.min(size, mostValues / Math.max(...others)) / 4);
  const columns = side(n, m, k);
  const terms = side(k, m, columns);
  return { m: side(m, columns, terms), n: columns, k: terms, ...form };
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

/**
 * Seconds of one dispatch: the slope between one dispatch and many, so that the way to the queue and back, which is as long
 * as some products, is in neither. Stops after the first round of a tile that is clearly slower than `atMost`.
 */
async function leastSeconds(
  { device, health }: GpuDevice,
  pipeline: GPUComputePipeline,
  bindGroup: GPUBindGroup,
  groups: readonly [number, number],
  atMost: number,
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
    return performance.now() - start;
  };
  // The first dispatch may still compile.
  await round(1);
  const one = Math.min(await round(1), await round(1));
  const roughly = Math.max(((await round(3)) - one) / 2, roundMilliseconds / 64);
  if (roughly / 1000 > surelySlower * atMost) return roughly / 1000;
  const times = Math.min(512, Math.ceil(Math.max(roundMilliseconds, 3 * one) / roughly));
  let [single, many] = [one, Number.POSITIVE_INFINITY];
  // Whatever else a machine does only adds to a time.
  for (let i = 0; i < rounds; i++) {
    many = Math.min(many, await round(1 + times));
    single = Math.min(single, await round(1));
  }
  // What a single one was disturbed by must not make many look like none.
  return Math.max((many - single) / times, many / (1 + times) / 2) / 1000;
}
