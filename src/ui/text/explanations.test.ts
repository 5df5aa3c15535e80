import { expect, test } from 'vitest';
import { fieldGroups } from '../steps/train/field-groups.ts';
import { en } from './en.ts';
import { explanations } from './explanations-en.ts';
import { explanations as japanese } from './explanations-ja.ts';

test('every field of the training form is explained in both languages', () => {
  const names: string[] = fieldGroups.flatMap(({ fields }) => fields.map(({ name }) => name));
  expect(names.filter((name) => !(name in explanations))).toEqual([]);
  expect(Object.keys(japanese).sort()).toEqual(Object.keys(explanations).sort());
  expect(Object.keys(explanations).filter((name) => !(name in en.settings))).toEqual([]);
});
