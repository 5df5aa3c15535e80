import { expect, test } from 'vitest';
import { type ConfigChanges, withChanges } from '../../../testing/golden-run.ts';
import { defaultRunConfig } from '../../../training/config/run-config.ts';
import type { Studio } from '../../store.ts';
import { fieldGroups, isShown } from './field-groups.ts';

const refused = ['packing', 'padding_quantile', 'mask_prompt_labels', 'token_mask_probability'];
const shown = (changes: ConfigChanges) => {
  const config = withChanges(defaultRunConfig, changes);
  const fields = fieldGroups.flatMap(({ fields }) => fields);
  return refused.filter((name) => fields.some((field) => field.name === name && isShown(field, { config } as Studio)));
};

test('of a loss of pairs the settings are shown that it reads, and one that it refuses', () => {
  const shownOf = (training: ConfigChanges['training'], problem_type: 'preference' | 'instruction' = 'preference') => {
    const config = withChanges(defaultRunConfig, { dataset: { problem_type }, training: training! });
    const fields = fieldGroups.flatMap(({ fields }) => fields);
    return ['beta', 'label_smoothing'].filter((name) =>
      fields.some((field) => field.name === name && isShown(field, { config } as Studio)),
    );
  };
  expect(shownOf({ loss_function: 'DPO' })).toEqual(['beta', 'label_smoothing']);
  expect(shownOf({ loss_function: 'DPOIPO' })).toEqual(['beta']);
  expect(shownOf({ loss_function: 'DPOIPO', label_smoothing: 0.1 })).toEqual(['beta', 'label_smoothing']);
  expect(shownOf({}, 'instruction')).toEqual([]);
});

test('what pairs refuse is shown where it must be put back', () => {
  expect(shown({})).toEqual(refused);
  const dataset = { problem_type: 'preference' } as const;
  expect(shown({ dataset })).toEqual([]);
  expect(shown({ dataset, tokenizer: { packing: true } })).toEqual(['packing']);
  expect(shown({ dataset, tokenizer: { padding_quantile: 0.9 } })).toEqual(['padding_quantile']);
  expect(shown({ dataset: { ...dataset, mask_prompt_labels: false } })).toEqual(['mask_prompt_labels']);
  expect(shown({ dataset, augmentation: { token_mask_probability: 0.1 } })).toEqual(['token_mask_probability']);
});
