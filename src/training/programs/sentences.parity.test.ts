import { describe, expect, test } from 'vitest';
import { objectiveOf } from '../../tasks/registry.ts';
import { textQuestions } from '../../tasks/texts/questions.ts';
import {
  type GoldenCase,
  goldenCase,
  relativeError,
  runReference,
  sentenceCases,
  trainReference,
} from '../../testing/golden-case.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import { batchFeeds, inputSizes } from './feeds.ts';
import { answerProgram, evaluateProgram } from './programs.ts';

/** The vectors of these texts, side by side, [texts, width]. */
function vectors(
  { open, model, parameters }: GoldenCase,
  texts: readonly (readonly number[])[],
  tuning: Tuning | null,
) {
  const [batch] = textQuestions(
    model,
    texts.map((ids) => ({ ids })),
    texts.length,
  );
  const program = answerProgram(model, tuning, open.dtypes, batch!, 'tuned');
  return runReference(program, parameters, batchFeeds(model, batch!, inputSizes(program))).logits!;
}

/** All rows, evaluated. */
function evaluated({ open, model, config, data, parameters }: GoldenCase) {
  const all = data.everyRow!();
  const batches = Array.from({ length: all.batchesPerEpoch }, (_, index) => all.batchAt(0, index));
  const tuning = resolveTuning(model, config.tuning);
  const found = batches.map((batch) => {
    const program = evaluateProgram(model, tuning, open.dtypes, batch);
    return runReference(program, parameters, {
      ...batchFeeds(model, batch, inputSizes(program)),
      lossScale: [1],
    });
  });
  const vectorsOf = (index: number) => Float32Array.from(found[index]!.logits!);
  return { batches, losses: found.map(({ loss }) => loss![0]!), vectorsOf };
}

describe.each(sentenceCases)('%s, in float64 against sentence-transformers', (name) => {
  test('vectors of the published model and at the start of training are the same', async () => {
    const golden = await goldenCase(name);
    const { probes } = golden.expected;
    // Computed in f32 there.
    const base = await golden.expectedTensor('vectors_base');
    expect(relativeError(vectors(golden, probes, null), base)).toBeLessThan(1e-5);
    const tuning = golden.config.tuning.method === 'full' ? null : resolveTuning(golden.model, golden.config.tuning);
    const start = await golden.expectedTensor('vectors_start');
    expect(relativeError(vectors(golden, probes, tuning), start)).toBeLessThan(1e-5);
  });

  test('20 updates follow the losses of its own training in double precision', async () => {
    const golden = await goldenCase(name);
    const { expected, model, config } = golden;
    const { losses, gradNorms } = trainReference(golden);
    expect(losses).toHaveLength(20);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss / expected.losses[step]! - 1)).toBeLessThan(1e-6);
      expect(Math.abs(gradNorms[step]! / expected.grad_norms[step]! - 1)).toBeLessThan(1e-5);
    });
    const after = vectors(golden, expected.probes, resolveTuning(model, config.tuning));
    expect(relativeError(after, await golden.expectedTensor('vectors_after'))).toBeLessThan(1e-5);

    const { batches, losses: ofBatches, vectorsOf } = evaluated(golden);
    const scores = objectiveOf(model).scores!(model, batches, vectorsOf);
    expect(Object.keys(scores).sort()).toEqual(Object.keys(expected.scores).sort());
    for (const [score, value] of Object.entries(scores)) expect(value, score).toBeCloseTo(expected.scores[score]!, 6);
    // The last batch has one row, and of pairs no other to be told from.
    expect(batches.at(-1)!.scoredTokens).toBe(1);
    if (model.sentence!.learns === 'ranking') expect(ofBatches.at(-1)).toBeCloseTo(0, 12);
    else expect(ofBatches.at(-1)).toBeGreaterThan(1e-6);
  });
});
