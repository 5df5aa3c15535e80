import { expect, test } from 'vitest';
import qwen from './golden/qwen2.5-0.5b.json';
import { requireImageModel, requireTextModel, tablesOf } from './model.ts';
import { modelFromConfig } from './registry.ts';

const texts = modelFromConfig(qwen);
const images = modelFromConfig({
  ...{ architecture: 'resnet18', num_classes: 3, pretrained_cfg: { input_size: [3, 32, 32] } },
});

test('a model for images is refused where only text makes sense, and the other way round', () => {
  expect(requireTextModel(texts)).toBe(texts);
  expect(requireImageModel(images)).toBe(images);
  const refusal = (modelType: string, task: string) =>
    expect.objectContaining({ code: 'task-unsupported', params: { modelType, task } });
  expect(() => requireTextModel(images)).toThrow(refusal('resnet18', 'text'));
  expect(() => requireImageModel(texts)).toThrow(refusal('qwen2', 'image-classification'));
});

test('a model for images reads no tables', () => {
  expect(tablesOf(images, 8)).toEqual([]);
  expect(tablesOf(texts, 8).map(({ shape }) => shape)).toEqual([[8, 64]]);
});
