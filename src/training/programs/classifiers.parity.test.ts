import { describe, expect, test } from 'vitest';
import { textQuestions } from '../../tasks/texts/questions.ts';
import {
  classifierCases,
  type GoldenCase,
  goldenCase,
  relativeError,
  runReference,
  trainReference,
} from '../../testing/golden-case.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import { batchFeeds, inputSizes } from './feeds.ts';
import { answerProgram } from './programs.ts';

const tuningOf = ({ open, config }: GoldenCase): Tuning => resolveTuning(open.model, config.tuning);

/** Where a pair's second type begins, if it has one. */
const typeStartOf = (ids: readonly number[], types: readonly number[] | null): number => {
  const start = types?.indexOf(1) ?? -1;
  return start < 0 ? ids.length : start;
};

/** What the model says of the probes, side by side in one padded batch. */
function logits({ open, expected, parameters }: GoldenCase, tuning: Tuning | null): Float64Array {
  const { probes, types } = expected;
  const asked = probes.map((ids, row) => ({ ids, ...(types ? { typeStart: typeStartOf(ids, types[row]!) } : {}) }));
  const virtual = tuning?.adapter?.virtualTokens;
  const [batch] = textQuestions(open.model, asked, probes.length, virtual?.count);
  const shape = { ...batch!, pairs: types !== undefined };
  const program = answerProgram(open.model, tuning, open.dtypes, shape, 'tuned');
  return runReference(program, parameters, batchFeeds(open.model, batch!, inputSizes(program), virtual)).logits!;
}

describe.each(classifierCases)('%s, in float64 against PyTorch', (name) => {
  test('texts are tokenised and cut as transformers does', async () => {
    const { data, expected } = await goldenCase(name);
    const ours = [...data.trainExamples.examples].slice(0, expected.probes.length).map(({ ids }) => [...ids]);
    expect(ours).toEqual(expected.probes);
    const types = [...data.trainExamples.examples].slice(0, ours.length).map(({ typeStart }) => typeStart);
    const { probes } = expected;
    const wanted = probes.map((ids, row) => expected.types && typeStartOf(ids, expected.types[row]!));
    // A model without types leaves aside those that its tokenizer gives.
    if (!expected.types || expected.types[0]) expect(types).toEqual(wanted);
  });

  // PyTorch computed in f32: its own rounding is a few 1e-6 of the largest logit.
  test('logits with a fresh head and at the start of training are the same', async () => {
    const golden = await goldenCase(name);
    const { tuning } = golden.config;
    expect(relativeError(logits(golden, null), await golden.expectedTensor('logits_base'))).toBeLessThan(1e-5);
    const start = logits(golden, tuning.method === 'full' ? null : tuningOf(golden));
    expect(relativeError(start, await golden.expectedTensor('logits_start'))).toBeLessThan(1e-5);
  });

  // The curves of f32 and float64 PyTorch themselves differ by up to 1e-4.
  test("20 updates follow the losses of transformers' own classifier and its gradient norms", async () => {
    const golden = await goldenCase(name);
    const { losses, gradNorms } = trainReference(golden);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss / golden.expected.losses[step]! - 1)).toBeLessThan(1e-4);
      expect(Math.abs(gradNorms[step]! / golden.expected.grad_norms[step]! - 1)).toBeLessThan(1e-4);
    });
    const after = await golden.expectedTensor('logits_after');
    expect(relativeError(logits(golden, tuningOf(golden)), after)).toBeLessThan(1e-3);
  });
});
