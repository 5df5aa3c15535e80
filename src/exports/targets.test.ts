import { describe, expect, test } from 'vitest';
import { modelFromConfig } from '../models/registry.ts';
import { tinyLlama } from '../testing/tiny-llama.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { methods } from '../tuning/methods.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { tuningAsCode } from './code.ts';
import { asTarget } from './refusal.ts';
import type { RunFacts, Tuned } from './target.ts';
import { factsOfConfig, factsOfTuned, offersOf, requireTarget, weightsAlone } from './targets.ts';

const model = modelFromConfig(tinyLlama);
const facts = (method: string, others: Partial<RunFacts> = {}): RunFacts => ({
  ...{ method, pictures: false, modelType: 'llama', writes: true, labels: false, embeds: false },
  ...{ plainLora: method === 'lora', beside: false },
  ...others,
});

const taken = (method: string, others?: Partial<RunFacts>): string[] =>
  offersOf(facts(method, others))
    .filter(({ refusal }) => refusal === null)
    .map(({ target }) => target);

const gguf = ['gguf-q8', 'gguf-q4', 'gguf-f16', 'gguf-bf16'];
const ofEveryRun = ['card', 'config', 'tensorboard', 'archive', 'code'];

describe('the targets that a run takes', () => {
  test.each([
    ['lora', ['peft', 'merged', ...gguf, 'gguf-lora', 'ollama', 'mlx', 'onnx']],
    ['vera', ['peft', 'merged', ...gguf, 'ollama', 'lora', 'onnx']],
    ['p-tuning', ['peft']],
    ['series-adapter', ['adapterhub']],
    ['full', ['changed', 'merged', ...gguf, 'ollama', 'lora', 'onnx']],
  ])('of %s are %j, and those of every run', (method, expected) => {
    expect(taken(method)).toEqual([...expected, ...ofEveryRun]);
  });

  test('of pairs of texts leave out what does not take their types', () => {
    const dataset = { problem_type: 'classification', text_pair_column: 'b' };
    const { course } = factsOfConfig(parseRunConfig({ dataset }), 'bert', { writes: false, textPairs: true });
    const encoder = { modelType: 'bert', writes: false, labels: 'softmax' as const, course: course! };
    const single = { ...encoder, course: { ...course!, textPairs: false } };
    const lost = taken('lora', single).filter((target) => !taken('lora', encoder).includes(target));
    expect(lost).toEqual([...gguf, 'onnx', 'cluster']);
  });

  test('of pictures are the whole model alone: what changed of it is of no use', () => {
    expect(taken('full', { pictures: true, modelType: 'resnet18', writes: false })).toEqual(['merged', ...ofEveryRun]);
  });

  test.each(Object.keys(methods))('%s: one form is its own, and what cannot be merged says so', (method) => {
    const offers = offersOf(facts(method));
    const own = offers.filter(({ target, refusal }) => ['peft', 'adapterhub', 'changed'].includes(target) && !refusal);
    expect(own).toHaveLength(1);
    expect(offers.find(({ refusal }) => !refusal)).toBe(own[0]);
    const { adapter } = resolveTuning(model, { method });
    const merged = offers.find(({ target }) => target === 'merged')!;
    const instead = asTarget(own[0]!.target);
    expect(merged.refusal).toEqual(adapter?.merged ? null : { code: 'cannot-merge', params: { method, instead } });
  });

  test.each(Object.keys(methods))('%s: its code names a class of its library, and nothing undefined', (method) => {
    const tuning = resolveTuning(model, { method });
    const settings = { model: { weights: 'as-published', revision: 'main' } } as const;
    const code = tuningAsCode({ model, baseName: 'owner/name', tuning }, settings);
    expect(code).toMatch(/^config = \w+Config\(|config=\w+Config\(/m);
    expect(code).not.toContain('undefined');
  });
});

describe('MLX', () => {
  test.each([
    ['another method', facts('vera'), 'this is vera', '--to merged.'],
    ['a method that is no change of weights', facts('prompt'), 'this is prompt', '--to peft.'],
    [
      'a family that mlx-lm lacks',
      facts('lora', { modelType: 'opt' }),
      'models of the type opt are not written',
      '--to merged.',
    ],
    ['a classifier', facts('lora', { writes: false }), 'only writes text', '--to merged.'],
    ['weights beside the adapter', facts('lora', { beside: true }), 'weights of the base', '--to merged.'],
  ])('refuses %s before anything is read, and says what to take', (_, run, reason, instead) => {
    const refused = () => requireTarget('mlx', run);
    expect(refused).toThrow(reason);
    expect(refused).toThrow(instead);
  });

  test('takes DoRA, and a run whose model is not known', () => {
    expect(taken('lora', { plainLora: false })).toEqual([
      'peft',
      'merged',
      ...gguf,
      'ollama',
      'lora',
      'mlx',
      'onnx',
      ...ofEveryRun,
    ]);
    expect(taken('lora', { modelType: null })).toContain('mlx');
  });
});

test.each([
  [{ tuning: { method: 'lora' } }, { plainLora: true, beside: false }],
  [{ tuning: { method: 'lora', use_dora: true } }, { plainLora: false, beside: false }],
  [{ tuning: { method: 'lora', bias: 'lora_only' } }, { plainLora: true, beside: false }],
  [{ tuning: { method: 'vera', modules_to_save: ['norm'] } }, { plainLora: false, beside: true }],
  [{ tuning: { method: 'full', train_parameters: [{ last_layers: 1 }] } }, { plainLora: false, beside: false }],
])('what a config says of it, %j, is what targets ask of its weights', (settings, expected) => {
  const config = parseRunConfig(settings);
  expect(factsOfConfig(config, 'llama', { writes: true, textPairs: false })).toMatchObject(expected);
  const tuning = resolveTuning(model, config.tuning);
  expect(factsOfTuned({ base: { model }, tuning } as Tuned)).toMatchObject(expected);
});

test.each([
  ['gguf-lora', 'the head is trained beside the matrices'],
  ['ollama', 'Ollama cannot hold what was trained: it writes no text'],
] as const)('a classifier that llama.cpp takes whole is refused as %s for what that lacks', (name, reason) => {
  const classifier = facts('lora', { modelType: 'qwen3', writes: false, labels: 'softmax' });
  expect(() => requireTarget(name, classifier)).toThrow(reason);
  expect(() => requireTarget(name, classifier)).toThrow('--to gguf-q8.');
});

test('LoRA is not brought to LoRA, and says so', () => {
  expect(() => requireTarget('lora', facts('lora'))).toThrow('LoRA already');
  expect(() => requireTarget('lora', facts('lora'))).toThrow('--to peft.');
});

test('a target that a run has no use for is refused before anything is read', () => {
  expect(() => requireTarget('adapterhub', facts('lora'))).toThrow('is not written as adapterhub');
  expect(() => requireTarget('merged', facts('prompt'))).toThrow('no change of weights');
});

test('a model that embeds texts and was tuned whole is told of no adapter', () => {
  const whole = facts('full', { modelType: 'bert', writes: false, embeds: true });
  for (const name of ['gguf-f16', 'gguf-q8', 'gguf-lora', 'ollama', 'mlx', 'onnx'] as const) {
    expect(() => requireTarget(name, whole), name).toThrow('--to merged.');
    expect(() => requireTarget(name, whole), name).not.toThrow(/or the adapter/);
  }
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
