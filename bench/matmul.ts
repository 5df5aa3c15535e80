/**
 * GFLOP/s of the matmul kernel by shape, layout and tile, on the adapter that Node finds.
 * npx tsx bench/matmul.ts [--backend any|software|null] [--size 512] [--only NT] [--sweep] [--production] [--json FILE]
 * `--sweep` tries every sensible staged tile instead of a few, fastest first. `--production` takes the products of a LoRA
 * step of Qwen2.5-0.5B (--size rows of the head are read, 128 unless said) and the tiles that are measured before a run,
 * in f32 and where the device has it with operands rounded to f16.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import type { FloatDType } from '../src/graph/types.ts';
import { type MatmulSpec, type MatmulTile, matmulKernels } from '../src/plan/kernels/matmul.ts';
import type { DeviceProfile } from '../src/plan/profile.ts';
import { tileCandidates } from '../src/plan/tile-table.ts';
import { matmulTile, tileSize } from '../src/plan/tiles.ts';
import { type GpuDevice, requestDevice } from '../src/webgpu/device.ts';
import { kernelShader } from '../src/webgpu/kernels/source.ts';
import { uniform } from './operations.ts';

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bType: FloatDType;
}

const layouts = { NN: [false, false], NT: [false, true], TN: [true, false] } as const;

const of = (layout: keyof typeof layouts, m: number, n: number, k: number, bType: FloatDType = 'f32') => {
  const [transposeA, transposeB] = layouts[layout];
  return [`${layout} ${m}×${k}×${n} ${bType}`, { m, n, k, transposeA, transposeB, bType }] as const;
};

/** The products that most of a step's work is in: gate and up, down, their gradients, the head, and a gradient of B. */
const productionProducts = (rows: number): (readonly [string, Product])[] => [
  of('NT', 8 * rows, 4864, 896, 'bf16'),
  of('NT', 8 * rows, 896, 4864, 'bf16'),
  of('NN', 8 * rows, 896, 4864, 'bf16'),
  of('NN', 8 * rows, 4864, 896, 'bf16'),
  of('NT', rows, 151936, 896, 'bf16'),
  of('TN', 4864, 16, 8 * rows),
];

/** A square, and what a LoRA layer of width 1024 does with 256 tokens. */
function products(size: number): (readonly [string, Product])[] {
  return [
    of('NN', size, size, size),
    of('NT', size, size, size),
    of('TN', size, size, size),
    of('NT', size, size, size, 'bf16'),
    of('NT', 256, 8, 1024),
    of('NN', 256, 1024, 8),
    of('TN', 8, 1024, 256),
    of('TN', 1024, 8, 256),
    of('NT', 1, 1024, 1024, 'bf16'),
  ];
}

/** Tiles to hold against the plan's own choice. */
const contenders: readonly MatmulTile[] = [
  { kind: 'direct', rows: 8, columns: 8, threadsX: 4, threadsY: 4 },
  { kind: 'shared', blockM: 64, blockN: 64, blockK: 16, threadM: 4, threadN: 4 },
  { kind: 'shared', blockM: 64, blockN: 64, blockK: 16, threadM: 8, threadN: 4 },
  { kind: 'shared', blockM: 32, blockN: 32, blockK: 16, threadM: 4, threadN: 4 },
];

/** Staged tiles of 64 to 256 threads: all that the kernel is worth trying with. */
function sweptTiles(): MatmulTile[] {
  const tiles: MatmulTile[] = [];
  for (const blockM of [32, 64, 128])
    for (const blockN of [32, 64, 128])
      for (const blockK of [8, 16, 32])
        for (const [threadM, threadN] of [
          [4, 4],
          [8, 4],
          [4, 8],
          [8, 8],
        ] as const) {
          const threads = (blockM / threadM) * (blockN / threadN);
          if (threads >= 64 && threads <= 256) tiles.push({ kind: 'shared', blockM, blockN, blockK, threadM, threadN });
        }
  return tiles;
}

function uniformsOf({ m, n, k, transposeA, transposeB }: Product): Uint32Array<ArrayBuffer> {
  const values: Record<string, number> = { m, n, k, kEnd: k, lda: transposeA ? m : k, ldb: transposeB ? k : n, ldc: n };
  const fields = Object.keys(matmulKernels.matmul.uniforms);
  const words = new Uint32Array(Math.ceil(fields.length / 4) * 4);
  fields.forEach((field, i) => {
    words[i] = values[field] ?? 0;
  });
  new Float32Array(words.buffer)[fields.indexOf('scale')] = 1;
  return words;
}

/** The factors and the place of the product, made once for all tiles. */
function buffersOf({ device }: GpuDevice, { m, n, k, bType }: Product): readonly GPUBuffer[] {
  const storage = [m * k * 4, n * k * (bType === 'f32' ? 4 : 2), m * n * 4].map((size) =>
    device.createBuffer({ size, usage: 128 | 8 }),
  );
  // A card computes zeros at a higher clock.
  for (const buffer of storage)
    for (let at = 0; at < buffer.size; at += someNoise.byteLength)
      device.queue.writeBuffer(buffer, at, someNoise, 0, Math.min(someNoise.length, (buffer.size - at) / 4));
  return storage;
}

/** The best of some rounds of dispatches in one submit; undefined where the tile has more than the device allows. */
async function secondsOf(
  gpu: GpuDevice,
  product: Product,
  tile: MatmulTile,
  rounds: number,
  storage: readonly GPUBuffer[],
): Promise<number | undefined> {
  const { device, health } = gpu;
  const { transposeA, transposeB, bType, m, n } = product;
  const layout = { transposeA, transposeB, bType, vec4: true };
  const spec: MatmulSpec = { kernel: 'matmul', ...layout, second: 'none', addend: 'none', grouping: 'none', tile };
  const code = kernelShader(spec, ['read', 'read', 'read_write']);
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } }).catch(refusal);
  if (pipeline === undefined) return undefined;
  const words = uniformsOf(product);
  const uniforms = device.createBuffer({ size: words.byteLength, usage: 64 | 8 });
  device.queue.writeBuffer(uniforms, 0, words);
  const entries = [...storage, uniforms].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const { rows, columns } = tileSize(tile);
  const round = async (times: number): Promise<number> => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(Math.ceil(n / columns), Math.ceil(m / rows));
    pass.end();
    device.queue.submit([encoder.finish()]);
    await health.settle(device.queue.onSubmittedWorkDone());
    return (performance.now() - start) / 1000 / times;
  };
  await round(1);
  const times = Math.max(1, Math.min(100, Math.round(0.05 / (await round(1)))));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds; i++) best = Math.min(best, await round(times));
  uniforms.destroy();
  return best;
}

/** Workgroup memory or threads beyond the limits; any other error is one. */
function refusal(error: unknown): undefined {
  if (!(error instanceof Error && /larger than the maximum allowed|exceeds the maximum/.test(error.message)))
    throw error;
}

/** The bits of f32 numbers in ±√3; as bf16 pairs they are numbers too. */
const someNoise = Float32Array.from({ length: 2 ** 20 }, (_, i) => uniform(0, i));

function nameOf(tile: MatmulTile): string {
  switch (tile.kind) {
    case 'direct':
      return `direct ${tile.rows}×${tile.columns} by ${tile.threadsY}×${tile.threadsX}`;
    case 'shared':
      return `shared ${tile.blockM}×${tile.blockN}×${tile.blockK}, ${tile.threadM}×${tile.threadN}${
        tile.threadsK ? ` by ${tile.threadsK}` : ''
      }${tile.half ? ', f16' : ''}`;
    case 'subgroup':
      return `subgroup ${tile.rows}×${tile.columns} by ${tile.lanes}`;
  }
}

function measuredTiles(product: Product, profile: DeviceProfile): MatmulTile[] {
  const tiles = tileCandidates(product, profile);
  return [...tiles, ...(profile.features.f16 ? tiles.map((tile) => ({ ...tile, half: true as const })) : [])];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'any' },
      size: { type: 'string' },
      only: { type: 'string', default: '' },
      sweep: { type: 'boolean', default: false },
      production: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const gpuDevice = await requestDevice(
    await createNodeGpu({ backend: values.backend as 'any' | 'software' | 'null' }),
  );
  const { profile } = gpuDevice;
  console.log(gpuDevice.description);
  const { sweep, production } = values;
  const all = production ? productionProducts(Number(values.size ?? 128)) : products(Number(values.size ?? 512));
  const results: { product: string; tile: string; chosen: boolean; gflops: number }[] = [];
  for (const [name, product] of all) {
    if (!name.includes(values.only)) continue;
    const chosen = matmulTile(product, profile);
    const tiles = production ? measuredTiles(product, profile) : sweep ? sweptTiles() : contenders;
    const others = tiles.filter((tile) => nameOf(tile) !== nameOf(chosen));
    const measured: [number, string][] = [];
    const storage = buffersOf(gpuDevice, product);
    for (const tile of [chosen, ...others]) {
      const seconds = await secondsOf(gpuDevice, product, tile, sweep || production ? 3 : 7, storage);
      const gflops = seconds === undefined ? 0 : (2 * product.m * product.n * product.k) / seconds / 1e9;
      const rate = seconds === undefined ? 'refused by the device' : `${gflops.toFixed(2).padStart(9)} GFLOP/s`;
      const line = `${rate}  ${name}  ${nameOf(tile)}${tile === chosen ? '  (chosen)' : ''}`;
      if (!sweep) console.log(line);
      measured.push([gflops, line]);
      results.push({ product: name, tile: nameOf(tile), chosen: tile === chosen, gflops });
      if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
    }
    for (const buffer of storage) buffer.destroy();
    if (sweep) for (const [, line] of measured.sort(([a], [b]) => b - a)) console.log(line);
  }
  gpuDevice.health.destroy();
}

await main();
