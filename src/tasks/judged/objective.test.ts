import { expect, test } from 'vitest';
import { differentiate } from '../../graph/autodiff.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { interpret } from '../../graph/reference/interpret.ts';
import { advisedWeights } from './losses.ts';
import { judgedObjective, judgedTerms } from './objective.ts';

const gains = [2.5, -0.3, 0, 0.7, -40];
const others = [-1.5, 0.4, 2, -0.2, 0.8];
const good = [1, 0, 1, 0, 1];
const settings = { beta: 0.3, desirable_weight: 1.3, undesirable_weight: 0.8 };

/** The losses, kl, and the gradient of their sum by `gains` and `others` scaled by a parameter each. */
function termsOf(others: readonly number[]) {
  const builder = new GraphBuilder();
  const input = (name: string) => builder.input(name, { shape: [gains.length, 1], dtype: 'f32' });
  const parameter = (name: string) => builder.parameter(name, { shape: [1], dtype: 'f32' }, 'trained');
  const [a, b] = [parameter('a'), parameter('b')];
  const terms = { good: input('good'), bad: input('bad'), shares: input('shares'), settings };
  const scaled = { gains: builder.mul(input('gains'), a), others: builder.mul(input('others'), b) };
  const { losses, kl } = judgedTerms(builder, { ...terms, ...scaled });
  const ones = builder.constant(1, [gains.length, 1]);
  const loss = builder.reshape(builder.matmul(losses, ones, { transposeA: true }), []);
  const [gradient] = differentiate(builder, loss, [a]);
  expect(() => differentiate(builder, loss, [b])).toThrow('does not depend');
  const graph = builder.finish({ losses, kl, gradient: gradient! });
  const inputs = { gains, others, good, bad: good.map((kind) => 1 - kind), shares: good.map(() => 1 / good.length) };
  const parameters = new Map(['a', 'b'].map((name) => [name, Float64Array.of(1)]));
  const { outputs } = interpret(graph, { parameters, inputs });
  return { losses: [...outputs.losses!], kl: outputs.kl![0]!, gradient: outputs.gradient![0]! };
}

/** From torch in float64. */
test.each([
  [others, 0.3, [0.4429614950131989, 0.36409688610113594, 0.6792302722293402, 0.4239712414116575, 1.29999270003753]],
  [
    others.map((gain) => -gain),
    0,
    [0.41706769107198916, 0.38201214016655993, 0.65, 0.4418463276594602, 1.299992012573017],
  ],
])(
  'KTO with mismatched answers of %j is what PyTorch makes of it, and kl is a constant to gradients',
  (moved, kl, losses) => {
    const found = termsOf(moved);
    expect(found.kl).toBeCloseTo(kl, 12);
    for (const [index, loss] of losses.entries()) expect(found.losses[index]).toBeCloseTo(loss, 12);
    const { beta, desirable_weight, undesirable_weight } = settings;
    const slopes = gains.map((gain, index) => {
      const share = 1 / (1 + Math.exp(-beta * (gain - kl)));
      const slope = beta * share * (1 - share) * gain;
      return good[index] ? -desirable_weight * slope : undesirable_weight * slope;
    });
    expect(found.gradient).toBeCloseTo(
      slopes.reduce((sum, slope) => sum + slope, 0),
      12,
    );
  },
);

test('means are of each kind by itself, and absent where there is none of it', () => {
  const scores = judgedObjective.measuredScores!;
  const sums = { good: 0.75, rewardGood: 1.5, rewardBad: -1, rightGood: 0.5, rightBad: 0.25, kl: 0.1 };
  expect(scores(sums)).toEqual({
    ...{ 'rewards/accuracies': 0.75, 'rewards/margins': 6, 'rewards/chosen': 2, 'rewards/rejected': -4, kl: 0.1 },
  });
  expect(scores({ ...sums, good: 1 })).toMatchObject({ 'rewards/margins': null, 'rewards/rejected': null });
  expect(scores({ ...sums, good: 0 })).toMatchObject({ 'rewards/margins': null, 'rewards/chosen': null });
});

test('held-out answers are told apart beside calling all of them what most of them are', () => {
  const batch = (count: number, good: number, rightGood: number, rightBad: number) => ({
    ...{
      count,
      base: null,
      tuned: { good, rightGood, rightBad, rewardGood: 2 * good, rewardBad: good - count, kl: 0 },
    },
  });
  const heldOut = (...batches: ReturnType<typeof batch>[]) => judgedObjective.measuredHeldOut!(batches, true);
  expect(heldOut(batch(4, 3, 2, 1), batch(4, 2, 2, 1))).toEqual({
    ...{ metric: 'verdicts', rows: 8, tuned: 6 / 8, base: null, blind: 5 / 8, better: 2, worse: 1 },
    ...{ more: { margin: 3 }, baseMore: {} },
  });
  // Mostly bad ones: calling all bad loses the good that are told.
  expect(heldOut(batch(4, 1, 1, 2))).toMatchObject({ blind: 3 / 4, better: 1, worse: 1 });
  // One kind alone has no margin.
  expect(heldOut(batch(4, 4, 4, 0))).toMatchObject({ blind: 1, more: { margin: null } });
});

test('weights are advised that let good answers weigh 1 to 4/3 times as much as bad ones', () => {
  const even = { desirable_weight: 1, undesirable_weight: 1 };
  expect(advisedWeights(10, 10, even)).toBeNull();
  expect(advisedWeights(8, 10, even)).toBeNull();
  expect(advisedWeights(17, 10, even)).toBeNull();
  expect(advisedWeights(18, 10, even)).not.toBeNull();
  expect(advisedWeights(7, 10, even)).not.toBeNull();
  expect(advisedWeights(30, 10, even)).toEqual({ low: 1 / 3, high: 4 / 9 });
  expect(advisedWeights(30, 10, { ...even, desirable_weight: 0.4 })).toBeNull();
  expect(advisedWeights(10, 30, { ...even, undesirable_weight: 0.5 })).toEqual({
    ...{ low: expect.closeTo(1.5, 12), high: expect.closeTo(2, 12) },
  });
});
