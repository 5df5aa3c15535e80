import { expect, test } from 'vitest';
import { parseRunConfig } from '../../../training/config/run-config.ts';
import type { ParameterRow } from '../../../worker/protocol.ts';
import { choiceNames, currentChoice, hasPlaces, selectedChoices, selectionOf, usualChoices } from './tuning-choices.ts';

const config = parseRunConfig({
  model: { weights: 'int8' },
  tuning: { lora_r: 7, lora_target_modules: ['model.layers.0.self_attn.q_proj'], modules_to_save: ['norm'] },
});

test('each way to tune is a config that can be run, with the ticks gone and the other settings kept', () => {
  for (const { name, config: chosen } of usualChoices(config)) {
    expect(parseRunConfig(chosen), name).toEqual(chosen);
    expect(chosen.tuning).toMatchObject({ lora_r: 7, lora_target_modules: '', modules_to_save: [] });
  }
  const weightsOf = (wanted: string) => usualChoices(config).find(({ name }) => name === wanted)?.config.model.weights;
  expect(['full', 'layers', 'qlora', 'lora', 'prefix'].map(weightsOf)).toEqual([
    'as-published',
    'as-published',
    'nf4',
    'int8',
    'int8',
  ]);
});

test('the way in use is found whatever is ticked', () => {
  for (const { name, config: chosen } of usualChoices(parseRunConfig({}))) {
    expect(currentChoice(chosen, 100, name === 'full' ? 100 : 10)).toBe(name);
  }
});

const row = (name: string, role: ParameterRow['role'], shape: number[]): ParameterRow => ({
  name,
  module: name.replace(/\.\w+$/, ''),
  shape,
  size: 1,
  layer: 0,
  role,
});
const parameters = [
  row('layers.0.q_proj.weight', 'linear', [4, 4]),
  row('layers.0.k_proj.weight', 'linear', [4, 4]),
  row('layers.0.norm.weight', 'norm', [4]),
];

test('on what is ticked, every way that has places takes the same ones, whichever way they are learned now', () => {
  for (const state of ['adapter', 'train'] as const) {
    const selection = selectionOf(parameters, [state, 'frozen', 'train']);
    const choices = selectedChoices(config, selection, 'prefix');
    const tuningOf = (wanted: string) => choices.find(({ name }) => name === wanted)!.config.tuning;
    for (const name of choiceNames.filter((name) => hasPlaces(name) && name !== 'layers')) {
      expect(tuningOf(name).lora_target_modules, name).toEqual(['layers.0.q_proj']);
      expect(tuningOf(name).train_parameters, name).toEqual(['layers.0.norm.weight']);
    }
    expect(tuningOf('layers')).toMatchObject({
      method: 'full',
      train_parameters: ['layers.0.q_proj.weight', 'layers.0.norm.weight'],
    });
    expect(tuningOf('full').train_parameters).toEqual([{ all: true }]);
  }
});

test('the way in use is the config of the form where all are on what is ticked, and one of the usual ones elsewhere', () => {
  const selection = selectionOf(parameters, ['adapter', 'frozen', 'frozen']);
  const own = (choices: readonly { name: string; config: unknown }[]) =>
    choices.find(({ name }) => name === 'qlora')?.config;
  expect(own(selectedChoices(config, selection, 'qlora'))).toBe(config);
  expect(own(usualChoices(config))).toMatchObject({ tuning: { lora_target_modules: '' } });
});
