import { describe, expect, test } from 'vitest';
import { type Batch, createBatches, padBatch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { randomBits, signedUnit, siteKey } from '../../graph/random.ts';
import type { Graph } from '../../graph/types.ts';
import { withMaskedTokens } from '../../tasks/texts/token-mask.ts';
import { type GoldenCase, goldenCase, runReference } from '../../testing/golden-case.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { trainableParameters } from '../../tuning/tuning.ts';
import { readFloats } from '../run/checkpoint.ts';
import { createTraining } from '../run/trainer.ts';
import { batchFeeds, inputSizes } from './feeds.ts';
import { evaluateProgram, microStepProgram } from './programs.ts';

/** Rows in which no id comes twice, so that a place has a row of the embedding for itself. */
const examples = [13, 7, 11].map((length, index) => {
  const ids = Int32Array.from({ length }, (_, t) => 2 + 20 * index + t);
  return { ids, labels: ids.map((id, t) => (t < 2 ? maskedLabel : id)), promptLength: 2, truncated: false };
});
const length = 16;
const batch = padBatch(examples, [[0], [1], [2]], { batchSize: 3, padId: 1, buckets: [length], paddingQuantile: 1 });

describe('intermediate_dropout', () => {
  const lossWith = ({ open, config, parameters }: GoldenCase, dropout: number, seed: readonly number[]): number => {
    const program = microStepProgram(open.model, resolveTuning(open.model, config.tuning), open.dtypes, {
      ...batch,
      dropout,
    });
    const own = new Map(parameters);
    const fed = batchFeeds(open.model, batch, inputSizes(program));
    runReference(program, own, { ...fed, lossScale: [1 / batch.scoredTokens], keep: [0], seed });
    return own.get('loss')![0]!;
  };

  test.each(['llama-lora', 'bert-lora', 'phi-lora'])(
    '%s: drops what each half of a layer adds, by a mask of its own, in training only',
    async (name) => {
      const { open, config } = await goldenCase(name);
      const tuning = resolveTuning(open.model, config.tuning);
      const masks = (graph: Graph) =>
        graph.nodes.flatMap((node) => (node.op === 'dropout' ? [node.attributes] : [])).map(({ site }) => site);
      const sites = masks(microStepProgram(open.model, tuning, open.dtypes, { ...batch, dropout: 0.2 }));
      expect(new Set(sites).size).toBe(2 * open.model.layers.length);
      expect(masks(evaluateProgram(open.model, tuning, open.dtypes, { ...batch, dropout: 0.2 }))).toEqual([]);
    },
  );

  test('is another loss for another seed, and the same for the same', async () => {
    const golden = await goldenCase('llama-lora');
    const dropped = lossWith(golden, 0.3, [1, 2]);
    expect(lossWith(golden, 0.3, [1, 2])).toBe(dropped);
    const others = [lossWith(golden, 0.3, [1, 3]), lossWith(golden, 0, [1, 2])];
    for (const other of others) expect(Math.abs(other / dropped - 1)).toBeGreaterThan(1e-4);
  });
});

describe('neftune_noise_alpha', () => {
  const seed = [7, 0xdeadbeef] as const;

  /** Loss and gradients of a micro-step. */
  function gradientsOf({ open, config, parameters }: GoldenCase, noiseAlpha: number): Float64Array[] {
    const tuning = resolveTuning(open.model, config.tuning);
    const program = microStepProgram(open.model, tuning, open.dtypes, { ...batch, noiseAlpha });
    const own = new Map(parameters);
    const fed = batchFeeds(open.model, batch, inputSizes(program));
    runReference(program, own, { ...fed, lossScale: [1 / batch.scoredTokens], keep: [0], seed });
    return ['loss', ...trainableParameters(open.model, tuning).map(({ name }) => `gradient/${name}`)].map(
      (name) => own.get(name)!,
    );
  }

  test('adds uniform noise of ±α/√(length·width) to the embeddings', async () => {
    const golden = await goldenCase('llama-lora');
    const actual = gradientsOf(golden, 5);
    const plain = gradientsOf(golden, 0);
    const { hiddenSize: width } = golden.open.model;
    const table = golden.parameters.get('model.embed_tokens.weight')!;
    const site = siteKey('model.embed_tokens/neftune');
    const largest = 5 / Math.sqrt(length * width);
    batch.ids.forEach((id, place) => {
      for (let i = 0; i < width; i++) {
        const drawn = signedUnit(randomBits(...seed, site, place * width + i));
        table[id * width + i]! += largest * drawn;
      }
    });
    const expected = gradientsOf(golden, 0);
    actual.forEach((values, i) => {
      values.forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i]![j]!, 10);
      });
    });
    expect(Math.abs(actual[0]![0]! - plain[0]![0]!)).toBeGreaterThan(1e-4);
  });

  test('is not multiplied with the embeddings of Gemma, whose scale is a part of looking them up', async () => {
    const { open, model, config } = await goldenCase('gemma-lora');
    const tuning = resolveTuning(model, config.tuning);
    const { nodes } = microStepProgram(model, tuning, open.dtypes, { ...batch, noiseAlpha: 5 });
    const noise = nodes.find((node) => node.op === 'uniform_noise')!;
    expect(noise.inputs[0]!.node).toMatchObject({ op: 'scale', attributes: { factor: model.embeddingScale } });
    expect(noise.attributes.amplitude).toBeCloseTo(5 / Math.sqrt(length * model.hiddenSize), 12);
  });

  test('is nowhere in evaluation', async () => {
    const { open } = await goldenCase('llama-lora');
    const { nodes } = evaluateProgram(open.model, null, open.dtypes, { ...batch, noiseAlpha: 5 });
    expect(nodes.map(({ op }) => op)).not.toContain('uniform_noise');
  });

  test('fills its range evenly', () => {
    const drawn = Array.from({ length: 4000 }, (_, i) => signedUnit(randomBits(3, 9, siteKey('a'), i)));
    const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
    expect(Math.max(...drawn.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(Math.abs(mean(drawn))).toBeLessThan(0.04);
    expect(Math.abs(mean(drawn.map((x) => x * x)) - 1 / 3)).toBeLessThan(0.03);
  });
});

describe('token_mask_probability', () => {
  const settings = {
    ...{ batchSize: 2, gradAccumulation: 2, seed: 3, shuffle: true, dropLast: false, padId: 1 },
    ...{ maxLength: 16, packing: true, paddingQuantile: 1 },
  };
  const many = Array.from({ length: 60 }, (_, index) => examples[index % 3]!);
  const plain = createBatches(many, settings);
  const masked = withMaskedTokens(plain, { probability: 0.3, maskId: 99, masksLabels: true }, 5);
  const windows = Array.from({ length: plain.stepsPerEpoch }, (_, step) =>
    [plain, masked].map((of) => of.windowAt(0, step)),
  );
  const pairs = windows.flatMap(([before, after]) =>
    before!.batches.map((each, index): [Batch, Batch] => [each, after!.batches[index]!]),
  );

  test('masks that share of the tokens, of prompts and answers, and no padding', () => {
    let [changed, tokens] = [0, 0];
    for (const [before, after] of pairs) {
      tokens += before.tokens;
      before.ids.forEach((id, place) => {
        if (after.ids[place] === id) return;
        changed++;
        expect(after.ids[place]).toBe(99);
        expect(id).not.toBe(settings.padId);
      });
    }
    expect(Math.abs(changed / tokens - 0.3)).toBeLessThan(0.05);
  });

  test('predicts no masked token, and counts the others', () => {
    for (const [before, after] of pairs) {
      before.labels.forEach((label, place) => {
        const follows = label === maskedLabel || after.ids[place + 1] === before.ids[place + 1];
        expect(after.labels[place]).toBe(follows ? label : maskedLabel);
      });
      expect(after.scoredTokens).toBe(after.labels.filter((label) => label !== maskedLabel).length);
    }
    for (const [before, after] of windows) expect(after!.scoredTokens).toBeLessThan(before!.scoredTokens);
  });

  test('draws anew for each update and is the same whenever it is asked for', () => {
    expect(masked.windowAt(0, 1)).toEqual(windows[1]![1]);
    const where = (epoch: number) =>
      masked.windowAt(epoch, 0).batches.map(({ ids }) => [...ids.keys()].filter((place) => ids[place] === 99));
    expect(where(1)).not.toEqual(where(0));
  });

  test('leaves the labels of texts alone', () => {
    const texts = withMaskedTokens(plain, { probability: 0.3, maskId: 99, masksLabels: false }, 5);
    expect(texts.windowAt(0, 0).batches[0]!.labels).toEqual(plain.windowAt(0, 0).batches[0]!.labels);
    expect(texts.windowAt(0, 0).batches[0]!.ids).toContain(99);
  });
});

test('a run with noise and masked tokens, broken off and gone on with, is bitwise the one without a break', async () => {
  const options = await goldenRun('llama-lora', {
    augmentation: { neftune_noise_alpha: 5, token_mask_probability: 0.2 },
    training: { max_steps: 8 },
  });
  const whole = createTraining({ ...options, executor: referenceExecutor() });
  await whole.start();
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 3 }).start();
  const rest = createTraining({ ...options, executor: referenceExecutor(), run, resume: true });
  await rest.start();
  for (const { name } of trainableParameters(whole.model.open.model, whole.tuning))
    expect(await readFloats(rest.model.session, name)).toEqual(await readFloats(whole.model.session, name));
});
