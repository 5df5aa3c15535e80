import { expect, test } from 'vitest';
import { desktop } from '../../plan/profile.ts';
import { goldenRun, withChanges } from '../../testing/golden-run.ts';
import type { RunConfig } from '../config/run-config.ts';
import { runPlanner } from './run-planner.ts';

const { config, open } = await goldenRun('llama-lora', { tuning: { init_from: '' } });

/** Plans that a change of the settings makes, after they were planned as they were. */
function plansOf(changes: Parameters<typeof withChanges>[1], before: RunConfig = config): number {
  const planner = runPlanner();
  planner.plan(before, open, desktop, 64);
  planner.plan(withChanges(before, changes), open, desktop, 64);
  return planner.computed - 1;
}

test('a learning rate, a seed or a number of epochs plans nothing', () => {
  expect(plansOf({ training: { learning_rate: 0.5, epochs: 9, schedule: 'Linear', warmup_steps: 3 } })).toBe(0);
  expect(
    plansOf({ environment: { seed: 7 }, dataset: { prompt_column: ['other'] }, logging: { logging_steps: 5 } }),
  ).toBe(0);
});

test('a tick plans once, and once for all where it is taken back', () => {
  const planner = runPlanner();
  const ticked = withChanges(config, { tuning: { lora_target_modules: ['q_proj'] } });
  const [all, one] = [config, ticked].map((each) => planner.plan(each, open, desktop, 64)) as [object, object];
  expect(planner.computed).toBe(2);
  expect(one).not.toEqual(all);
  expect(planner.plan(config, open, desktop, 64)).toBe(all);
  expect(planner.plan(ticked, open, desktop, 64)).toBe(one);
  expect(planner.computed).toBe(2);
});

test('what a plan follows from is planned anew: the length of the data, and a rate that another is compared with', () => {
  const planner = runPlanner();
  planner.plan(config, open, desktop, 64);
  planner.plan(config, open, desktop, 128);
  expect(planner.computed).toBe(2);
  const own = withChanges(config, {
    tuning: { differential_learning_rate_layers: ['q_proj'], differential_learning_rate: 1e-5 },
  });
  expect(plansOf({ training: { learning_rate: 0.5 } }, own)).toBe(1);
  expect(plansOf({ training: { batch_size: 1 } })).toBe(1);
});
