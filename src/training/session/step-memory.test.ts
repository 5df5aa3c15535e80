import { describe, expect, test } from 'vitest';
import { desktop, portable } from '../../plan/profile.ts';
import { aliveBytes, turnOf } from '../../plan/timeline.ts';
import { tinyLlama } from '../../testing/tiny-llama.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { modelFromConfigAlone, planRun, programsOf } from './plan-run.ts';

const cases = [
  ['lora', 'off', portable],
  ['lora', 'on', desktop],
  ['full', 'auto', desktop],
] as const;

describe.each(cases)('%s, checkpointing %s', (method, checkpointing, profile) => {
  const config = parseRunConfig({
    tuning: { method, ...(method === 'full' ? { train_parameters: ['model'] } : {}) },
    tokenizer: { max_length: 64 },
    training: { batch_size: 2 },
    architecture: { gradient_checkpointing: checkpointing },
  });
  const options = { ...modelFromConfigAlone({ ...tinyLlama, num_hidden_layers: 6 }), profile };
  const { memory, step, recomputed } = planRun(config, options);
  const tuning = resolveTuning(options.model, config.tuning, config.training.learning_rate);
  const { microStep, update } = programsOf(recomputed, config, tuning, options);

  test('what stays and what is reserved are the peak of the plan', () => {
    const staying = Object.values(memory.staying).reduce((sum, bytes) => sum + bytes, 0);
    expect(staying + memory.reserved).toBe(step.peakBytes);
    expect(memory.dispatches).toBe(microStep.plan.dispatches.length + update.plan.dispatches.length);
  });

  test('what is alive at each dispatch lies side by side in the pool, and what a dispatch binds is alive', () => {
    const { plan } = microStep;
    const alive = aliveBytes(plan);
    for (const [index, { bindings }] of plan.dispatches.entries()) {
      const { kept, working } = alive[index]!;
      expect(kept + working).toBe(
        plan.lives.reduce((sum, { first, last, bytes }) => (first <= index && index <= last ? sum + bytes : sum), 0),
      );
      const bound = new Map(
        bindings
          .filter(({ buffer }) => buffer.startsWith('pool/'))
          .map(({ buffer, offset, bytes }) => [`${buffer} ${offset}`, bytes]),
      );
      expect([...bound.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(kept + working);
    }
    const most = Math.max(...alive.map(({ kept, working }) => kept + working));
    expect(most).toBeLessThanOrEqual(memory.reserved);
    // The packing loses little.
    expect(most).toBeGreaterThan(0.8 * plan.cost.peakByKind.activations);
    expect(memory.most.bytes).toBe(most);
  });

  test('activations are kept from the forward to the backward pass, fewer where layers are computed again', () => {
    const { plan } = microStep;
    const turn = turnOf(aliveBytes(plan));
    expect(turn).toBeGreaterThan(plan.dispatches.length / 5);
    expect(turn).toBeLessThan(plan.dispatches.length);
    const kept = aliveBytes(plan).map((point) => point.kept);
    expect(kept[0]).toBeLessThan(kept[turn]!);
    expect(kept.at(-1)).toBeLessThan(kept[turn]!);
    const again = planRun(
      { ...config, architecture: { ...config.architecture, gradient_checkpointing: 'on' } },
      options,
    );
    const keptAgain = Math.max(...again.memory.points.map((point) => point.kept));
    if (checkpointing === 'off') expect(keptAgain).toBeLessThan(0.6 * Math.max(...kept));
  });
});

test('whatever is alive well before and well behind the loss is a kept activation, also where several lie in one place', () => {
  const config = parseRunConfig({
    tuning: { method: 'full', train_parameters: ['model'] },
    tokenizer: { max_length: 64 },
    architecture: { gradient_checkpointing: 'off' },
  });
  const options = { ...modelFromConfigAlone(tinyLlama), profile: desktop };
  const tuning = resolveTuning(options.model, config.tuning, config.training.learning_rate);
  const { plan } = programsOf('nothing', config, tuning, options).microStep;
  const loss = plan.dispatches.findIndex(({ scope }) => scope === 'loss');
  const spanning = plan.lives.filter(({ first, last }) => first < loss - 2 && last > loss + 6);
  expect(spanning.length).toBeGreaterThan(8);
  expect(spanning.filter(({ kept }) => !kept)).toEqual([]);
});
