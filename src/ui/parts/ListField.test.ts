import { expect, test } from 'vitest';
import { modules, names, pairs } from './ListField.tsx';

test('names are read with and without spaces, and written back', () => {
  expect(names.parse(' norm,lm_head , ')).toEqual(['norm', 'lm_head']);
  expect(names.write(['norm', 'lm_head'])).toBe('norm, lm_head');
  expect(names.parse('')).toEqual([]);
});

test('modules are names, or one expression, whose commas are its own', () => {
  expect(modules.parse('o_proj, mlp.c_proj')).toEqual(['o_proj', 'mlp.c_proj']);
  expect(modules.parse(String.raw`.*\.\d{1,2}\.mlp\..*`)).toBe(String.raw`.*\.\d{1,2}\.mlp\..*`);
  expect(modules.write('.*mlp.*')).toBe('.*mlp.*');
  expect(modules.write(['o_proj', 'fc1'])).toBe('o_proj, fc1');
  expect(modules.parse('')).toEqual([]);
});

test('numbers by name keep what stands before the last sign of equality', () => {
  expect(pairs.parse('up_proj = 8, layers.0.*.q_proj=2')).toEqual({ up_proj: 8, 'layers.0.*.q_proj': 2 });
  expect(pairs.parse('(?=a)b = 3')).toEqual({ '(?=a)b': 3 });
  expect(pairs.write({ up_proj: 8, q_proj: 2 })).toBe('up_proj = 8, q_proj = 2');
  expect(pairs.parse('')).toEqual({});
});

test.each(['up_proj', 'up_proj =', '= 8', 'up_proj = x', 'up_proj = 8, q'])('%s is no list of numbers', (text) => {
  expect(pairs.parse(text)).toBeUndefined();
});
