import { describe, expect, test } from 'vitest';
import { attentionRanges } from '../../data/attention-ranges.ts';
import { tensorName } from '../../files/peft-names.ts';
import { generateProgram, primeProgram } from '../../generation/programs.ts';
import { rangeInputs } from '../../models/model.ts';
import { rangeFeeds } from '../../tasks/texts/inputs.ts';
import {
  type GoldenCase,
  goldenCase,
  goldenCases,
  relativeError,
  runReference,
  trainReference,
} from '../../testing/golden-case.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { toSaved } from '../../tuning/saved.ts';
import { answerProgram } from './programs.ts';

const tuningOf = ({ model, config }: GoldenCase) => resolveTuning(model, config.tuning, config.training.learning_rate);

/** Positions, ranges and state of `rows` queries from `first` on, over the `keys` places of a cache. */
function cacheFeeds({ model }: GoldenCase, rows: number, keys: number, first: number): Record<string, Int32Array> {
  const feeds: Record<string, Int32Array> = {
    exampleStarts: new Int32Array(rows).fill(-first),
    stateFrom: Int32Array.of(first === 0 ? -1 : 0),
    stateTo: Int32Array.of(0),
  };
  for (const { keyRange, window } of rangeInputs(model)) {
    const ranges = attentionRanges({ sequences: 1, queries: rows, keys, firstPositions: [first], window });
    Object.assign(feeds, { [keyRange]: ranges.keyRange, positions: ranges.positions });
  }
  return feeds;
}

function logits(golden: GoldenCase, tuning: ReturnType<typeof tuningOf> | null): Float64Array {
  const { open, model, expected, parameters } = golden;
  const length = expected.probe_ids.length;
  const program = answerProgram(model, tuning, open.dtypes, { batchSize: 1, length }, 'tuned');
  const virtual = tuning?.adapter?.virtualTokens;
  const ids = Int32Array.from(expected.probe_ids);
  const ranges = rangeFeeds(model, { batchSize: 1, length, lengths: [[length]], ids }, virtual);
  const { logits } = runReference(program, parameters, { ids: expected.probe_ids, ...ranges });
  return logits!.subarray(logits!.length - length * model.vocabularySize);
}

describe.each(goldenCases)('%s, in float64 against PyTorch', (name) => {
  // PyTorch computed in f32: its own rounding is a few 1e-6 of the largest logit.
  test('logits of the base model and at the start of training are the same', async () => {
    const golden = await goldenCase(name);
    const tuning = tuningOf(golden);
    expect(relativeError(logits(golden, null), await golden.expectedTensor('logits_base'))).toBeLessThan(1e-5);
    expect(relativeError(logits(golden, tuning), await golden.expectedTensor('logits_start'))).toBeLessThan(1e-5);
  });

  test('a prompt and then single tokens through the cache give the logits of the whole sequence', async () => {
    const golden = await goldenCase(name);
    const { open, model, expected, parameters } = golden;
    const { dtypes } = open;
    const ids = expected.probe_ids;
    const tuning = tuningOf(golden);
    const virtual = tuning.adapter?.virtualTokens?.count ?? 0;
    const capacity = virtual + ids.length + 3;
    const whole = await golden.expectedTensor('logits_start');
    const rowOf = (row: number) => whole.subarray(row * model.vocabularySize, (row + 1) * model.vocabularySize);
    const program = (rows: number) => generateProgram(model, tuning, dtypes, { rows, capacity, side: 'tuned' });
    const run = (first: number, rows: number, last: number) =>
      runReference(program(rows), parameters, {
        ids: ids.slice(first, first + rows),
        last: [last],
        ...cacheFeeds(golden, rows, capacity, virtual + first),
      }).logits!;
    const prompt = ids.length - 4;
    if (virtual > 0) {
      const prime = primeProgram(model, tuning, dtypes, { capacity });
      runReference(prime, parameters, cacheFeeds(golden, virtual, capacity, 0));
    }
    expect(relativeError(run(0, prompt, prompt - 1), rowOf(prompt - 1))).toBeLessThan(1e-5);
    for (let row = prompt; row < ids.length; row++)
      expect(relativeError(run(row, 1, 0), rowOf(row))).toBeLessThan(1e-5);
  });

  // The curves of f32 and float64 PyTorch themselves differ by up to 1e-4.
  test('20 updates follow its losses and gradient norms, and end at its weights', async () => {
    const golden = await goldenCase(name);
    const { losses, gradNorms } = trainReference(golden);
    losses.forEach((loss, step) => {
      expect(Math.abs(loss / golden.expected.losses[step]! - 1)).toBeLessThan(1e-4);
      expect(Math.abs(gradNorms[step]! / golden.expected.grad_norms[step]! - 1)).toBeLessThan(1e-4);
    });
    const { adapter } = tuningOf(golden);
    const exported = await adapter?.exported?.(async (name) => Float32Array.from(golden.parameters.get(name)!));
    for (const trained of golden.expected.trained) {
      const name = (tensorName(trained) ?? trained).replace('.base_layer.', '.');
      const parameter = adapter?.parameters.find((each) => each.name === name);
      const values = exported?.get(name)?.data ?? Float32Array.from(golden.parameters.get(name)!);
      const ours = parameter ? toSaved(parameter, values).data : values;
      expect(relativeError(ours, await golden.expectedTensor(trained))).toBeLessThan(1e-3);
    }
    expect(relativeError(logits(golden, tuningOf(golden)), await golden.expectedTensor('logits_after'))).toBeLessThan(
      1e-3,
    );
  });
});
