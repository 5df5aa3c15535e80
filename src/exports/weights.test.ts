import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '../files/safetensors.ts';
import { modelLogits } from '../generation/logits.ts';
import { openedHead } from '../models/opened-for.ts';
import { goldenNames, goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { trainedFiles, written } from '../testing/written.ts';
import { readFloats } from '../training/run/checkpoint.ts';
import { createTraining, type Training } from '../training/run/trainer.ts';
import { adapterHead, openAdapter } from '../training/session/adapter-tuning.ts';
import { createModelSession, type ModelSession } from '../training/session/model-session.ts';
import { openModel } from '../training/session/open-model.ts';
import { wholeModel } from './whole-model.ts';

async function trained(name: string): Promise<Training> {
  const training = createTraining({
    ...(await goldenRun(name, { training: { max_steps: 3 } })),
    executor: referenceExecutor(),
  });
  await training.start();
  return training;
}

const ids = [5, 23, 15, 40, 7];

const answers = (model: ModelSession): Promise<Float32Array> => modelLogits(model, ids);

function hasAdapter(name: string): boolean {
  const run = new URL(`../../interop/golden/${name}/run.json`, import.meta.url);
  return JSON.parse(readFileSync(run, 'utf8')).tuning.method !== 'full';
}

/** Within `tolerance` of the largest of `expected`. */
function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const largest = Math.max(...expected.map(Math.abs));
  for (const [index, value] of actual.entries())
    expect(Math.abs(value - expected[index]!) / largest).toBeLessThan(tolerance);
}

describe.each(goldenNames.filter(hasAdapter))('%s', { timeout: 30_000 }, (name) => {
  test('a downloaded adapter loaded into a fresh session gives the logits of the run', async () => {
    const training = await trained(name);
    const { open } = training.model;
    const files = await trainedFiles(training.model, 'owner/model');
    // Of vectors it does not say what they were trained for.
    const head = 'sentence' in open.model ? 'ranking' : openedHead(open.model);
    expect(await adapterHead(files, open.files)).toEqual(head);
    const { tuning, values, baseModel } = await openAdapter(open, files);
    expect(baseModel).toBe('owner/model');
    const fresh = createModelSession({ executor: referenceExecutor(), open, tuning, values });
    const logits = await answers(training.model);
    const again = await answers(fresh);
    if (training.tuning.adapter?.exported) expectClose(again, logits, 1e-6);
    else expect(again).toEqual(logits);

    if (!tuning.adapter.merged) return;
    const whole = await openModel(await written(await wholeModel(open, tuning, async (key) => values.get(key)!)));
    const merged = createModelSession({ executor: referenceExecutor(), open: whole, tuning: null });
    // The merged weights are rounded once more, to the type of the base.
    const published = open.model.parameters.find(({ fresh }) => !fresh)!;
    const rounding = { f32: 1e-5, f16: 2e-3, bf16: 2e-2 }[open.dtypes(published.name)];
    expectClose(await answers(merged), logits, rounding);
  });
});

// Of PEFT and transformers: whoever loads the adapter has no other way to get them.
test('an adapter brings what its base lacks of a classifier', async () => {
  const run = await goldenRun('modernbert-lora', { training: { max_steps: 2 } });
  const lacking = ['head.dense.weight', 'head.norm.weight'];
  const open = { ...run.open, fresh: new Set([...run.open.fresh, ...lacking]) };
  const training = createTraining({ ...run, open, executor: referenceExecutor() });
  await training.start();
  const files = await trainedFiles(training.model, 'owner/model');
  const { modules_to_save: saved } = JSON.parse(await files.text('adapter_config.json'));
  expect(saved).toEqual(['classifier', 'score', 'head.norm']);
  const { tensors } = await openSafetensors(files, 'adapter_model.safetensors');
  expect([...tensors.keys()].filter((key) => key.startsWith('base_model.model.head.'))).toEqual([
    'base_model.model.head.dense.base_layer.weight',
    'base_model.model.head.dense.lora_A.weight',
    'base_model.model.head.dense.lora_B.weight',
    'base_model.model.head.norm.weight',
  ]);
  const { tuning, values } = await openAdapter(open, files);
  const again = createModelSession({ executor: referenceExecutor(), open, tuning, values, seed: 99 });
  expect(await answers(again)).toEqual(await answers(training.model));
});

test('after full fine-tuning the download holds just the changed weights, and the whole model opens anew', async () => {
  const training = await trained('llama-full');
  const changed = await openSafetensors(await trainedFiles(training.model, null), 'model.safetensors');
  expect([...changed.tensors.keys()].sort()).toEqual([...training.tuning.trained.keys()].sort());

  const read = (name: string) => readFloats(training.model.session, name);
  const open = await openModel(await written(await wholeModel(training.model.open, training.tuning, read)));
  const fresh = createModelSession({ executor: referenceExecutor(), open, tuning: null });
  expect(await answers(fresh)).toEqual(await answers(training.model));
  const base = createModelSession({ executor: referenceExecutor(), open: training.model.open, tuning: null });
  expect(await answers(base)).not.toEqual(await answers(fresh));
});

test('a classifier whose head was fresh opens anew with its classes, as transformers reads it', async () => {
  const training = await trained('bert-full');
  const { session, open } = training.model;
  const files = await written(await wholeModel(open, training.tuning, (name) => readFloats(session, name)));
  const config = JSON.parse(await files.text('config.json'));
  expect(config).toMatchObject({
    architectures: ['BertForSequenceClassification'],
    problem_type: 'single_label_classification',
    id2label: { 0: 'animal', 1: 'colour', 2: 'other' },
    label2id: { animal: 0, colour: 1, other: 2 },
  });
  const again = await openModel(files);
  expect(again.fresh.size).toBe(0);
  expect(again.model.classifier?.names).toEqual(['animal', 'colour', 'other']);
  const fresh = createModelSession({ executor: referenceExecutor(), open: again, tuning: null });
  expect(await answers(fresh)).toEqual(await answers(training.model));
});
