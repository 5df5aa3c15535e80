import { expect, test } from 'vitest';
import { kindOf } from '../models/head-kinds.ts';
import { modelFromConfig } from '../models/registry.ts';
import { defaultRunConfig } from '../training/config/run-config.ts';
import { problemTypes } from './problem-types.ts';
import { taskOf, taskOfModel, tasks } from './registry.ts';

const llama = {
  ...{ model_type: 'llama', hidden_size: 32, intermediate_size: 64, num_attention_heads: 4 },
  ...{ num_hidden_layers: 2, vocab_size: 100 },
};

test.each(problemTypes)('%s is one task, which is found again by the model that is made for it', (problem_type) => {
  expect(tasks.filter((task) => task.problemTypes.includes(problem_type))).toHaveLength(1);
  const { dataset, ...rest } = defaultRunConfig;
  const config = { ...rest, dataset: { ...dataset, problem_type } };
  const task = taskOf(config);
  const json = task.reads === 'pictures' ? { architecture: 'resnet18', num_classes: 2 } : llama;
  const head = task.plannedHead(config, modelFromConfig(json));
  if (head !== 'causal' && task.reads !== 'pictures') expect(kindOf(head.problem)).toBeDefined();
  const model = modelFromConfig(json, head);
  expect(taskOfModel(model)).toBe(task);
  expect(tasks.filter(({ isOf }) => isOf(model))).toHaveLength(1);
});
