import { describe, expect, test } from 'vitest';
import { portable } from '../plan/profile.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { priceOf, requireComparable, requireFit, type TrialCost } from './price.ts';
import type { Sweep } from './sweep.ts';

const sweep: Sweep = {
  ...{ search: 'grid', trials: null, seed: 0, score: 'validation_loss', halving: null },
  settings: { 'tuning.lora_r': [1, 2, 3, 4] },
};
const halved: Sweep = { ...sweep, halving: { rungs: [10, 20], keep: 0.5 } };
const cost = (steps: number, seconds: number, peakBytes = 100): TrialCost => ({
  ...{ steps, seconds, peakBytes, evaluationSteps: 10 },
});
const four = [cost(40, 40), cost(40, 80, 300), cost(40, 40), cost(40, 40)];

describe('the price', () => {
  test('of runs to their end is the sum of all, and the memory of the largest', () => {
    expect(priceOf(sweep, four, portable)).toMatchObject({
      ...{ runs: 4, steps: 160, seconds: 200, peakBytes: 300, largest: 1, measured: false },
      ...{ budget: null, unfit: [] },
    });
  });

  // By hand: 4 runs to 10, 2 from 10 to 20, 1 from 20 to 40; a run takes 50 s for 40 updates on average.
  test('of halving counts what goes on', () => {
    expect(priceOf(halved, four, portable)).toMatchObject({ steps: 40 + 20 + 20, seconds: 50 + 25 + 25 });
  });

  test('of runs that end before a rung counts what they have', () => {
    expect(priceOf(halved, [cost(5, 5), cost(40, 40)], portable)).toMatchObject({ steps: 5 + 10 + 5 + 10 });
  });

  test('names the runs that do not fit', () => {
    const price = priceOf(sweep, four, { ...portable, memoryBudget: 200 });
    expect(price).toMatchObject({ budget: 200, unfit: [1] });
    expect(() => requireFit(price)).toThrow(
      expect.objectContaining({ code: 'sweep-unfit', params: { run: 2, bytes: 300, budget: 200 } }),
    );
    expect(() => requireFit(priceOf(sweep, four, { ...portable, memoryBudget: 300 }))).not.toThrow();
  });
});

describe('what cannot be compared is refused', () => {
  const config = parseRunConfig({});
  const refused = (given: Sweep, costs: readonly TrialCost[], configs = costs.map(() => config)) => {
    try {
      requireComparable(given, configs, costs);
    } catch (error) {
      return (error as { params: { key: string } }).params.key;
    }
    return null;
  };

  test.each([
    ['nothing', halved, four, config, null],
    [
      'a rung before the first evaluation',
      { ...halved, halving: { rungs: [9], keep: 0.5 } },
      four,
      config,
      'halving.rungs',
    ],
    [
      'a rung that no run comes to',
      { ...halved, halving: { rungs: [10, 40], keep: 0.5 } },
      four,
      config,
      'halving.rungs',
    ],
    ['runs without checkpoints', halved, four, parseRunConfig({ training: { save_checkpoint: 'disable' } }), 'halving'],
    [
      'runs without validation rows',
      sweep,
      four,
      parseRunConfig({ dataset: { validation_strategy: 'none' } }),
      'score',
    ],
    ['runs without a metric', { ...sweep, score: 'metric' } as Sweep, four, config, 'score'],
    [
      'a metric',
      { ...sweep, score: 'metric' } as Sweep,
      four,
      parseRunConfig({ prediction: { metric: 'BLEU' } }),
      null,
    ],
  ] as const)('%s', (_, given, costs, each, key) => {
    expect(
      refused(
        given,
        costs,
        costs.map(() => each),
      ),
    ).toBe(key);
  });

  test('a short run is evaluated at its end', () => {
    expect(refused({ ...halved, halving: { rungs: [5], keep: 0.5 } }, [cost(4, 4), cost(5, 5)])).toBe('halving.rungs');
    expect(refused({ ...halved, halving: { rungs: [10], keep: 0.5 } }, [cost(4, 4), cost(40, 5)])).toBeNull();
  });
});
