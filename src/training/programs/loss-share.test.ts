import { describe, expect, test } from 'vitest';
import { type Batch, padBatch } from '../../data/batches.ts';
import { packRows } from '../../data/packing.ts';
import { mix32 } from '../../graph/random.ts';
import { lossScaleFeed } from '../../tasks/texts/inputs.ts';
import { goldenCase, runReference } from '../../testing/golden-case.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { trainableParameters } from '../../tuning/tuning.ts';
import { batchFeeds, inputSizes } from './feeds.ts';
import { lossShares } from './loss-share.ts';
import { type BatchShape, microStepProgram } from './programs.ts';

const sampleAveraged = { loss_function: 'SampleAveragedCrossEntropy' } as const;

/** Answers of 4 to 10 tokens; the last example has nothing to learn. */
const examples = [7, 13, 5, 2, 11, 3].map((length, index) => {
  const ids = Int32Array.from({ length }, (_, t) => mix32(100 * index + t) % 127);
  const promptLength = index === 5 ? length : Math.floor(length / 3);
  return { ids, labels: ids.map((id, t) => (t < promptLength ? -100 : id)), promptLength, truncated: false };
});

const padded = (rows: readonly (readonly number[])[], length: number): Batch =>
  padBatch(examples, rows, { batchSize: rows.length, padId: 0, buckets: [length], paddingQuantile: 1 });

const windowOf = (...batches: Batch[]) => ({
  batches,
  scoredTokens: batches.reduce((sum, batch) => sum + batch.scoredTokens, 0),
});

const golden = await goldenCase('llama-full');
const tuning = resolveTuning(golden.open.model, golden.config.tuning);

/** Loss and gradients of a window, with the shares of a loss; `shape` changes the programs. */
function gradientsOf(
  window: ReturnType<typeof windowOf>,
  loss: Parameters<typeof lossShares>[1],
  shape: Partial<BatchShape> = {},
): Float64Array[] {
  const { model, dtypes } = golden.open;
  const parameters = new Map(golden.parameters);
  const shareOf = lossShares(window, loss);
  window.batches.forEach((batch, index) => {
    const weighsTokens = loss.loss_function === 'SampleAveragedCrossEntropy';
    const program = microStepProgram(model, tuning, dtypes, { ...batch, weighsTokens, ...shape });
    const inputs = inputSizes(program);
    const lossScale = lossScaleFeed(batch, shareOf(batch), inputs);
    runReference(program, parameters, { ...batchFeeds(model, batch, inputs), lossScale, keep: [index] });
  });
  const names = ['loss', ...trainableParameters(model, tuning).map(({ name }) => `gradient/${name}`)];
  return names.map((name) => parameters.get(name)!);
}

/** Shares are rounded to f32. */
function requireSame(actual: readonly Float64Array[], expected: readonly Float64Array[]): void {
  actual.forEach((values, i) => {
    const largest = Math.max(...expected[i]!.map(Math.abs));
    values.forEach((value, j) => {
      expect(Math.abs(value - expected[i]![j]!)).toBeLessThan(1e-6 * largest);
    });
  });
}

describe('SampleAveragedCrossEntropy', () => {
  const alone = examples.slice(0, 5).map((_, index) => padded([[index]], 13));

  /** The mean of what each example gives for itself. */
  const expected = (() => {
    const each = alone.map((batch) => gradientsOf(windowOf(batch), { loss_function: 'TokenAveragedCrossEntropy' }));
    return each[0]!.map((values, i) => values.map((_, j) => each.reduce((sum, of) => sum + of[i]![j]! / 5, 0)));
  })();

  test('is the mean over samples of the mean over their tokens, across the micro-steps of a window', () => {
    requireSame(
      gradientsOf(windowOf(padded([[0], [1], [5]], 13), padded([[2], [3], [4]], 11)), sampleAveraged),
      expected,
    );
  });

  test('takes an example, not a row, for a sample where rows are packed', () => {
    const rows = packRows(
      examples.map(({ ids }) => ids.length),
      23,
    );
    expect(rows.length).toBeLessThan(3);
    requireSame(gradientsOf(windowOf(padded(rows, 23)), sampleAveraged), expected);
  });

  test('is the same where the head sees only the tokens with a label', () => {
    const window = windowOf(padded([[0], [1], [2], [3], [4], [5]], 13));
    requireSame(gradientsOf(window, sampleAveraged, { scoredRows: window.scoredTokens + 3 }), expected);
  });

  test('differs from the mean over tokens', () => {
    const [loss] = gradientsOf(windowOf(...alone), { loss_function: 'TokenAveragedCrossEntropy' });
    expect(Math.abs(loss![0]! / expected[0]![0]! - 1)).toBeGreaterThan(1e-3);
  });
});
