import { expect, test } from 'vitest';
import { runScalars } from './tensorboard.ts';

test('each value of a run goes to its own chart, with the time it was measured', () => {
  const metrics = [
    { step: 0, epoch: 0, eval_loss: 3, time: 90 },
    { step: 1, epoch: 0.5, loss: 2, learning_rate: 1e-3, grad_norm: 4, tokens: 10, time: 100 },
    { step: 2, epoch: 1, loss: 1, learning_rate: 1e-4, grad_norm: null, tokens: 20, eval_loss: 1.5 },
  ];
  const samples = [
    { step: 2, samples: [], score: { metric: 'BLEU', value: 30, note: '13a' } },
    { step: 3, samples: [], score: null },
  ];
  const scalars = runScalars(metrics, samples, 80);
  expect(scalars.filter(({ step }) => step === 0)).toEqual([
    { tag: 'train/epoch', step: 0, value: 0, time: 90 },
    { tag: 'eval/loss', step: 0, value: 3, time: 90 },
  ]);
  expect(scalars).toContainEqual({ tag: 'train/loss', step: 1, value: 2, time: 100 });
  expect(scalars).toContainEqual({ tag: 'eval/BLEU', step: 2, value: 30, time: 80 });
  expect(scalars.filter(({ tag }) => tag === 'train/grad_norm')).toHaveLength(1);
});
