import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { bestName, keptBests, keptEvaluations, loadCheckpoint, loadNamed, readMetrics } from '../../files/runs.ts';
import { type ConfigChanges, goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainableParameters } from '../../tuning/tuning.ts';
import { resultOf } from '../results/kept-result.ts';
import { withEvaluation } from './best.ts';
import { readFloats } from './checkpoint.ts';
import { readOutcome } from './outcome-file.ts';
import { createTraining, type Training } from './trainer.ts';

test('the best evaluation is the lowest loss, and a loss that is no number is never better', () => {
  let best = withEvaluation(null, 1, 3);
  best = withEvaluation(best, 2, 2);
  best = withEvaluation(best, 3, Number.NaN);
  expect(withEvaluation(best, 4, 2)).toEqual({ step: 2, loss: 2, since: 2 });
  expect(withEvaluation(best, 4, 1)).toEqual({ step: 4, loss: 1, since: 0 });
});

/** A run that learns its rows by heart at far too high a rate, so that the validation loss rises again. */
const overfits = (training: ConfigChanges['training']): ConfigChanges => ({
  dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
  tuning: { init_from: '' },
  training: {
    epochs: 5,
    max_steps: 0,
    learning_rate: 0.3,
    schedule: 'Constant',
    warmup_steps: 0,
    evaluation_epochs: 0.2,
    ...training,
  },
});

async function trained(changes: ConfigChanges, run = memoryDirectory(), more = {}) {
  const losses: number[] = [];
  const options = await goldenRun('llama-lora', changes);
  const training = createTraining({
    ...options,
    adapter: undefined,
    executor: referenceExecutor(),
    run,
    onEvent: (event) => event.kind === 'evaluation' && losses.push(event.loss),
    ...more,
  });
  return { outcome: await training.start(), training, run, losses };
}

const weights = ({ model, tuning }: Training): Promise<Float32Array[]> =>
  Promise.all(trainableParameters(model.open.model, tuning).map(({ name }) => readFloats(model.session, name)));

test('"best" ends with the weights of the lowest validation loss, and can still be continued from the newest', async () => {
  const { training, run, losses, outcome } = await trained(overfits({ save_checkpoint: 'best' }));
  const evaluated = (await readMetrics(run)).filter((record) => record.eval_loss !== undefined);
  const best = evaluated[losses.indexOf(Math.min(...losses))]!.step;
  expect(best).toBeLessThan(outcome.step);
  const kept = (await loadNamed(run, bestName(best)))!;
  expect(kept.step).toBe(best);
  const names = trainableParameters(training.model.open.model, training.tuning).map(({ name }) => name);
  expect(await Promise.all(names.map((name) => kept.weights.readFloats(name)))).toEqual(await weights(training));
  const stopped = await trained(overfits({ save_checkpoint: 'last' }), memoryDirectory(), { stopAfter: best });
  expect(await weights(stopped.training)).toEqual(await weights(training));
  expect((await loadCheckpoint(run))!.step).toBe(outcome.step);
});

test('a run that broke off after its best evaluation, and is stopped before it gets there again, has what was best until then', async () => {
  const changes: ConfigChanges = {
    ...overfits({ save_checkpoint: 'best', learning_rate: 0.01, epochs: 3 }),
  };
  const run = memoryDirectory();
  await trained(changes, run, { stopAfter: 3 });
  const before = (await loadCheckpoint(run))!.state as { best: { step: number } };
  // From here on every write of a checkpoint of a step fails, as if the run had been killed before the next one.
  const broken: typeof run = {
    ...run,
    write: async (path, parts) => {
      if (path.includes('step-')) throw new Error('killed');
      await run.write(path, parts);
    },
  };
  await expect(trained(changes, broken, { resume: true })).rejects.toThrow('killed');
  const [first, later] = [(await keptBests(run))[0], (await keptBests(run)).at(-1)];
  expect([first, later]).toEqual([before.best.step, expect.any(Number)]);
  expect(later).toBeGreaterThan(4);
  const { training } = await trained(changes, run, { resume: true, stopAfter: 4 });
  const whole = await trained(changes, memoryDirectory(), { stopAfter: 4 });
  expect(await weights(training)).toEqual(await weights(whole.training));
  expect(await readOutcome(run)).toMatchObject({ step: 4, resultStep: (await readOutcome(whole.run))!.resultStep });
  const { model, config } = training;
  const kept = async (folder: typeof run) => (await resultOf(model.open.model, config, folder, null)).values;
  expect(await kept(run)).toEqual(await kept(whole.run));
});

test('"each_evaluation_epoch" keeps the weights of every evaluation, which are no place to resume from', async () => {
  const { run, losses } = await trained(overfits({ save_checkpoint: 'each_evaluation_epoch', epochs: 2 }));
  const files = (await run.list('checkpoints'))
    .map(({ name }) => name)
    .filter((name) => name.startsWith('evaluation-'));
  expect(files).toHaveLength(losses.length);
  const first = (await loadNamed(run, files[0]!.replace('.safetensors', '')))!;
  expect([...first.weights.tensors.keys()].some((name) => name.startsWith('moment'))).toBe(false);
});

test('weights of evaluations that a run goes on from before are taken away', async () => {
  const changes = overfits({ save_checkpoint: 'each_evaluation_epoch', epochs: 2, evaluation_epochs: 0.2 });
  const { run } = await trained(changes, memoryDirectory(), { stopAfter: 2 });
  const broken: typeof run = {
    ...run,
    write: async (path, parts) => {
      if (path.includes('step-')) throw new Error('killed');
      await run.write(path, parts);
    },
  };
  await expect(trained(changes, broken, { resume: true })).rejects.toThrow('killed');
  expect((await keptEvaluations(run)).at(-1)).toBeGreaterThan(2);
  const rarer = overfits({ save_checkpoint: 'each_evaluation_epoch', epochs: 2, evaluation_epochs: 1 });
  const whole = await trained(rarer, memoryDirectory());
  await trained(rarer, run, { resume: true });
  const later = (steps: readonly number[]) => steps.filter((step) => step > 2);
  expect(later(await keptEvaluations(run))).toEqual(later(await keptEvaluations(whole.run)));
});

test('early stopping ends after so many evaluations without a better loss; resuming gives it its patience anew', async () => {
  const changes = overfits({ early_stopping_patience: 2 });
  const { outcome, losses, run } = await trained(changes);
  expect(outcome.reason).toBe('stopped-early');
  const least = losses.indexOf(Math.min(...losses));
  expect(losses).toHaveLength(least + 3);
  const again = await trained(changes, run, { resume: true });
  expect(again.losses.length).toBeGreaterThanOrEqual(2);
  expect(again.outcome.step).toBeGreaterThan(outcome.step);
});

test('a break between evaluations changes nothing about when a run is ended early', async () => {
  const changes = overfits({ early_stopping_patience: 2 });
  const whole = await trained(changes);
  const run = memoryDirectory();
  await trained(changes, run, { stopAfter: whole.outcome.step - 1 });
  const rest = await trained(changes, run, { resume: true });
  expect(rest.outcome).toEqual(whole.outcome);
});

test('an evaluation before training is told and kept as step 0', async () => {
  const steps: number[] = [];
  const changes = overfits({ evaluate_before_training: true, epochs: 1 });
  const { run, losses } = await trained(changes, memoryDirectory(), {
    onEvent: (event: { kind: string; metrics?: { step: number; evalLoss?: number } }) =>
      event.kind === 'step' && event.metrics!.evalLoss !== undefined && steps.push(event.metrics!.step),
  });
  expect(losses).toEqual([]);
  expect(steps[0]).toBe(0);
  expect((await readMetrics(run))[0]).toMatchObject({ step: 0, eval_loss: expect.any(Number) });
});
