import { expect, test } from 'vitest';
import { en } from './en.ts';
import { explanations } from './explanations-en.ts';
import { explanations as japanese } from './explanations-ja.ts';

test('every setting that has a field is explained in both languages', () => {
  const fields = Object.entries(en.settings).filter(([, words]) => 'label' in words);
  expect(fields.map(([name]) => name).filter((name) => !(name in explanations))).toEqual([]);
  expect(Object.keys(japanese).sort()).toEqual(Object.keys(explanations).sort());
});
