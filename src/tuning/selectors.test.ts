import { describe, expect, test } from 'vitest';
import qwenConfig from '../models/golden/qwen2.5-0.5b.json';
import type { ParameterInfo, ParameterRole } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { resNetModel } from '../models/resnet.ts';
import golden from './golden/selectors.json';
import { permutation } from './permutation.ts';
import * as selectors from './selectors.ts';

/** Of a parameter of a bare BERT. */
function roleOf(name: string): ParameterRole {
  if (name.includes('LayerNorm')) return 'norm';
  if (name.startsWith('embeddings.')) return 'embedding';
  return name.endsWith('.bias') ? 'bias' : 'linear';
}

function parameterOf(line: string): ParameterInfo {
  const [name, shape] = line.split(' ') as [string, string];
  const layer = /\.(\d+)\./.exec(name)?.[1];
  return {
    name,
    shape: shape.split('x').map(Number),
    module: name.slice(0, name.lastIndexOf('.')),
    role: roleOf(name),
    publishedNames: [name],
    ...(layer === undefined ? {} : { layer: Number(layer) }),
  };
}

const tinyLlama = {
  ...{ model_type: 'llama', hidden_size: 2048, intermediate_size: 5632, num_hidden_layers: 22, vocab_size: 32000 },
  ...{ num_attention_heads: 32, num_key_value_heads: 4, max_position_embeddings: 2048, rms_norm_eps: 1e-5 },
};

const bert = {
  ...{ model_type: 'bert', vocab_size: 30522, hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12 },
  ...{ num_attention_heads: 12, max_position_embeddings: 512, type_vocab_size: 2, layer_norm_eps: 1e-12 },
};

/** Ours, where there is a model; a bare BERT has no task and stands here by its names alone. */
const ourParameters: Readonly<Record<string, () => readonly ParameterInfo[]>> = {
  gpt2: () => modelFromConfig({ model_type: 'gpt2' }).parameters,
  'bert for sequence classification': () => modelFromConfig(bert).parameters,
  'Qwen2.5-0.5B': () => modelFromConfig(qwenConfig).parameters,
  'TinyLlama-1.1B': () => modelFromConfig(tinyLlama).parameters,
  'ResNet-18': () => resNetModel({ architecture: 'resnet18' }).parameters,
};

const models = golden.map(({ model, parameters, ...rest }) => ({
  ...{ model, published: parameters },
  parameters: ourParameters[model]?.() ?? parameters.map(parameterOf),
  ...rest,
}));
const parametersOf = (name: string): readonly ParameterInfo[] => models.find(({ model }) => model === name)!.parameters;
const sizeOf = (parameters: readonly ParameterInfo[]): number =>
  parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

describe.each(models)('$model', ({ parameters, published, permutation: order, picks }) => {
  test('has the names and shapes of named_parameters()', () => {
    expect(parameters.map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual(published);
  });

  test.each(Object.entries(picks))('%s picks what the loop of the article picks', (rule, expected) => {
    const [kind, text = ''] = rule.split(' ') as [string, string?];
    const value = Number(text);
    const select = {
      input: () => selectors.nearestInput(parameters, value),
      output: () => selectors.nearestOutput(parameters, value),
      article: () => selectors.randomShare(parameters, value, order, 'as-in-the-article'),
      corrected: () => selectors.randomShare(parameters, value, order),
      second: () => selectors.embeddingsAndFirstLayers(parameters, value, 'dotted-embeddings'),
      third: () => selectors.embeddingsAndFirstLayers(parameters, value, 'index-prefix'),
      contains: () => selectors.namesContaining(parameters, text),
      freeze: () => selectors.embeddingsAndFirstLayers(parameters, value),
      last: () => selectors.lastLayers(parameters, value),
      bias: () => selectors.biasesOnly(parameters),
      norms: () => selectors.normsOnly(parameters),
    }[kind]!;
    const names = expected.map((index) => parameters[index]!.name);
    expect(select()).toEqual(names);
    if (kind === 'contains')
      expect(selectors.namesNotContaining(parameters, text)).toEqual(
        parameters.map(({ name }) => name).filter((name) => !names.includes(name)),
      );
    if (kind === 'freeze')
      expect(new Set([...selectors.exceptEmbeddingsAndFirstLayers(parameters, value), ...names]).size).toBe(
        parameters.length,
      );
  });
});

test('10% nearest the input is nothing where the embedding alone is larger; nearest the output it is 23 tensors of GPT-2', () => {
  const withLargeTables = models.filter(({ model }) => !['TinyLlama-1.1B', 'ResNet-18'].includes(model));
  for (const { parameters } of withLargeTables) expect(selectors.nearestInput(parameters, 10)).toEqual([]);
  const gpt2 = parametersOf('gpt2');
  const names = selectors.nearestOutput(gpt2, 10);
  expect(names).toHaveLength(23);
  expect((100 * sizeOf(gpt2.filter(({ name }) => names.includes(name)))) / sizeOf(gpt2)).toBeCloseTo(9.97, 2);
});

test('freezing the first two layers leaves layers 10 and 11 alone, and a bare BERT has embeddings too', () => {
  const bert = parametersOf('bert');
  const frozen = selectors.embeddingsAndFirstLayers(bert, 2);
  expect(frozen).toContain('embeddings.word_embeddings.weight');
  expect(frozen).toContain('encoder.layer.1.output.dense.weight');
  expect(frozen.some((name) => /layer\.1[01]\./.test(name))).toBe(false);
  const third = selectors.embeddingsAndFirstLayers(bert, 2, 'index-prefix');
  expect(third).toContain('encoder.layer.11.output.dense.weight');
  const second = selectors.embeddingsAndFirstLayers(bert, 2, 'dotted-embeddings');
  expect(second).not.toContain('embeddings.word_embeddings.weight');
  const trained = selectors.exceptEmbeddingsAndFirstLayers(bert, 2);
  expect(new Set([...trained, ...frozen]).size).toBe(bert.length);
});

test('names are picked by a part of theirs, and "mlp" is in no name of BERT', () => {
  const qwen = parametersOf('Qwen2.5-0.5B');
  expect(selectors.namesContaining(qwen, 'layers.2.')).toHaveLength(12);
  expect(selectors.namesNotContaining(qwen, 'layers.')).toEqual(['model.embed_tokens.weight', 'model.norm.weight']);
  expect(selectors.namesContaining(parametersOf('bert'), 'mlp')).toEqual([]);
});

test('the last layers, every bias, and every norm', () => {
  const qwen = parametersOf('Qwen2.5-0.5B');
  const last = selectors.lastLayers(qwen, 2);
  expect(last).toHaveLength(24);
  expect(last.every((name) => /layers\.2[23]\./.test(name))).toBe(true);
  expect(selectors.lastLayers(qwen, 99)).toHaveLength(288);
  expect(selectors.biasesOnly(qwen)).toHaveLength(72);
  expect(selectors.biasesOnly(parametersOf('bert'))).toContain('encoder.layer.0.output.LayerNorm.bias');
  expect(selectors.normsOnly(qwen)).toHaveLength(49);
  expect(selectors.inputEmbedding(qwen)).toEqual(['model.embed_tokens.weight']);
  expect(selectors.inputEmbedding(parametersOf('gpt2'))).toEqual(['transformer.wte.weight']);
});

test('a permutation holds every index once, and another seed gives another', () => {
  const order = permutation(290, 7);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 290 }, (_, index) => index));
  expect(permutation(290, 7)).toEqual(order);
  expect(permutation(290, 8)).not.toEqual(order);
});

test('each index comes first about equally often', () => {
  const counts = new Array<number>(5).fill(0);
  for (let seed = 0; seed < 5000; seed++) counts[permutation(5, seed)[0]!]!++;
  // A fair draw has a standard deviation of 28 here.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
