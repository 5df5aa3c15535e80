import { expect, test } from 'vitest';
import { en } from './en.ts';
import { explanations } from './explanations-en.ts';
import { explanations as japanese } from './explanations-ja.ts';

test('every setting that has a field is explained in both languages', () => {
  const fields = Object.entries(en.settings).flatMap(([name, words]) =>
    typeof words === 'object' && 'label' in words ? [name] : [],
  );
  expect(fields.length).toBeGreaterThan(50);
  expect(fields.filter((name) => !(name in explanations))).toEqual([]);
  expect(Object.keys(japanese).sort()).toEqual(Object.keys(explanations).sort());
});
