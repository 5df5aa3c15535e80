import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../files/safetensors.ts';
import { requireClose } from '../graph/reference/cases.ts';
import type { Graph } from '../graph/types.ts';
import { requireImageModel } from '../models/model.ts';
import { runReference } from '../testing/golden-case.ts';
import { batchFeeds, inputSizes } from '../training/programs/feeds.ts';
import { answerProgram, microStepProgram, updateProgram } from '../training/programs/programs.ts';
import { learningRateFactor, updateHyper } from '../training/programs/schedule.ts';
import { trainingPrograms } from '../training/programs/training-programs.ts';
import { openAdapter } from '../training/session/adapter-tuning.ts';
import { openRun } from '../training/session/fit-run.ts';
import { openModel } from '../training/session/open-model.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { runningBuffer } from '../tuning/tuning.ts';
import { nodeFiles } from './node-files.ts';
import { readPictureTables } from './node-pictures.ts';
import { readRunConfig } from './run-files.ts';

interface Expected {
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
  readonly trained: readonly string[];
}

async function pictureCase(name: string) {
  const folder = fileURLToPath(new URL(`../../interop/golden-images/${name}/`, import.meta.url));
  const files = nodeFiles(folder);
  const config = await readRunConfig(`${folder}run.json`);
  const open = await openModel(files);
  const { training } = await readPictureTables(`${folder}run.json`, config, requireImageModel(open.model).input);
  const expected = JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')) as Expected;
  const tensors = await openSafetensors(files, 'expected.safetensors');
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const lesson = openRun(open, config, { pictures: { training } }).lesson;
  const data = lesson.fit(open.model, tuning, config).prepare();
  const adapter = config.tuning.init_from
    ? (await openAdapter(open, nodeFiles(`${folder}adapter-initial`))).values
    : new Map<string, Float32Array>();
  const tensor = (key: string) => tensors.readFloats(key);
  return { config, open, model: requireImageModel(open.model), adapter, tuning, data, expected, tensor };
}

type Case = Awaited<ReturnType<typeof pictureCase>>;

/** Published values under the names that programs of a run give their buffers. */
async function startOf({ open, model, tuning, adapter }: Case): Promise<Map<string, Float64Array>> {
  const values = new Map<string, Float64Array>();
  const read = async (name: string) => Float64Array.from(await open.weights.readFloats(open.tensorOf(name)));
  for (const { name } of model.parameters) {
    values.set(name, await read(name));
    if (tuning.trained.has(name)) values.set(`base/${name}`, await read(name));
  }
  for (const [name, floats] of adapter) values.set(name, Float64Array.from(floats));
  for (const { name } of model.buffers) values.set(runningBuffer(name), await read(name));
  return values;
}

const root = fileURLToPath(new URL('../../interop/golden-images/', import.meta.url));
const cases = readdirSync(root).filter((name) => name !== 'pictures');

describe.each(cases)('%s in float64 against PyTorch', (name) => {
  it('has the names, the logits, the losses, the gradient norms, the weights and the running statistics', async () => {
    const golden = await pictureCase(name);
    const { config, open, model, tuning, data, expected } = golden;
    const learned = [...tuning.trained.keys(), ...tuning.adapterParameters.map(({ name }) => name)];
    // Of an adapter PEFT has another order.
    const [ours, theirs] = [learned, [...expected.trained]].map((names) => (tuning.adapter ? names.sort() : names));
    expect(ours).toEqual(theirs);
    const first = data.train.batchAt(0, 0);
    const pixels = await golden.tensor('pixels');
    requireClose('pixels', first.pixels!.subarray(0, pixels.length), pixels, 1e-6);
    const expectedLogits = async (key: string) =>
      (await golden.tensor(key)).subarray(0, first.batchSize * model.classifier.outputs);
    const values = await startOf(golden);
    const run = (graph: Graph, feeds: Readonly<Record<string, ArrayLike<number>>>) =>
      runReference(graph, values, feeds);
    const logits = () => {
      const graph = answerProgram(model, tuning, open.dtypes, { batchSize: first.batchSize, length: 1 }, 'tuned');
      return run(graph, { pixels: first.pixels! }).logits!;
    };
    requireClose('logits before', logits(), await expectedLogits('logits_base'), 1e-5);

    const plan = trainingPrograms({ model, dtypes: open.dtypes }, tuning, config, data, 'activations');
    const shape = { batchSize: first.batchSize, length: 1 };
    const micro = microStepProgram(model, tuning, open.dtypes, shape, 'activations');
    const update = updateProgram(model, tuning, config.training);
    for (const [step, loss] of expected.losses.entries()) {
      const { stepsPerEpoch } = plan;
      const window = data.train.windowAt(Math.floor(step / stepsPerEpoch), step % stepsPerEpoch);
      for (const [index, batch] of window.batches.entries())
        run(micro, {
          ...batchFeeds(model, batch, inputSizes(micro)),
          lossScale: [1 / window.scoredTokens],
          keep: [index === 0 ? 0 : 1],
        });
      const done = run(update, { hyper: updateHyper(config.training, plan.schedule, step) });
      expect(done.loss![0]!).toBeCloseTo(loss, 6);
      expect(done.gradNorm![0]! / expected.grad_norms[step]!).toBeCloseTo(1, 5);
    }
    for (const parameter of expected.trained)
      requireClose(parameter, values.get(parameter)!, await golden.tensor(parameter), 1e-5);
    for (const { name: buffer } of model.buffers)
      requireClose(buffer, values.get(runningBuffer(buffer))!, await golden.tensor(buffer), 1e-5);
    requireClose('logits after', logits(), await expectedLogits('logits_after'), 1e-5);
    expect(learningRateFactor(plan.schedule, 0)).toBe(1);
  }, 600_000);
});
