import { expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import qwen from '../models/golden/qwen2.5-0.5b.json';
import { modelFromConfig } from '../models/registry.ts';
import { type Selector, selectParameters } from './select.ts';
import { nearestOutput } from './selectors.ts';

const { parameters } = modelFromConfig(qwen);

function refusalOf(entry: unknown): AppError {
  try {
    selectParameters(parameters, entry as string);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test.each<[Selector, number]>([
  ['model.norm.weight', 1],
  ['model.layers.2', 12],
  [{ contains: 'layers.2.' }, 12],
  [{ not_contains: 'layers' }, 2],
  [{ regex: '[qk]_proj\\.bias$' }, 48],
  [{ glob: 'model.layers.1?.mlp.*.weight' }, 30],
  [{ nearest_input: 30 }, 10],
  [{ nearest_output: 10 }, 40],
  [{ last_layers: 1 }, 12],
  [{ freeze_first_layers: 23 }, 13],
  [{ freeze_first_layers: 2, match: 'index-prefix' }, 290 - 1 - 12 * 12],
  [{ bias_only: true }, 72],
  [{ norms_only: true }, 49],
  [{ all: true }, 290],
])('%j picks %i parameters', (entry, count) => {
  expect(selectParameters(parameters, entry)).toHaveLength(count);
});

test('a random share stays within it, repeats for a seed, and as in the article is smaller', () => {
  const size = (names: readonly string[]): number =>
    parameters
      .filter(({ name }) => names.includes(name))
      .reduce((sum, { shape }) => sum + shape.reduce((product, axis) => product * axis, 1), 0);
  const corrected = selectParameters(parameters, { random: 10, seed: 3 });
  const article = selectParameters(parameters, { random: 10, seed: 3, mode: 'as-in-the-article' });
  expect(selectParameters(parameters, { random: 10, seed: 3 })).toEqual(corrected);
  expect(selectParameters(parameters, { random: 10, seed: 4 })).not.toEqual(corrected);
  expect(size(corrected)).toBeLessThanOrEqual(49_403_276);
  expect(size(article)).toBeLessThan(size(corrected));
});

test('a share that no tensor fits picks nothing rather than failing', () => {
  expect(selectParameters(parameters, { nearest_input: 10 })).toEqual([]);
  expect(nearestOutput(parameters, 0)).toEqual([]);
});

test('a name or text that fits nothing is an error that repeats it', () => {
  expect(refusalOf('model.layers.24')).toMatchObject({
    code: 'nothing-matched',
    params: { pattern: 'model.layers.24' },
  });
  expect(refusalOf({ contains: 'attn.c_attn' }).message).toContain('"attn.c_attn"');
});

test.each<[unknown, string]>([
  [{ contain: 'q_proj' }, 'has none of the keys contains, not_contains'],
  [{ regex: '(' }, '( is not a regular expression'],
  [{ contains: 3 }, 'contains must be a part of a name'],
  [{ nearest_input: 101 }, 'nearest_input must be a share from 0 to 100'],
  [{ last_layers: 1.5 }, 'last_layers must be a whole number'],
  [{ bias_only: false }, 'bias_only must be true'],
  [{ random: 10, mode: 'fast' }, 'mode must be corrected or as-in-the-article'],
  [{ last_layers: 1, seed: 2 }, 'last_layers takes no seed'],
])('%j is refused with what is allowed', (entry, reason) => {
  const refusal = refusalOf(entry);
  expect(refusal.code).toBe('run-config-invalid');
  expect(refusal.message).toContain(reason);
});
