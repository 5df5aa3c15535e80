import { describe, expect, test } from 'vitest';
import { maskedLabel } from '../../data/examples.ts';
import { indexOfLargest } from '../../tasks/scores.ts';
import { textQuestions } from '../../tasks/texts/questions.ts';
import { tagScores } from '../../tasks/tokens/entities.ts';
import {
  type GoldenCase,
  goldenCase,
  relativeError,
  runReference,
  tagCases,
  trainReference,
} from '../../testing/golden-case.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import { batchFeeds, inputSizes } from './feeds.ts';
import { answerProgram } from './programs.ts';

const tuningOf = ({ open, config }: GoldenCase): Tuning => resolveTuning(open.model, config.tuning);

/** What the model says of each token of these texts, side by side in one padded batch. */
function logits({ open, parameters }: GoldenCase, texts: readonly ArrayLike<number>[], tuning: Tuning | null) {
  const [batch] = textQuestions(
    open.model,
    texts.map((ids) => ({ ids: Int32Array.from(ids) })),
    texts.length,
  );
  const program = answerProgram(open.model, tuning, open.dtypes, batch!, 'tuned');
  const all = runReference(program, parameters, batchFeeds(open.model, batch!, inputSizes(program))).logits!;
  const { outputs } = open.model.classifier!;
  const width = batch!.length * outputs;
  return texts.map(({ length }, row) => all.subarray(row * width, row * width + length * outputs));
}

const flat = (rows: readonly Float64Array[]): number[] => rows.flatMap((row) => [...row]);

describe.each(tagCases)('%s, in float64 against PyTorch', (name) => {
  test('words become pieces and tags labels as in run_ner.py; classes are its sorted list', async () => {
    const { data, expected, open } = await goldenCase(name);
    const examples = [...data.trainExamples.examples].slice(0, expected.probes.length);
    expect(examples.map(({ ids }) => [...ids])).toEqual(expected.probes);
    expect(examples.map(({ labels }) => [...labels.subarray(1)])).toEqual(expected.labels);
    expect(open.model.classifier!.names).toEqual(expected.names);
  });

  // PyTorch computed in f32: its own rounding is a few 1e-6 of the largest logit.
  test('logits with a fresh head and at the start of training are the same', async () => {
    const golden = await goldenCase(name);
    const { probes } = golden.expected;
    const base = flat(logits(golden, probes, null));
    expect(relativeError(base, await golden.expectedTensor('logits_base'))).toBeLessThan(1e-5);
    const tuning = golden.config.tuning.method === 'full' ? null : tuningOf(golden);
    const start = flat(logits(golden, probes, tuning));
    expect(relativeError(start, await golden.expectedTensor('logits_start'))).toBeLessThan(1e-5);
  });

  // The curves of f32 and float64 PyTorch themselves differ by up to 1e-4.
  test("20 updates follow the losses of transformers' own classifier, and its tags have seqeval's scores", async () => {
    const golden = await goldenCase(name);
    const { expected, data } = golden;
    const { losses, gradNorms } = trainReference(golden);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss / expected.losses[step]! - 1)).toBeLessThan(1e-4);
      expect(Math.abs(gradNorms[step]! / expected.grad_norms[step]! - 1)).toBeLessThan(1e-4);
    });
    const tuning = tuningOf(golden);
    const after = flat(logits(golden, expected.probes, tuning));
    expect(relativeError(after, await golden.expectedTensor('logits_after'))).toBeLessThan(1e-3);
    const examples = [...data.trainExamples.examples];
    const { names, outputs } = golden.open.model.classifier!;
    const all = logits(
      golden,
      examples.map(({ ids }) => ids),
      tuning,
    );
    const rows = examples.map(({ labels }, row) => {
      const places = [...labels.subarray(1).keys()].filter((place) => labels[place + 1] !== maskedLabel);
      const best = (place: number) => indexOfLargest(all[row]!.subarray(place * outputs, (place + 1) * outputs));
      return {
        wanted: places.map((place) => names[labels[place + 1]!]!),
        given: places.map((place) => names[best(place)]!),
      };
    });
    for (const [score, value] of Object.entries(tagScores(rows)))
      expect(value).toBeCloseTo(expected.scores[score]!, 12);
  });
});
