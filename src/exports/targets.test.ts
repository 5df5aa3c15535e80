import { describe, expect, test } from 'vitest';
import { modelFromConfig } from '../models/registry.ts';
import { tinyLlama } from '../testing/tiny-llama.ts';
import { methods } from '../tuning/methods.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { tuningAsCode } from './code.ts';
import { offersOf, requireTarget, weightsAlone } from './targets.ts';

const model = modelFromConfig(tinyLlama);
const facts = (method: string, pictures = false) => ({ method, pictures, modelType: 'llama' });

const taken = (method: string, pictures?: boolean): string[] =>
  offersOf(facts(method, pictures))
    .filter(({ refusal }) => refusal === null)
    .map(({ target }) => target);

const ofEveryRun = ['config', 'tensorboard', 'archive', 'code'];

describe('the targets that a run takes', () => {
  test.each([
    ['lora', ['peft', 'merged']],
    ['p-tuning', ['peft']],
    ['series-adapter', ['adapterhub']],
    ['full', ['changed', 'merged']],
  ])('of %s are %j, and those of every run', (method, expected) => {
    expect(taken(method)).toEqual([...expected, ...ofEveryRun]);
  });

  test('of pictures are the whole model alone: what changed of it is of no use', () => {
    expect(taken('full', true)).toEqual(['merged', ...ofEveryRun]);
  });

  test.each(Object.keys(methods))(
    '%s: one form holds what was trained, and what cannot be merged says so',
    (method) => {
      const offers = offersOf(facts(method));
      expect(offers.filter(({ holds, refusal }) => holds === 'trained' && !refusal)).toHaveLength(1);
      const { adapter } = resolveTuning(model, { method });
      const merged = offers.find(({ target }) => target === 'merged')!;
      expect(merged.refusal).toEqual(adapter?.merged ? null : { code: 'cannot-merge', params: { method } });
    },
  );

  test.each(Object.keys(methods))('%s: its code names a class of its library, and nothing undefined', (method) => {
    const tuning = resolveTuning(model, { method });
    const settings = { model: { weights: 'as-published', revision: 'main' } } as const;
    const code = tuningAsCode({ model, baseName: 'owner/name', tuning }, settings);
    expect(code).toMatch(/^config = \w+Config\(|config=\w+Config\(/m);
    expect(code).not.toContain('undefined');
  });
});

test('a target that a run has no use for is refused before anything is read', () => {
  expect(() => requireTarget('adapterhub', facts('lora'))).toThrow('is not written as adapterhub');
  expect(() => requireTarget('merged', facts('prompt'))).toThrow('no change of weights');
});

test('a log is not written from weights alone', async () => {
  const never = async () => {
    throw new Error('nothing is read');
  };
  const run = weightsAlone({ tuned: never } as never, never);
  await expect(requireTarget('tensorboard', facts('lora')).write(run)).rejects.toMatchObject({
    code: 'export-needs-run',
  });
});
