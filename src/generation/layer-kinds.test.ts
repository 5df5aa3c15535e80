import { expect, test } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { randomSource } from '../data/shuffle.ts';
import type { Executor } from '../plan/executor.ts';
import { planProgram } from '../plan/plan.ts';
import { portable } from '../plan/profile.ts';
import { relativeError, runReference } from '../testing/golden-case.ts';
import { goldenRun, withChanges } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { mixedModel, openMixedModel } from '../testing/short-convolution.ts';
import { batchFeeds, inputSizes } from '../training/programs/feeds.ts';
import { evaluateProgram, microStepProgram } from '../training/programs/programs.ts';
import { createTraining } from '../training/run/trainer.ts';
import { createModelSession, type ModelSession } from '../training/session/model-session.ts';
import { freshValues } from '../training/session/start-values.ts';
import { resolveTuning, type TuningSettings } from '../tuning/resolve.ts';
import { requestDevice } from '../webgpu/device.ts';
import { createWebGpuExecutor } from '../webgpu/executor.ts';
import { BeamSearch } from './beam.ts';
import { CachedModel } from './cached-model.ts';
import { createGenerator } from './decode.ts';
import { sequenceLogits } from './logits.ts';
import { generateProgram } from './programs.ts';
import type { GenerationSettings } from './request.ts';

const greedy: GenerationSettings = {
  ...{ doSample: false, temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, minNewTokens: 0 },
  ...{ maxNewTokens: 8, seed: 1 },
};
const noEnd = new Set<number>();
const promptOf = (length: number, start = 3): number[] =>
  Array.from({ length }, (_, index) => (index * 7 + start) % mixedModel.vocabularySize);

function sessionOf(settings?: TuningSettings, executor: Executor = referenceExecutor()): ModelSession {
  const tuning = settings ? resolveTuning(mixedModel, settings) : null;
  return createModelSession({ executor, open: openMixedModel, tuning, seed: 4 });
}
const side = (session: ModelSession) => (session.tuning ? 'tuned' : 'base');

/** Scores of the token after a sequence, by a pass over all of it. */
async function wholePass(session: ModelSession, ids: readonly number[]): Promise<Float32Array> {
  const logits = await sequenceLogits(session, ids);
  return logits.slice(logits.length - mixedModel.vocabularySize);
}

const untuned = ['as published', undefined] as const;
const prompted = ['after a learned prompt', { method: 'prompt', num_virtual_tokens: 5 }] as const;

test.each<readonly [string, TuningSettings | undefined]>([untuned, prompted])(
  '%s, tokens through what the layers keep score as in whole passes, in however many pieces the prompt goes',
  async (_, settings) => {
    const session = sessionOf(settings);
    const text = promptOf(96);
    for (const length of [1, 2, 5, 16, 23, 85]) {
      const cached = new CachedModel(session, { side: side(session), capacity: 128, sequences: 1 });
      await cached.load([length]);
      const first = await cached.prefill(text.slice(0, length));
      expect(relativeError(first, await wholePass(session, text.slice(0, length)))).toBeLessThan(1e-5);
      for (let next = length; next < length + 4; next++) {
        const [scores] = await cached.step([{ id: text[next]!, position: next }]);
        expect(relativeError(scores!, await wholePass(session, text.slice(0, next + 1)))).toBeLessThan(1e-5);
      }
    }
  },
);

test.each<readonly [string, TuningSettings | undefined]>([untuned, prompted])(
  '%s, prompts side by side get the answers they get alone, whoever had their place before',
  async (_, settings) => {
    const session = sessionOf(settings);
    const prompts = Array.from({ length: 7 }, (_, row) => promptOf(1 + 5 * row, row));
    const options = { side: side(session), endIds: new Set([26, 31]), capacity: 64 } as const;
    const alone = createGenerator(session, options);
    const expected = [];
    for (const prompt of prompts) expected.push(await alone.generate(prompt, greedy));
    const together = createGenerator(session, { ...options, batchSize: 3 });
    expect(await together.generateAll(prompts, greedy)).toEqual(expected);
  },
);

test('beams that take over from each other find what beams of whole passes find', async () => {
  const session = sessionOf();
  const prompt = promptOf(9);
  const beams = 4;
  const ends = (ids: readonly number[]) => ids.length === prompt.length + greedy.maxNewTokens;
  const search = new BeamSearch(prompt, greedy, { beams, endIds: noEnd, ends }, randomSource(1));
  const parents = new Set<string>();
  while (search.beams.length > 0) {
    const scores: Float32Array[] = [];
    for (const { ids } of search.beams) scores.push(await wholePass(session, ids));
    search.advance(scores);
    parents.add(String(search.beams.map(({ parent }) => parent)));
  }
  expect(parents.size).toBeGreaterThan(2);
  const generator = createGenerator(session, { side: 'base', endIds: noEnd, capacity: 64 });
  const { ids } = await generator.generate(prompt, { ...greedy, numBeams: beams });
  expect(ids).toEqual(search.best);
});

test('a layer that mixes otherwise than it is listed is refused', () => {
  const [first, second, ...rest] = mixedModel.layers;
  const model = { ...mixedModel, layers: [second!, first!, ...rest] };
  const says = 'layer 0 mixes as short_conv and is listed as attention';
  expect(() => evaluateProgram(model, null, () => 'f32', batch)).toThrow(says);
  const shape = { rows: 1, capacity: 64, side: 'base', sequences: 1, fed: 'step' } as const;
  expect(() => generateProgram(model, null, () => 'f32', shape)).toThrow(says);
});

test('a piece that would need padding is refused', async () => {
  const cached = new CachedModel(sessionOf(), { side: 'base', capacity: 64, sequences: 1 });
  await cached.load([16]);
  await expect(cached.feed(promptOf(5), 0)).rejects.toThrow('not loaded');
});

test('the sheet of a program that generates counts what every layer keeps', () => {
  const shape = { rows: 3, capacity: 64, side: 'base', sequences: 3, fed: 'step' } as const;
  const { cost } = planProgram(
    generateProgram(mixedModel, null, () => 'f32', shape),
    portable,
  );
  const rows = { token: 3 * 64, sequence: 3 };
  const kept = mixedModel.layers.flatMap(({ keeps }) => keeps);
  // Buffers end at multiples of 256 bytes.
  const bytes = kept.map(({ per, width }) => 256 * Math.ceil((4 * rows[per] * width) / 256));
  expect(cost.peakByKind.cache).toBe(bytes.reduce((sum, each) => sum + each));
});

function drawnValues(): Map<string, Float64Array> {
  const drawn = mixedModel.parameters.map(({ name }) => [name, freshValues(mixedModel, name, 4)] as const);
  const tables = mixedModel.tables().map(({ name, data }) => [name, data] as const);
  return new Map([...drawn, ...tables].map(([name, values]) => [name, Float64Array.from(values)]));
}

/** A padded batch of two rows, whatever a program reads of it. */
const batch = {
  ...{ rows: [[0], [1]], batchSize: 2, length: 6, lengths: [[6], [4]], scoredTokens: 7, tokens: 10 },
  ids: Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 0, 0),
  labels: Int32Array.of(1, -100, 1, 5, 9, -100, 6, 5, 3, -100, -100, -100),
};

test('rows and packed examples do not reach into each other, and padding changes nothing', () => {
  const lossOf = (each: typeof batch): number => {
    const graph = evaluateProgram(mixedModel, null, () => 'f32', each);
    const feeds = { ...batchFeeds(mixedModel, each, inputSizes(graph)), lossScale: [1] };
    return runReference(graph, drawnValues(), feeds).loss![0]!;
  };
  const alone = [0, 6].map((first, row) => {
    const count = batch.lengths[row]![0]!;
    const [ids, labels] = [batch.ids, batch.labels].map((all) => all.slice(first, first + count));
    return { ...batch, rows: [[row]], batchSize: 1, length: count, lengths: [[count]], ids: ids!, labels: labels! };
  });
  const sum = lossOf(alone[0]!) + lossOf(alone[1]!);
  expect(lossOf(batch)).toBeCloseTo(sum, 10);
  const [ids, labels] = [batch.ids, batch.labels].map((all) => all.slice(0, 10));
  const row = { ...batch, rows: [[0, 1]], batchSize: 1, length: 10, ids: ids!, labels: labels! };
  expect(lossOf({ ...row, lengths: [[6, 4]] })).toBeCloseTo(sum, 10);
  // As one example of ten tokens they do.
  expect(Math.abs(lossOf({ ...row, lengths: [[10]] }) - sum)).toBeGreaterThan(1e-3);
});

test('gradients of a model that mixes kinds of layers agree with central differences', () => {
  const tuning = resolveTuning(mixedModel, { method: 'full' });
  const graph = microStepProgram(mixedModel, tuning, () => 'f32', batch);
  const values = drawnValues();
  const feeds = { ...batchFeeds(mixedModel, batch, inputSizes(graph)), lossScale: [1 / 7], keep: [0] };
  const lossWith = (name: string, element: number, change: number): number => {
    const changed = values.get(name)!.slice();
    changed[element]! += change;
    const parameters = new Map([...values, [name, changed]]);
    runReference(graph, parameters, feeds);
    return parameters.get('loss')![0]!;
  };
  const parameters = new Map(values);
  runReference(graph, parameters, feeds);
  const again = new Map(values);
  runReference(
    microStepProgram(mixedModel, tuning, () => 'f32', batch, 'blocks'),
    again,
    feeds,
  );
  expect(again).toEqual(parameters);
  for (const name of [
    'model.embed_tokens.weight',
    'model.layers.0.conv.conv.weight',
    'model.layers.0.conv.in_proj.weight',
    'model.layers.1.self_attn.k_proj.weight',
    'model.layers.2.conv.conv.weight',
    'model.layers.2.conv.out_proj.weight',
  ]) {
    const gradient = parameters.get(`gradient/${name}`)!;
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(1e-6);
    for (const element of [0, Math.floor(gradient.length / 2), gradient.length - 1]) {
      const step = 1e-5;
      const numeric = (lossWith(name, element, step) - lossWith(name, element, -step)) / (2 * step);
      // The differences are right to about 1e-10: the step's square, and rounding over the step.
      expect(Math.abs(gradient[element]! - numeric) / largest).toBeLessThan(1e-7);
    }
  }
});

/** The likeliest next tokens by whole passes. */
async function withoutCache(session: ModelSession, prompt: readonly number[]): Promise<number[]> {
  const ids = [...prompt];
  while (ids.length < prompt.length + greedy.maxNewTokens) {
    const scores = await wholePass(session, ids);
    ids.push(scores.indexOf(Math.max(...scores)));
  }
  return ids.slice(prompt.length);
}

async function runOf(changes: Parameters<typeof withChanges>[1]) {
  const { adapter: _, open: __, config, ...rest } = await goldenRun('llama-lora');
  const fresh = { lora_target_modules: ['in_proj', 'out_proj', 'q_proj'], lora_r: 4, init_from: '' };
  const changed = withChanges(config, { tuning: fresh, training: { max_steps: 20, learning_rate: 0.01 } });
  return { ...rest, config: withChanges(changed, changes), open: openMixedModel, executor: referenceExecutor() };
}

test('it is trained, and then answers as base and as tuned', async () => {
  const losses: number[] = [];
  const run = await runOf({});
  const training = createTraining({
    ...run,
    onEvent: (event) => {
      if (event.kind === 'step') losses.push(event.metrics.loss);
    },
  });
  await training.start();
  expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
  const prompt = promptOf(5);
  const answers = [];
  for (const each of ['base', 'tuned'] as const) {
    const generator = createGenerator(training.model, { side: each, endIds: noEnd, capacity: 64 });
    answers.push((await generator.generate(prompt, greedy)).ids);
  }
  const [base, tuned] = answers;
  const { executor, open, config } = run;
  const published = createModelSession({ executor, open, tuning: null, seed: config.environment.seed });
  expect(base).toEqual(await withoutCache(published, prompt));
  expect(tuned).toEqual(await withoutCache(training.model, prompt));
  expect(tuned).not.toEqual(base);
});

test('keys that are learned for each layer are refused', () => {
  expect(() => resolveTuning(mixedModel, { method: 'prefix' })).toThrow('whose layers keep different things');
});

test('the same on WebGPU: states begin at nothing, move and are stepped together', async () => {
  const executor = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'software' })));
  const answers = async (session: ModelSession) => {
    const generator = createGenerator(session, { side: 'base', endIds: new Set([26]), capacity: 64, batchSize: 3 });
    const beams = await generator.generate(promptOf(16), { ...greedy, numBeams: 3 });
    return [
      ...(await generator.generateAll(
        [1, 16, 17, 33].map((length) => promptOf(length)),
        greedy,
      )),
      beams,
    ];
  };
  expect(await answers(sessionOf(undefined, executor))).toEqual(await answers(sessionOf()));
  executor.dispose();
});
