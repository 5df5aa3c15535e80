/**
 * A LoRA step of a reference model on the adapter that Node finds, with random weights: what the device reaches at most,
 * each kind of dispatch alone by the device's clock, and whole steps with default and measured tiles, in f32 and f16.
 * npx tsx bench/reference.ts [--model Qwen2.5-0.5B] [--weights int4] [--length 1024] [--layers N] [--steps 20]
 *   [--repeats 20] [--json FILE]
 * The file is written anew after each part, so that a stop loses nothing.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import { unpaddedBytes } from '../src/graph/types.ts';
import { type DispatchUse, usesOfPlan } from '../src/plan/occupancy.ts';
import type { TileTable } from '../src/plan/profile.ts';
import type { Plan } from '../src/plan/types.ts';
import { type ReferenceModel, referenceModels, referenceRun } from '../src/testing/reference-models.ts';
import { batchFeeds, inputSizes } from '../src/training/programs/feeds.ts';
import { recomputedBy } from '../src/training/programs/training-programs.ts';
import { modelFromConfigAlone, type PlannedProgram, programsOf } from '../src/training/session/plan-run.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';
import type { TileStore } from '../src/webgpu/autotune.ts';
import { storageUsage, usage } from '../src/webgpu/buffers.ts';
import { type GpuDevice, requestDevice } from '../src/webgpu/device.ts';
import { createWebGpuExecutor } from '../src/webgpu/executor.ts';
import { PipelineCache } from '../src/webgpu/pipelines.ts';
import { type Ceilings, measureCeilings } from './ceilings.ts';
import { median } from './compare.ts';
import { createPasses, type Passes, secondsOfPass } from './passes.ts';
import { randomBatch } from './workloads.ts';

/** Dispatches of one kind in a step. Seconds are of one of them. */
export interface TimedKind {
  readonly kind: string;
  readonly dispatches: number;
  readonly seconds: number;
  readonly flops: number;
  readonly bytesMoved: number;
}

export interface TimedSteps {
  readonly tiles: 'default' | 'measured';
  readonly products: 'f32' | 'f16';
  /** Median milliseconds of a step whose loss is awaited. */
  readonly milliseconds: number;
  readonly samples: readonly number[];
  readonly loss: number;
}

export interface ReferenceResults {
  readonly kind: 'reference';
  readonly date: string;
  readonly adapter: string;
  readonly software: boolean;
  readonly model: string;
  readonly weights: string;
  readonly length: number;
  readonly layers: number;
  readonly dispatches: number;
  readonly flops: number;
  readonly bytesMoved: number;
  readonly peakBytes: number;
  readonly clock: Passes['clock'];
  ceilings?: Ceilings;
  kinds?: readonly TimedKind[];
  steps: TimedSteps[];
  tiles?: TileTable;
}

/** Random bits that are modest numbers as bf16, as f32 and as the scales of blocks: a card computes zeros at a higher clock. */
function noise(words: number): Uint32Array<ArrayBuffer> {
  let state = 1;
  const half = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 31) << 15) | 0x3c00 | ((state >>> 20) & 0xff);
  };
  return Uint32Array.from({ length: words }, () => ((half() << 16) | half()) >>> 0);
}

const chunk = noise(2 ** 20);

/** Each kind once, its first dispatch, bound as the plan binds it, over buffers of noise. */
async function timeKinds(
  passes: Passes,
  plan: Plan,
  feeds: Uint8Array<ArrayBuffer>,
  repeats: number,
): Promise<TimedKind[]> {
  const { gpu } = passes;
  const { device } = gpu;
  const buffers = new Map<string, GPUBuffer>();
  const make = (name: string, bytes: number): GPUBuffer => {
    const buffer = device.createBuffer({
      label: name,
      size: Math.max(16, Math.ceil(bytes / 4) * 4),
      usage: storageUsage,
    });
    for (let at = 0; at < buffer.size; at += chunk.byteLength)
      device.queue.writeBuffer(buffer, at, chunk, 0, Math.min(chunk.length, (buffer.size - at) / 4));
    buffers.set(name, buffer);
    return buffer;
  };
  for (const [name, { bytes }] of plan.persistent.buffers) make(name, bytes);
  for (const [index, bytes] of plan.pool.entries()) make(`pool/${index}`, bytes);
  device.queue.writeBuffer(make('feeds', plan.feedBytes), 0, feeds);
  const uniforms = device.createBuffer({ size: plan.uniforms.byteLength, usage: usage.uniform | usage.copyTarget });
  device.queue.writeBuffer(uniforms, 0, plan.uniforms);

  const pipelines = new PipelineCache(device, gpu.health);
  const firsts = new Map<string, { readonly use: DispatchUse; readonly index: number; count: number }>();
  for (const [index, use] of usesOfPlan(plan).entries()) {
    const known = firsts.get(use.kind);
    if (known === undefined) firsts.set(use.kind, { use, index, count: 1 });
    else known.count++;
  }
  const kinds: TimedKind[] = [];
  for (const { use, index, count } of firsts.values()) {
    const dispatch = plan.dispatches[index]!;
    await pipelines.compile(dispatch);
    const resources: GPUBufferBinding[] = [
      ...dispatch.bindings.map(({ buffer, offset, bytes }) => ({ buffer: buffers.get(buffer)!, offset, size: bytes })),
      { buffer: uniforms, offset: dispatch.uniformOffset, size: dispatch.uniformBytes },
    ];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const bindGroup = device.createBindGroup({ layout: pipelines.bindGroupLayout(dispatch), entries });
    const pipeline = pipelines.get(dispatch, () => {});
    const { workgroups } = dispatch;
    const seconds = await secondsOfPass(passes, { pipeline, bindGroup, workgroups, repeats });
    const { kind, flops, bytesMoved } = use;
    kinds.push({ kind, dispatches: count, seconds, flops, bytesMoved });
  }
  for (const buffer of [...buffers.values(), uniforms]) buffer.destroy();
  return kinds.sort((a, b) => b.dispatches * b.seconds - a.dispatches * a.seconds);
}

/** Whole steps in a session of their own. */
async function timeSteps(
  gpu: GpuDevice,
  { microStep, update }: Record<'microStep' | 'update', PlannedProgram>,
  feeds: Readonly<Record<string, Float32Array | Int32Array | Uint32Array>>,
  { steps, tiles, products }: { readonly steps: number } & Pick<TimedSteps, 'tiles' | 'products'>,
): Promise<{ readonly timed: TimedSteps; readonly table: TileTable }> {
  // Tiles are measured only where something would keep them.
  const store: TileStore = { load: async () => undefined, save: async () => {} };
  const executor = createWebGpuExecutor(gpu, store);
  const graphs = [microStep.graph, update.graph];
  if (tiles === 'measured') await executor.tune?.(graphs);
  const session = executor.createSession({ halfProducts: products === 'f16' });
  session.define('micro-step', microStep.graph);
  session.define('update', update.graph);
  await Promise.all([session.compile('micro-step'), session.compile('update')]);
  const bytes = new Uint8Array(chunk.buffer);
  // Moments, gradient sums and counts begin with zeros; the tables that layers read are numbers like any.
  for (const { name, type, kind } of update.plan.persistent.tensors.values())
    if (['weight', 'trained', 'table'].includes(kind))
      for (let at = 0; at < unpaddedBytes(type); at += bytes.length)
        session.write(name, bytes.subarray(0, Math.min(bytes.length, unpaddedBytes(type) - at)), at);
  const hyper = new Float32Array(inputSizes(update.graph).get('hyper') ?? 0).fill(1e-4);
  const samples: number[] = [];
  let loss = Number.NaN;
  // The first one compiles.
  for (let step = 0; step <= steps; step++) {
    const start = performance.now();
    void session.run('micro-step', feeds);
    loss = (await session.run('update', { hyper })).loss?.[0] ?? Number.NaN;
    if (step > 0) samples.push(performance.now() - start);
  }
  session.dispose();
  return { timed: { tiles, products, milliseconds: median(samples), samples, loss }, table: executor.profile.tiles };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'Qwen2.5-0.5B' },
      weights: { type: 'string', default: 'as-published' },
      length: { type: 'string', default: '1024' },
      layers: { type: 'string' },
      steps: { type: 'string', default: '20' },
      repeats: { type: 'string', default: '20' },
      json: { type: 'string' },
    },
  });
  if (!Object.hasOwn(referenceModels, values.model))
    throw new Error(`--model is ${Object.keys(referenceModels).join(', ')}`);
  const published: Readonly<Record<string, unknown>> = referenceModels[values.model as ReferenceModel];
  const config = referenceRun(values.weights, Number(values.length));
  const layers = values.layers === undefined ? {} : { num_hidden_layers: Number(values.layers) };
  const options = modelFromConfigAlone({ ...published, ...layers }, config);
  const tuning = resolveTuning(options.model, config.tuning);
  const gpu = await requestDevice(await createNodeGpu());
  const { microStep, update, shape } = programsOf(recomputedBy(config), config, tuning, {
    ...options,
    profile: gpu.profile,
  });
  const vocabulary = Number(published.vocab_size);
  const batch = randomBatch({ rows: shape.batchSize, length: shape.length, vocabulary });
  const wanted = inputSizes(microStep.graph);
  const scalars = { lossScale: Float32Array.of(1 / batch.scoredTokens), keep: Float32Array.of(0) };
  const feeds = { ...batchFeeds(options.model, batch, wanted), ...scalars };

  const { cost } = microStep.plan;
  const passes = createPasses(gpu);
  const results: ReferenceResults = {
    ...{ kind: 'reference', date: new Date().toISOString(), adapter: gpu.description, software: gpu.profile.software },
    ...{ model: values.model, weights: values.weights, length: shape.length, layers: options.model.layers.length },
    ...{ dispatches: cost.dispatches, flops: cost.flops, bytesMoved: cost.bytesMoved },
    ...{ peakBytes: update.plan.cost.peakBytes, clock: passes.clock, steps: [] },
  };
  const save = (): void => {
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  };
  console.log(
    `${values.model}, ${results.layers} layers, ${values.weights}, 1 × ${shape.length} tokens; ${gpu.description}`,
  );

  results.ceilings = await measureCeilings(gpu, passes, gpu.profile.software ? 64 : 8192);
  const { flops, bandwidth } = results.ceilings;
  console.log(`at most ${(flops / 1e12).toFixed(3)} TFLOP/s, ${(bandwidth / 1e9).toFixed(1)} GB/s (${passes.clock})`);
  save();

  const fed = new Uint8Array(microStep.plan.feedBytes);
  for (const [name, { offset }] of Object.entries(microStep.plan.feeds)) {
    const data = feeds[name as keyof typeof feeds] as Float32Array;
    fed.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  }
  results.kinds = await timeKinds(passes, microStep.plan, fed, Number(values.repeats));
  for (const { kind, dispatches, seconds, flops, bytesMoved } of results.kinds) {
    const rates = `${(flops / seconds / 1e12).toFixed(3)} TFLOP/s ${(bytesMoved / seconds / 1e9).toFixed(1)} GB/s`;
    console.log(`${(1000 * dispatches * seconds).toFixed(2).padStart(10)} ms  ${dispatches} × ${kind}  ${rates}`);
  }
  save();

  const whole = { microStep, update };
  const tiles = gpu.profile.software ? (['default'] as const) : (['default', 'measured'] as const);
  const choices = [
    ...tiles.map((each) => ({ tiles: each, products: 'f32' as const })),
    ...(gpu.profile.features.f16 ? [{ tiles: tiles.at(-1)!, products: 'f16' as const }] : []),
  ];
  for (const choice of choices) {
    const { timed, table } = await timeSteps(gpu, whole, feeds, { steps: Number(values.steps), ...choice });
    results.steps.push(timed);
    if (choice.tiles === 'measured') results.tiles = table;
    console.log(`${timed.milliseconds.toFixed(1).padStart(10)} ms a step, ${choice.tiles} tiles, ${choice.products}`);
    save();
  }
  gpu.health.destroy();
}

await main();
process.exit(0);
