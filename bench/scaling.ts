/**
 * How our step grows, with decoders of the 1m shape: tokens a second by sequences in a batch, time by layers, and
 * JavaScript by dispatches on the null backend, which computes nothing.
 * npx tsx bench/scaling.ts [--method lora|full] [--steps N] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createExecutor } from '../src/cli/executors.ts';
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import type { Executor } from '../src/plan/executor.ts';
import { requestDevice } from '../src/webgpu/device.ts';
import { createWebGpuExecutor } from '../src/webgpu/executor.ts';
import { median } from './compare.ts';
import { type GraphStep, graphStep } from './contenders/graph.ts';
import { type DecoderShape, decoderWorkload, type Method, shapes } from './workloads.ts';

interface Point {
  readonly sequences: number;
  readonly layers: number;
  readonly dispatches: number;
  readonly milliseconds: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      method: { type: 'string', default: 'lora' },
      steps: { type: 'string', default: '7' },
      json: { type: 'string' },
    },
  });
  const method: Method = values.method === 'full' ? 'full' : 'lora';
  const steps = Number(values.steps);
  const executor = await createExecutor('webgpu');
  const base = shapes['1m'];
  console.log(`${method}, ${executor.description}, ${new Date().toISOString().slice(0, 10)}, load ${load()}`);

  const byBatch = await measure(
    executor,
    method,
    steps,
    [1, 2, 4, 8].map((rows) => ({ ...base, rows })),
  );
  for (const { sequences, milliseconds } of byBatch) {
    const rate = (1000 * sequences * base.length) / milliseconds;
    console.log(
      `${sequences} × ${base.length} tokens   ${milliseconds.toFixed(1).padStart(8)} ms  ${rate.toFixed(0).padStart(6)} tokens/s`,
    );
  }
  const byLayers = await measure(
    executor,
    method,
    steps,
    [1, 2, 4, 8].map((layers) => ({ ...base, layers, rows: 4 })),
  );
  for (const { layers, dispatches, milliseconds } of byLayers)
    console.log(`${layers} layers   ${dispatches} dispatches  ${milliseconds.toFixed(1).padStart(8)} ms`);
  console.log(`a line through the time by layers leaves at most ${(100 * distanceFromLine(byLayers)).toFixed(0)}%`);

  const nothing = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'null' })));
  const scripts = await measureScripts(
    nothing,
    method,
    [1, 4, 8, 16, 24].map((layers) => ({ ...base, layers })),
  );
  for (const { layers, dispatches, milliseconds } of scripts)
    console.log(
      `null backend, ${layers} layers   ${dispatches} dispatches  ${milliseconds.toFixed(2)} ms of JavaScript`,
    );
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ byBatch, byLayers, scripts }, null, 2)}\n`);
}

const load = (): string => loadavg()[0]!.toFixed(1);

/** Median milliseconds a step of each shape, in alternation. */
async function measure(executor: Executor, method: Method, steps: number, all: DecoderShape[]): Promise<Point[]> {
  const prepared = await Promise.all(all.map((shape) => prepare(executor, method, shape)));
  const times = all.map((): number[] => []);
  for (let step = 0; step < steps; step++)
    for (const [index, { run }] of prepared.entries()) {
      const start = performance.now();
      void run.backward();
      await run.update();
      times[index]!.push(performance.now() - start);
    }
  for (const { run } of prepared) run.session.dispose();
  return prepared.map(({ point }, index) => ({ ...point, milliseconds: median(times[index]!) }));
}

/** Median milliseconds until a step is enqueued. */
async function measureScripts(executor: Executor, method: Method, all: DecoderShape[]): Promise<Point[]> {
  const points: Point[] = [];
  for (const shape of all) {
    const { run, point } = await prepare(executor, method, shape);
    const times: number[] = [];
    for (let step = 0; step < 30; step++) {
      const start = performance.now();
      void run.backward();
      const done = run.update();
      times.push(performance.now() - start);
      await done;
    }
    run.session.dispose();
    points.push({ ...point, milliseconds: median(times) });
  }
  return points;
}

/** A step that has run once. */
async function prepare(
  executor: Executor,
  method: Method,
  shape: DecoderShape,
): Promise<{ readonly run: GraphStep; readonly point: Omit<Point, 'milliseconds'> }> {
  const run = await graphStep(executor, await decoderWorkload(shape, method));
  void run.backward();
  await run.update();
  const { dispatches } = run.session.statistics;
  return { run, point: { sequences: shape.rows, layers: shape.layers, dispatches } };
}

/** Largest distance of a time from the least-squares line through all, relative to the time. */
function distanceFromLine(points: readonly Point[]): number {
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [layers, time] = [mean((point) => point.layers), mean((point) => point.milliseconds)];
  const slope =
    mean((point) => (point.layers - layers) * (point.milliseconds - time)) /
    mean((point) => (point.layers - layers) ** 2);
  const residuals = points.map((point) => {
    const expected = time + slope * (point.layers - layers);
    return Math.abs(point.milliseconds - expected) / point.milliseconds;
  });
  return Math.max(...residuals);
}

await main();
process.exit(0);
