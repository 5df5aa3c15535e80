import { expect, test } from 'vitest';
import { parseRunConfig } from '../training/config/run-config.ts';
import { scoreOfRun } from './score.ts';

const records = [
  { step: 0, eval_loss: 0.1 },
  { step: 1, loss: 3 },
  { step: 10, loss: 2, eval_loss: 0.5, eval_accuracy: 0.25, eval_log_loss: 2 },
  { step: 20, loss: 1, eval_loss: 0.75, eval_accuracy: 0.5, eval_log_loss: 1 },
];
const samples = [
  { step: 10, samples: [], score: { metric: 'BLEU', value: 12, note: '' } },
  { step: 20, samples: [], score: { metric: 'BLEU', value: 10, note: '' } },
];
const writes = (save_checkpoint: string) =>
  parseRunConfig({ training: { save_checkpoint }, prediction: { metric: 'BLEU' } });
const labels = (problem_type: string) => parseRunConfig({ dataset: { problem_type } });

test.each([
  ['validation_loss', writes('last'), { name: 'validation_loss', value: 0.75 }],
  ['validation_loss', writes('best'), { name: 'validation_loss', value: 0.5 }],
  ['metric', writes('last'), { name: 'BLEU', value: 10 }],
  ['metric', writes('best'), { name: 'BLEU', value: 12 }],
  ['metric', labels('classification'), { name: 'accuracy', value: 0.5 }],
] as const)('%s of the weights that are kept', (score, config, expected) => {
  expect(scoreOfRun(score, config, records, samples)).toEqual(expected);
});

test('a loss that is no number is no score, and no best one', () => {
  const broken = [...records, { step: 30, eval_loss: null }];
  expect(scoreOfRun('validation_loss', writes('last'), broken, [])).toEqual({ name: 'validation_loss', value: null });
  expect(scoreOfRun('validation_loss', writes('best'), broken, [])).toEqual({ name: 'validation_loss', value: 0.5 });
  expect(scoreOfRun('validation_loss', writes('best'), [{ step: 0, eval_loss: 1 }], [])).toBeNull();
});
