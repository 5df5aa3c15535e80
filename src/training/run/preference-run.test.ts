import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { readMetrics, readOutcome } from '../../files/runs.ts';
import type { Executor } from '../../plan/executor.ts';
import type { HeldOut } from '../../tasks/held-out.ts';
import { type ConfigChanges, goldenRun, recorder } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { createTraining } from './trainer.ts';

const folder = '../golden-preferences';
const measures = ['rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies'] as const;

const pairsRun = (name: string, changes: ConfigChanges = {}) => goldenRun(`${folder}/${name}`, changes);

/** TRL counts no judged answers as right; of a kind that a batch lacks it says nothing. */
const judgedMeasures = [...measures.slice(0, 3), 'kl'];

/** What TRL's trainers logged of each step (`interop/preferences.py`). */
const logged = (name: string): Record<string, readonly number[]> =>
  JSON.parse(
    readFileSync(new URL(`../../../interop/golden-preferences/${name}/expected.json`, import.meta.url), 'utf8'),
  );

const pairCases = ['llama-dpo-lora', 'llama-dpo-full', 'llama-hinge-lora', 'gpt2-dpo-lora', 'gpt2-dpo-full'];
const judgedCases = ['llama-kto-lora', 'gpt2-kto-full', 'llama-apo-lora'];

describe.each([...pairCases, ...judgedCases])('%s', (name) => {
  test('a run on answers that are compared has the losses, gradient norms and rewards of TRL', async () => {
    const options = await pairsRun(name);
    const expected = logged(name);
    const { onEvent, steps } = recorder();
    await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
    expect(steps).toHaveLength(20);
    for (const [index, { loss, gradNorm, scores }] of steps.entries()) {
      expect(Math.abs(loss - expected.losses![index]!)).toBeLessThan(1e-4);
      expect(Math.abs(gradNorm - expected.grad_norms![index]!)).toBeLessThan(1e-3 * (1 + gradNorm));
      // Before the first warm update only rounding decides which side is ahead.
      const compared = judgedCases.includes(name) ? judgedMeasures : index < 2 ? measures.slice(0, 3) : measures;
      for (const measure of compared) {
        const wanted = expected[measure]![index]!;
        if (wanted === null) expect(scores![measure], measure).toBeNull();
        else expect(Math.abs(scores![measure]! - wanted), measure).toBeLessThan(1e-4);
      }
    }
  });
});

/** Counts how often each program runs. */
function counting(): { executor: Executor; runs: Map<string, number> } {
  const executor = referenceExecutor();
  const runs = new Map<string, number>();
  return {
    runs,
    executor: {
      ...executor,
      createSession(options) {
        const session = executor.createSession(options);
        return {
          ...session,
          run(program, inputs) {
            runs.set(program, (runs.get(program) ?? 0) + 1);
            return session.run(program, inputs);
          },
        };
      },
    },
  };
}

const referenceRuns = (runs: ReadonlyMap<string, number>): number =>
  [...runs].reduce((sum, [name, count]) => sum + (name.startsWith('reference/') ? count : 0), 0);

const held: ConfigChanges = {
  dataset: { validation_strategy: 'automatic', validation_size: 0.3 },
  training: { max_steps: 8, shuffle: true, evaluation_epochs: 0.5 },
};

test.each([
  // 16 rows and 7 held-out ones, two at a time or four.
  ['llama-dpo-lora', 8 + 4],
  ['llama-kto-lora', 4 + 2],
  // Three at a time.
  ['llama-apo-lora', 6 + 3],
])(
  '%s: what was said before training is kept with the run, and one that is taken up has the bits of one without a break',
  async (name, batches) => {
    const options = await pairsRun(name, { ...held, tuning: { lora_dropout: 0.2 } });
    const whole = memoryDirectory();
    await createTraining({ ...options, executor: referenceExecutor(), run: whole }).start();
    const run = memoryDirectory();
    const first = counting();
    await createTraining({ ...options, executor: first.executor, run, stopAfter: 4 }).start();
    expect(referenceRuns(first.runs)).toBe(batches);
    const second = counting();
    const { adapter: _, ...withoutAdapter } = options;
    await createTraining({ ...withoutAdapter, executor: second.executor, run, resume: true }).start();
    expect(referenceRuns(second.runs), 'it is not computed again').toBe(0);
    const withoutTime = async (from: typeof run) => (await readMetrics(from)).map(({ time: _, ...rest }) => rest);
    expect(await withoutTime(run)).toEqual(await withoutTime(whole));
    expect((await readMetrics(run)).at(-1)).toMatchObject({
      'eval_rewards/accuracies': expect.any(Number),
      'eval_rewards/margins': expect.any(Number),
    });
  },
);

test.each(['ORPO', 'SimPO'] as const)(
  '%s reads nothing before training, and goes on with the same bits',
  async (loss_function) => {
    const options = await pairsRun('gpt2-dpo-full', { ...held, training: { ...held.training, loss_function } });
    const [whole, run] = [memoryDirectory(), memoryDirectory()];
    const { executor, runs } = counting();
    await createTraining({ ...options, executor, run: whole }).start();
    expect(referenceRuns(runs)).toBe(0);
    await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 3 }).start();
    await createTraining({ ...options, executor: referenceExecutor(), run, resume: true }).start();
    const withoutTime = async (from: typeof run) => (await readMetrics(from)).map(({ time: _, ...rest }) => rest);
    expect(await withoutTime(run)).toEqual(await withoutTime(whole));
  },
);

test('rows that are learned and rows that are held back share the program of their length', async () => {
  const cut: ConfigChanges = { ...held, tokenizer: { max_length: 24 }, logging: { eval_batch_size: 20 } };
  const options = await pairsRun('llama-dpo-lora', { ...cut, training: { max_steps: 1 } });
  const { executor, runs } = counting();
  await createTraining({ ...options, executor }).start();
  expect(referenceRuns(runs)).toBe(2);
  expect([...runs.keys()].filter((name) => name.startsWith('reference/'))).toHaveLength(1);
});

test('an adapter that training began with, and that nobody has any more, is not guessed', async () => {
  const options = await pairsRun('llama-dpo-lora', held);
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 2 }).start();
  await run.remove('checkpoints/reference.safetensors');
  const { adapter: _, ...withoutAdapter } = options;
  const resumed = createTraining({ ...withoutAdapter, executor: referenceExecutor(), run, resume: true });
  await expect(resumed.start()).rejects.toMatchObject({ code: 'checkpoint-invalid' });
});

test('whole weights that changed are still compared with what they were, though that is computed again', async () => {
  const options = await pairsRun('gpt2-dpo-full', held);
  const whole = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run: whole }).start();
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run, stopAfter: 3 }).start();
  await run.remove('checkpoints/reference.safetensors');
  const again = counting();
  await createTraining({ ...options, executor: again.executor, run, resume: true }).start();
  expect(referenceRuns(again.runs)).toBeGreaterThan(0);
  const losses = async (from: typeof run) => (await readMetrics(from)).map(({ loss }) => loss);
  expect(await losses(run)).toEqual(await losses(whole));
});

test.each([
  ['lora', {}],
  ['prefix', { num_virtual_tokens: 3 }],
  ['prompt', { num_virtual_tokens: 3 }],
  ['ia3', {}],
  ['vera', {}],
  ['series-adapter', {}],
  ['llama-adapter', { adapter_len: 3, adapter_layers: 2 }],
] as const)('a fresh %s adapter is held against the model without it', async (method, more) => {
  const tuning = { method, init_from: '', lora_target_modules: '', feedforward_modules: [], ...more } as const;
  const { adapter: _, ...options } = await pairsRun('llama-dpo-lora', { training: { max_steps: 2 }, tuning } as never);
  const { onEvent, steps } = recorder();
  const { executor, runs } = counting();
  await createTraining({ ...options, executor, onEvent }).start();
  expect(referenceRuns(runs)).toBeGreaterThan(0);
  expect(steps).toHaveLength(2);
  // What begins as the base has won and lost nothing yet; these begin at random.
  const begins = !['prefix', 'prompt', 'series-adapter'].includes(method);
  expect(Math.abs(steps[0]!.scores!['rewards/chosen']!) < 1e-4).toBe(begins);
});

test('beta, label smoothing and the loss reach the run', async () => {
  const firstLosses = async (training: NonNullable<ConfigChanges['training']>) => {
    const options = await pairsRun('llama-dpo-lora', { training: { max_steps: 5, warmup_steps: 0, ...training } });
    const { onEvent, steps } = recorder();
    await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
    return steps.map(({ loss }) => loss);
  };
  const usual = await firstLosses({});
  expect(await firstLosses({ loss_function: 'TokenAveragedCrossEntropy' }), 'the default stands for DPO').toEqual(
    usual,
  );
  for (const changed of [
    { beta: 0.05 },
    { label_smoothing: 0.2 },
    { loss_function: 'DPORobust', label_smoothing: 0.2 },
  ] as const)
    expect(await firstLosses(changed)).not.toEqual(usual);
  const simpo = { loss_function: 'SimPO' } as const;
  const plain = await firstLosses(simpo);
  for (const changed of [{ simpo_gamma: 1 }, { cpo_alpha: 1 }])
    expect(await firstLosses({ ...simpo, ...changed })).not.toEqual(plain);
});

test('the verdict speaks of the pairs that were held back', async () => {
  const options = await pairsRun('llama-dpo-full', held);
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run }).start();
  expect(await readOutcome(run)).toMatchObject({
    heldOut: { metric: 'preferences', rows: 7, base: null, blind: 0.5, more: { margin: expect.any(Number) } },
  });
});

test('the verdict speaks of the judged answers that were held back', async () => {
  const options = await pairsRun('gpt2-kto-full', held);
  const run = memoryDirectory();
  await createTraining({ ...options, executor: referenceExecutor(), run }).start();
  const { heldOut } = (await readOutcome(run)) as { heldOut: HeldOut };
  expect(heldOut).toMatchObject({ metric: 'verdicts', rows: 7, base: null });
  expect(heldOut.blind).toBeGreaterThanOrEqual(0.5);
  expect(Math.round(7 * (heldOut.tuned - heldOut.blind))).toBe(heldOut.better - heldOut.worse);
});

test('the weights of good and bad answers, and beta, reach the run', async () => {
  const firstLosses = async (training: NonNullable<ConfigChanges['training']>) => {
    const options = await pairsRun('llama-kto-lora', { training: { max_steps: 3, warmup_steps: 0, ...training } });
    const { onEvent, steps } = recorder();
    await createTraining({ ...options, executor: referenceExecutor(), onEvent }).start();
    return steps.map(({ loss }) => loss);
  };
  const usual = await firstLosses({});
  expect(await firstLosses({ loss_function: 'TokenAveragedCrossEntropy' }), 'the default stands for KTO').toEqual(
    usual,
  );
  for (const changed of [{ desirable_weight: 2 }, { undesirable_weight: 2 }, { beta: 0.6 }])
    expect(await firstLosses(changed)).not.toEqual(usual);
});

test.each(['SimPO', 'ORPO'] as const)(
  '%s: a base that favours the chosen already is said beside the result',
  async (loss_function) => {
    const heldOutAt = async (name: string, learning_rate: number) => {
      const training = { ...held.training, loss_function, learning_rate };
      const run = memoryDirectory();
      const options = await pairsRun(name, { ...held, training });
      await createTraining({ ...options, executor: referenceExecutor(), run }).start();
      return ((await readOutcome(run)) as { heldOut: HeldOut }).heldOut;
    };
    const still = await heldOutAt('llama-dpo-full', 1e-12);
    expect(still.base).toBe(still.tuned);
    for (const name of ['llama-dpo-full', 'llama-dpo-lora']) {
      const { metric, base, tuned, rows, better, worse } = await heldOutAt(name, 1e-2);
      expect({ metric, rows, base }).toEqual({ metric: 'preferences', rows: 7, base: still.base });
      if (base! >= 0.5) expect((better - worse) / rows).toBeCloseTo(tuned - base!, 6);
    }
  },
);
