import { expect, test } from 'vitest';
import { defaultRunConfig } from '../../../training/config/run-config.ts';
import { differingSettings } from './differing-settings.ts';

test('only what differs is listed, and never the name of the run', () => {
  const changed = {
    ...defaultRunConfig,
    training: { ...defaultRunConfig.training, learning_rate: 0.01 },
    tuning: { ...defaultRunConfig.tuning, lora_target_modules: ['q_proj'] },
    environment: { ...defaultRunConfig.environment, experiment_name: 'another' },
  };
  expect(differingSettings([defaultRunConfig, changed])).toEqual([
    {
      key: 'tuning.lora_target_modules',
      values: [JSON.stringify(defaultRunConfig.tuning.lora_target_modules), '["q_proj"]'],
    },
    { key: 'training.learning_rate', values: ['0.0001', '0.01'] },
  ]);
  expect(differingSettings([changed, changed])).toEqual([]);
});
