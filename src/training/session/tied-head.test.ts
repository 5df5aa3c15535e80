/**
 * Models whose head is tied to the token embedding. golden/tied-table: a tiny one, an adapter that PEFT 0.21 made of it with
 * `modules_to_save: ["embed_tokens"]`, and the logits that PEFT computes with it.
 */
import { describe, expect, test } from 'vitest';
import { trainedPart } from '../../exports/targets.ts';
import { wholeModel } from '../../exports/whole-model.ts';
import { readPeft } from '../../files/peft.ts';
import { openSafetensors } from '../../files/safetensors.ts';
import { modelLogits } from '../../generation/logits.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainedFiles, written } from '../../testing/written.ts';
import type { TuningSettings } from '../../tuning/method.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { openAdapter, requireSameParameters } from './adapter-tuning.ts';
import { createModelSession } from './model-session.ts';
import { type OpenModel, openModel } from './open-model.ts';
import { startValues } from './start-values.ts';

const golden = new URL('golden/tied-table/', import.meta.url);
const open = await openModel(folderFiles(new URL('base/', golden)));
const saved = folderFiles(new URL('adapter-from-peft/', golden));
const expected = await (await openSafetensors(folderFiles(golden), 'expected.safetensors')).readFloats('logits');
const ids = [3, 7, 11, 20, 33, 5, 60, 2];

/** Largest difference over the largest logit. */
function difference(actual: Float32Array, wanted: Float32Array): number {
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...actual.map((value, index) => Math.abs(value - wanted[index]!))) / largest;
}

describe('a table that PEFT saved', () => {
  test('is for the input: the head stays at the published table', async () => {
    const { tuning, values } = await openAdapter(open, saved);
    const session = createModelSession({ executor: referenceExecutor(), open, tuning, values });
    expect(difference(await modelLogits(session, ids), expected)).toBeLessThan(1e-5);
  });

  test('is merged into a model whose head is its own', async () => {
    const { tuning, values } = await openAdapter(open, saved);
    const files = await written(await wholeModel(open, tuning, async (name) => values.get(name)!));
    expect(JSON.parse(await files.text('config.json')).tie_word_embeddings).toBe(false);
    const merged = createModelSession({ executor: referenceExecutor(), open: await openModel(files), tuning: null });
    expect(difference(await modelLogits(merged, ids), expected)).toBeLessThan(1e-5);
  });

  test('is written again for the input alone, with the very tensors that PEFT wrote', async () => {
    const { tuning, values } = await openAdapter(open, saved);
    const files = await trainedPart({ base: open, baseName: null, tuning }, async (name) => values.get(name)!);
    const [before, again] = [await readPeft(saved), await readPeft(await written(files))];
    expect(again.config.modules_to_save).toEqual(['model.embed_tokens']);
    expect(new Map([...again.tensors].sort())).toEqual(new Map([...before.tensors].sort()));
  });

  test('is no start for a training that would change the head with it', async () => {
    const adapter = await openAdapter(open, saved);
    expect(() => requireSameParameters(adapter.tuning, adapter)).toThrow('train the merged model');
  });
});

/** An adapter of these settings with every value moved, as a run writes it. */
async function made(model: OpenModel, settings: TuningSettings) {
  const tuning = resolveTuning(model.model, settings);
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const name of tuning.trained.keys())
    values.set(
      name,
      Float32Array.from(await startValues(model, name, 0), (value, index) => value + 0.1 * (index % 3)),
    );
  const session = createModelSession({ executor: referenceExecutor(), open: model, tuning, values });
  const logits = await modelLogits(session, ids);
  return { files: await trainedFiles(session, null), logits, values };
}

const lora = { method: 'lora', lora_target_modules: ['q_proj'] };

test.each([{ modules_to_save: ['embed_tokens'] }, { train_parameters: [{ input_embedding: true }] }])(
  'a table trained with the head tied to it is written under the names of both: %j',
  async (trained) => {
    const { files, logits, values } = await made(open, { ...lora, ...trained });
    const { config, tensors } = await readPeft(files);
    expect(config.modules_to_save).toEqual(['lm_head', 'model.embed_tokens']);
    const table = values.get('model.embed_tokens.weight');
    expect(tensors.get('model.embed_tokens.weight')!.data).toEqual(table);
    expect(tensors.get('lm_head.weight')!.data).toEqual(table);
    const { tuning, values: read } = await openAdapter(open, files);
    const again = createModelSession({ executor: referenceExecutor(), open, tuning, values: read });
    expect(await modelLogits(again, ids)).toEqual(logits);
  },
);

test('a tied head cannot be trained apart, and the refusal names the table', () => {
  const settings = { ...lora, modules_to_save: ['lm_head'] };
  expect(() => resolveTuning(open.model, settings)).toThrow('model.embed_tokens');
});

test('LoRA on a table that is trained whole as well is refused: PEFT would save it as published', () => {
  const settings = { ...lora, lora_target_modules: ['embed_tokens'], train_parameters: [{ input_embedding: true }] };
  expect(() => resolveTuning(open.model, settings)).toThrow('not trained whole as well');
});

test('a module of which a part is trained is saved with all its tensors, which PEFT asks for', async () => {
  const gpt2 = await openModel(folderFiles(new URL('../../../interop/golden/gpt2-lora/', import.meta.url)));
  const trained = ['transformer.h.0.ln_1.weight', 'transformer.h.1.mlp.c_fc.bias'];
  const { files, values } = await made(gpt2, {
    method: 'lora',
    lora_target_modules: ['c_attn'],
    train_parameters: trained,
  });
  const { config, tensors } = await readPeft(files);
  expect(config.modules_to_save).toEqual(['transformer.h.0.ln_1', 'transformer.h.1.mlp.c_fc']);
  const names = [...tensors.keys()].filter((name) => !name.includes('lora_')).sort();
  expect(names).toEqual([
    'transformer.h.0.ln_1.bias',
    'transformer.h.0.ln_1.weight',
    'transformer.h.1.mlp.c_fc.bias',
    'transformer.h.1.mlp.c_fc.weight',
  ]);
  for (const name of names)
    expect(tensors.get(name)!.data).toEqual(values.get(name) ?? (await startValues(gpt2, name, 0)));
});

test('all biases are saved by the setting that PEFT has for them, without the matrices beside', async () => {
  const gpt2 = await openModel(folderFiles(new URL('../../../interop/golden/gpt2-lora/', import.meta.url)));
  const { files } = await made(gpt2, { method: 'lora', lora_target_modules: ['c_attn'], bias: 'all' });
  const { config, tensors } = await readPeft(files);
  expect(config).toMatchObject({ bias: 'all', modules_to_save: null });
  const beside = [...tensors.keys()].filter((name) => !name.includes('lora_'));
  expect(beside.every((name) => name.endsWith('.bias'))).toBe(true);
});
