import { expect, test } from 'vitest';
import { parseSweepFile, sweepObject } from '../../../../sweeps/sweep-file.ts';
import { draftOf, firstDraft, givenOf, rowFor } from './sweep-draft.ts';

const first = firstDraft(3e-4);

test('begins with the learning rate around the one that is set', () => {
  expect(givenOf(first)).toEqual({
    ...{ search: 'random', trials: 8, score: 'validation_loss' },
    settings: { 'training.learning_rate': { from: 3e-5, to: 0.003, scale: 'log' } },
  });
});

test('what is typed becomes values of its setting', () => {
  const rows = [
    { ...rowFor('tuning.lora_r', 8), values: '4, 8、16' },
    rowFor('tuning.use_rslora', false),
    { ...rowFor('training.schedule', 'Cosine'), values: 'Cosine, Linear' },
    { ...rowFor('tuning.lora_target_modules', ''), values: '["q_proj"], ["q_proj", "v_proj"]' },
    { ...rowFor('training.batch_size', 8), kind: 'linear' as const, from: '2', to: 'x', count: '3' },
  ];
  expect(givenOf({ ...first, search: 'grid', halving: true, rungs: '10, 20', rows })).toEqual({
    ...{ search: 'grid', score: 'validation_loss', halving: { rungs: [10, 20], keep: 0.5 } },
    settings: {
      'tuning.lora_r': [4, 8, 16],
      'tuning.use_rslora': [true, false],
      'training.schedule': ['Cosine', 'Linear'],
      'tuning.lora_target_modules': [['q_proj'], ['q_proj', 'v_proj']],
      'training.batch_size': { from: 2, to: 'x', scale: 'linear', count: 3 },
    },
  });
});

test('a file that is opened is written back the same', async () => {
  const text = `
search: grid
seed: 3
score: metric
halving: { rungs: [20, 40], keep: 0.25 }
settings:
  training.learning_rate: { from: 1e-4, to: 1e-2, scale: log, count: 3 }
  tuning.lora_r: [4, 8]
  tuning.lora_target_modules: [[q_proj], [q_proj, v_proj]]
  training.schedule: [Cosine]
`;
  const { sweep } = await parseSweepFile(text, 'sweep.yaml');
  const given = sweepObject({ ...sweep, seed: 3 });
  expect(givenOf(draftOf(given, first))).toEqual(given);
});
