import { expect, test } from 'vitest';
import { defaultRunConfig, parseRunConfig } from '../../../training/config/run-config.ts';
import { differingSettings } from './differing-settings.ts';

test('only what differs is listed, as it is written', () => {
  const changed = parseRunConfig({
    training: { learning_rate: 0.01, optimizer: 'SGD' },
    dataset: { text_prompt_start: ' two\nlines' },
  });
  expect(differingSettings([defaultRunConfig, changed])).toEqual([
    { key: 'dataset.text_prompt_start', values: [{ text: '<|prompt|>' }, { text: '" two\\nlines"' }] },
    { key: 'training.optimizer', values: [{ text: 'AdamW' }, { text: 'SGD' }] },
    { key: 'training.learning_rate', values: [{ text: '0.0001' }, { text: '0.01' }] },
  ]);
  expect(differingSettings([changed, changed])).toEqual([]);
});

test('the name, the place and the seed of a run are no difference', () => {
  const another = parseRunConfig({ environment: { experiment_name: 'another', seed: 7, output_directory: '/runs' } });
  expect(differingSettings([defaultRunConfig, another])).toEqual([]);
});

test('of lists, what a run has of its own is told apart from what all have', () => {
  const withTargets = (lora_target_modules: string | string[]) => parseRunConfig({ tuning: { lora_target_modules } });
  const [listed] = differingSettings([withTargets(['q_proj', 'v_proj']), withTargets(['v_proj', 'q_proj', 'o_proj'])]);
  expect(listed?.values).toEqual([
    { items: ['q_proj', 'v_proj'], own: [], shared: 2 },
    { items: ['v_proj', 'q_proj', 'o_proj'], own: ['o_proj'], shared: 2 },
  ]);
  const [ordered] = differingSettings([withTargets(['a', 'b']), withTargets(['b', 'a'])]);
  expect(ordered?.values.map((value) => 'own' in value && value.own)).toEqual([
    ['a', 'b'],
    ['b', 'a'],
  ]);
  const [mixed] = differingSettings([withTargets('all-linear'), withTargets(['q_proj'])]);
  expect(mixed?.values).toEqual([{ text: 'all-linear' }, { items: ['q_proj'], own: ['q_proj'], shared: 0 }]);
});
