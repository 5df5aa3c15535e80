import { describe, expect, test } from 'vitest';
import { kindOf } from '../models/head-kinds.ts';
import { modelFromConfig } from '../models/registry.ts';
import { defaultRunConfig } from '../training/config/run-config.ts';
import type { Material } from './material.ts';
import { type ProblemType, problemTypes } from './problem-types.ts';
import { taskOf, taskOfModel, tasks } from './registry.ts';
import type { Task } from './task.ts';

const llama = {
  ...{ model_type: 'llama', hidden_size: 32, intermediate_size: 64, num_attention_heads: 4 },
  ...{ num_hidden_layers: 2, vocab_size: 100 },
};

const bert = { model_type: 'bert', vocab_size: 100 };

const images = { architecture: 'resnet18', num_classes: 2, pretrained_cfg: { input_size: [3, 32, 32] } };

const ofEncoders: readonly ProblemType[] = ['masked-language-modeling', 'sentence-embeddings', 'sentence-similarity'];

/** config.json of a model that a task takes. */
const modelOf = ({ reads, problemTypes: [problem] }: Task) =>
  reads === 'pictures' ? images : ofEncoders.includes(problem!) ? bert : llama;

const configOf = (problem_type: ProblemType) => {
  const { dataset, ...rest } = defaultRunConfig;
  return { ...rest, dataset: { ...dataset, problem_type } };
};

test.each(problemTypes)('%s is one task, which is found again by the model that is made for it', (problem_type) => {
  expect(tasks.filter((task) => task.problemTypes.includes(problem_type))).toHaveLength(1);
  const config = configOf(problem_type);
  const task = taskOf(config);
  const json = modelOf(task);
  const head = task.plannedHead(config, modelFromConfig(json));
  if (typeof head === 'object' && task.reads !== 'pictures') expect(kindOf(head.problem)).toBeDefined();
  const model = modelFromConfig(json, head);
  expect(taskOfModel(model)).toBe(task);
  expect(tasks.filter(({ isOf }) => isOf(model))).toHaveLength(1);
});

describe.each(problemTypes)('%s', (problem_type) => {
  const config = configOf(problem_type);
  const task = taskOf(config);
  const [right, wrong] = [modelOf(task), task.reads === 'pictures' ? llama : images];
  /** Whoever looks into it has forgotten to look at the model. */
  const untouched = new Proxy({} as Material, {
    get: () => {
      throw new Error('read');
    },
  });

  test('takes a model of its own kind', () => {
    expect(() => task.plannedHead(config, modelFromConfig(right))).not.toThrow();
  });

  test.each([{}, { loss_function: 'none' }])('refuses a model of the other kind before all else, %j', (training) => {
    const refusal = expect.objectContaining({
      code: 'task-unsupported',
      params: expect.objectContaining({ task: problem_type }),
    });
    const given = { ...config, training: { ...config.training, ...training } } as typeof config;
    const model = modelFromConfig(wrong);
    expect(() => task.plannedHead(given, model)).toThrow(refusal);
    expect(() => task.open(untouched, given, model)).toThrow(refusal);
  });
});
