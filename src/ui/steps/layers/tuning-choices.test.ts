import { expect, test } from 'vitest';
import { parseRunConfig } from '../../../training/config/run-config.ts';
import { currentChoice, tuningChoices } from './tuning-choices.ts';

const config = parseRunConfig({
  model: { weights: 'int8' },
  tuning: { lora_r: 7, lora_target_modules: ['model.layers.0.self_attn.q_proj'], modules_to_save: ['norm'] },
});

test('each way to tune is a config that can be run, with the ticks gone and the other settings kept', () => {
  for (const { id, config: chosen } of tuningChoices(config)) {
    expect(parseRunConfig(chosen), id).toEqual(chosen);
    expect(chosen.tuning).toMatchObject({ lora_r: 7, lora_target_modules: '', modules_to_save: [] });
  }
  const weightsOf = (name: string) => tuningChoices(config).find(({ id }) => id === name)?.config.model.weights;
  expect(['full', 'layers', 'qlora', 'lora', 'prefix'].map(weightsOf)).toEqual([
    'as-published',
    'as-published',
    'nf4',
    'int8',
    'int8',
  ]);
});

test('the way in use is found whatever is ticked', () => {
  for (const { id, config: chosen } of tuningChoices(parseRunConfig({}))) {
    expect(currentChoice(chosen, 100, id === 'full' ? 100 : 10)).toBe(id);
  }
});
