import { expect, expectTypeOf, test } from 'vitest';
import { defaultRunConfig, type RunConfig } from './run-config.ts';
import { createStage, type Settings } from './stage.ts';

const config = defaultRunConfig;
const withTraining = (changes: Partial<RunConfig['training']>): RunConfig => ({
  ...config,
  training: { ...config.training, ...changes },
});

test('a stage is computed anew where a setting that it names changes, and not for any other', () => {
  const stage = createStage(['training.batch_size', 'tokenizer'], ({ training }, rows: readonly string[]) => [
    rows.length / training.batch_size,
  ]);
  const rows = ['a', 'b', 'c', 'd'];
  const first = stage(withTraining({ batch_size: 2 }), rows);
  expect(first).toEqual([2]);
  expect(stage(withTraining({ batch_size: 2, learning_rate: 0.5 }), rows)).toBe(first);
  expect(stage(withTraining({ batch_size: 4 }), rows)).toEqual([1]);
  expect(
    stage({ ...withTraining({ batch_size: 4 }), tokenizer: { ...config.tokenizer, max_length: 9 } }, rows),
  ).toEqual([1]);
  expect(stage.computed).toBe(3);
  stage({ ...withTraining({ batch_size: 4 }), tokenizer: { ...config.tokenizer, max_length: 9 } }, [...rows]);
  expect(stage.computed).toBe(4);
});

test('it does not see what it does not name', () => {
  const stage = createStage(['training.batch_size', 'dataset'], (settings) => settings);
  expect(stage(config)).toEqual({ dataset: config.dataset, training: { batch_size: config.training.batch_size } });
  expectTypeOf<Settings<'training.batch_size' | 'dataset'>>().toEqualTypeOf<
    Pick<RunConfig, 'dataset'> & { readonly training: { readonly batch_size: number } }
  >();
});

test('results of every setting are kept where that is asked for, until what came before is another', () => {
  const stage = createStage(['training.batch_size'], ({ training }, _: object) => training.batch_size, {
    keeps: 'all',
  });
  const before = {};
  for (const batch_size of [1, 2, 1, 2]) stage(withTraining({ batch_size }), before);
  expect(stage.computed).toBe(2);
  stage(withTraining({ batch_size: 1 }), {});
  stage(withTraining({ batch_size: 1 }), before);
  expect(stage.computed).toBe(4);
});

test('a number is a part of what a result is kept under, and stands for no other number', () => {
  const stage = createStage(['tokenizer'], (_, _rows: object, length: number | null | undefined) => [length], {
    keeps: 'all',
  });
  const rows = {};
  const first = stage(config, rows, 64);
  expect(stage(config, rows, 128)).toEqual([128]);
  expect(stage(config, rows, 64)).toBe(first);
  expect(stage(config, rows, null)).toEqual([null]);
  expect(stage(config, rows, undefined)).toEqual([undefined]);
  expect(stage.computed).toBe(4);
});

test('what fails is tried again', () => {
  let failing = true;
  const stage = createStage(['training.batch_size'], () => {
    if (failing) throw new Error('not yet');
    return 'there';
  });
  expect(() => stage(config)).toThrow('not yet');
  failing = false;
  expect(stage(config)).toBe('there');
});
