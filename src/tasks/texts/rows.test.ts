import { expect, test } from 'vitest';
import { defaultRunConfig } from '../../training/config/run-config.ts';
import { chosenRows } from './rows.ts';

const training = { columns: ['q', 'a'], rows: Array.from({ length: 40 }, (_, index) => [`q${index}`, `a${index}`]) };
const dataset = { ...defaultRunConfig.dataset, prompt_column: ['q'], answer_column: 'a' };
const config = { ...defaultRunConfig, dataset, environment: { ...defaultRunConfig.environment, seed: 1 } };

test('rows of a table are chosen once for whoever asks, and anew where what chooses them is another', () => {
  const rows = chosenRows({ training }, config);
  expect(chosenRows({ training }, { ...config, training: { ...config.training, batch_size: 7 } })).toBe(rows);
  const others = [
    chosenRows({ training }, { ...config, environment: { ...config.environment, seed: 2 } }),
    chosenRows({ training }, { ...config, dataset: { ...dataset, validation_size: 0.5 } }),
    chosenRows({ training: { ...training, rows: training.rows.slice(1) } }, config),
    chosenRows(
      { training, validation: training },
      { ...config, dataset: { ...dataset, validation_strategy: 'custom' } },
    ),
  ];
  for (const other of others) expect(other.training).not.toEqual(rows.training);
  expect(chosenRows({ training }, config)).toEqual(rows);
});
