import { expect, test } from 'vitest';
import { usualRate } from './recipes.ts';
import { parseRunConfig } from './run-config.ts';
import { settingWarnings, type WarningFacts } from './setting-warnings.ts';

const facts: WarningFacts = { parameters: 1e9, reach: 512, lengths: null, smallestSide: 256 };
const lengths = { mean: 90, median: 88, high: 140, longest: 150 };
const warned = (config: object, changes: Partial<WarningFacts> = {}) =>
  settingWarnings(parseRunConfig(config), { ...facts, ...changes }).map(({ kind, weight, works }) => ({
    kind,
    weight,
    works,
  }));
const withRate = (method: string, learning_rate: number, optimizer = 'AdamW') => ({
  ...{ tuning: { method }, training: { learning_rate, optimizer } },
});

test('a rate far outside what works is warned of, by method and size, with one that works', () => {
  expect(warned(withRate('lora', 50))).toEqual([{ kind: 'rate-high', weight: 'severe', works: 2e-4 }]);
  expect(warned(withRate('lora', 1e-7))).toEqual([{ kind: 'rate-low', weight: 'severe', works: 2e-4 }]);
  expect(warned(withRate('lora', 4e-6))).toEqual([{ kind: 'rate-low', weight: 'warning', works: 2e-4 }]);
  expect(warned(withRate('full', 1e-2))).toEqual([{ kind: 'rate-high', weight: 'severe', works: 3e-5 }]);
  // The same rate is a usual one for a learned prompt, and for LoRA on a small model.
  expect(warned(withRate('prompt', 1e-2))).toEqual([]);
  expect(warned(withRate('lora', 1e-2), { parameters: 1e6 })).toEqual([]);
});

test('one that is usual, and the default, is not', () => {
  for (const method of ['lora', 'full', 'ia3', 'prefix', 'prompt', 'vera'] as const) {
    for (const parameters of [1e5, 1e6, 5e8, 7e9])
      expect(warned(withRate(method, usualRate(method, parameters)), { parameters })).toEqual([]);
  }
  expect(warned({})).toEqual([]);
  expect(warned(withRate('full', 0.01, 'SGD')), 'plain gradients are small').toEqual([]);
});

test('a rank above the smaller side of a matrix is warned of', () => {
  expect(warned({ tuning: { lora_r: 300 } })).toEqual([{ kind: 'rank-high', weight: 'warning', works: 64 }]);
  expect(warned({ tuning: { lora_r: 256 } })).toEqual([]);
  expect(warned({ tuning: { lora_r: 300, method: 'full' }, training: { learning_rate: 2e-5 } })).toEqual([]);
});

test('a length under that of most rows is warned of, one beyond the model where rows are as long, and a long one noted', () => {
  const withLength = (max_length: number) => ({ tokenizer: { max_length } });
  expect(warned(withLength(64), { lengths })).toEqual([{ kind: 'length-short', weight: 'severe', works: 160 }]);
  expect(warned(withLength(160), { lengths })).toEqual([]);
  expect(warned(withLength(4096), { lengths })).toEqual([{ kind: 'length-long', weight: 'note', works: 160 }]);
  // No length holds rows beyond the model.
  const beyond = { mean: 880, median: 880, high: 900, longest: 917 };
  expect(warned(withLength(512), { lengths: beyond })).toEqual([]);
  expect(warned(withLength(1024), { lengths: { ...lengths, longest: 900 } })).toEqual([
    { kind: 'length-beyond', weight: 'warning', works: 512 },
  ]);
  expect(warned(withLength(64)), 'rows that are not known').toEqual([]);
});
