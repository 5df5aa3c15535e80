import { expect, test } from 'vitest';
import type { StepMetrics } from '../../training/run/events.ts';
import { packSteps } from './step-columns.ts';

const step = (step: number): StepMetrics => ({
  step,
  ...{ epoch: step / 7, loss: step === 1 ? Number.NaN : 1 / step, learningRate: 1e-3, gradNorm: 2, tokens: 10 * step },
  ...(step % 100 === 0 ? { evalLoss: 3 / step, evalScores: { accuracy: step / 1000 } } : {}),
  ...(step % 3 === 0 ? { scores: { margin: -step, chosen: step } } : step % 3 === 1 ? { scores: { margin: 2 } } : {}),
});

const values = (each: StepMetrics) => [
  ...[each.step, each.epoch, each.loss, each.learningRate, each.gradNorm, each.tokens],
  ...[each.evalLoss, each.scores, each.evalScores],
];

test('steps that are packed as they come say what they said', () => {
  const [packed, plain]: StepMetrics[][] = [[], []];
  for (let next = 1; next <= 1000; next += 3) {
    const come = [step(next), step(next + 1), step(next + 2)];
    plain!.push(...come);
    packed!.push(...come);
    packSteps(packed!);
    // A resumed run tells steps anew.
    if (next === 700) for (const list of [packed!, plain!]) list.splice(-300);
  }
  expect(packed!.map(values)).toEqual(plain!.map(values));
  expect(packed!.filter((each) => Object.hasOwn(each, 'loss')).length).toBeLessThan(256);
});
