import { describe, expect, test } from 'vitest';
import { textQuestions } from '../../tasks/texts/questions.ts';
import {
  type GoldenCase,
  goldenCase,
  maskedCases,
  relativeError,
  runReference,
  trainReference,
} from '../../testing/golden-case.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import { batchFeeds, inputSizes } from './feeds.ts';
import { answerProgram } from './programs.ts';

/** What the model says of each token of these texts, [tokens, vocabulary]. */
function logits({ open, model, parameters }: GoldenCase, texts: readonly (readonly number[])[], tuning: Tuning | null) {
  const [batch] = textQuestions(
    model,
    texts.map((ids) => ({ ids })),
    texts.length,
  );
  const program = answerProgram(model, tuning, open.dtypes, batch!, 'tuned');
  const all = runReference(program, parameters, batchFeeds(model, batch!, inputSizes(program))).logits!;
  const width = batch!.length * model.vocabularySize;
  return texts.flatMap(({ length }, row) => [
    ...all.subarray(row * width, row * width + length * model.vocabularySize),
  ]);
}

describe.each(maskedCases)('%s, in float64 against PyTorch', (name) => {
  test('the tokens of the first rows are masked as DataCollatorForLanguageModeling masks, special ones never', async () => {
    const { data, expected } = await goldenCase(name);
    const { ids, labels, length } = data.train.batchAt(0, 0);
    const { rows } = data.train.batchAt(0, 0);
    expect(expected.masked.map((_, row) => [row])).toEqual(rows);
    for (const row of rows.keys()) {
      const count = expected.masked[row]!.length;
      const own = (values: Int32Array) => [...values.subarray(row * length, row * length + count)];
      expect(own(ids)).toEqual(expected.masked[row]);
      expect(own(labels)).toEqual(expected.labels[row]);
    }
  });

  // PyTorch computed in f32: its own rounding is a few 1e-6 of the largest logit.
  test('logits of the published model and at the start of training are the same', async () => {
    const golden = await goldenCase(name);
    const { probes } = golden.expected;
    expect(relativeError(logits(golden, probes, null), await golden.expectedTensor('logits_base'))).toBeLessThan(1e-5);
    const tuning = golden.config.tuning.method === 'full' ? null : resolveTuning(golden.model, golden.config.tuning);
    const start = logits(golden, probes, tuning);
    expect(relativeError(start, await golden.expectedTensor('logits_start'))).toBeLessThan(1e-5);
  });

  // The curves of f32 and float64 PyTorch themselves differ by up to 1e-4.
  test("20 updates follow the losses of transformers' own model on the same masks", async () => {
    const golden = await goldenCase(name);
    const { expected, model, config } = golden;
    const { losses, gradNorms } = trainReference(golden);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss / expected.losses[step]! - 1)).toBeLessThan(1e-4);
      expect(Math.abs(gradNorms[step]! / expected.grad_norms[step]! - 1)).toBeLessThan(1e-4);
    });
    const after = logits(golden, expected.probes, resolveTuning(model, config.tuning));
    expect(relativeError(after, await golden.expectedTensor('logits_after'))).toBeLessThan(1e-3);
  });
});
