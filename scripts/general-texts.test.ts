import { expect, test } from 'vitest';
import kept from '../src/data/general-texts.json' with { type: 'json' };
import { generalTexts } from './general-texts.ts';

test('the general texts are what the script makes: as many in each language, all different, with no gap left', () => {
  expect(kept).toEqual(generalTexts);
  expect(kept.en).toHaveLength(24);
  expect(kept.ja).toHaveLength(24);
  const all = [...kept.en, ...kept.ja];
  expect(new Set(all).size).toBe(all.length);
  for (const text of all) expect(text).not.toMatch(/[{}]|undefined/);
  expect(new TextEncoder().encode(JSON.stringify(kept)).length).toBeLessThan(200_000);
});
