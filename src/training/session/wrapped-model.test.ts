/** The text model of one for several kinds of input, by the names that versions of transformers give its tensors. */
import { describe, expect, test } from 'vitest';
import { wholeModel } from '../../exports/whole-model.ts';
import { openSafetensors } from '../../files/safetensors.ts';
import type { ModelFiles } from '../../files/source.ts';
import { otherBytes, otherParts } from '../../models/wrapper.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { written } from '../../testing/written.ts';
import { openAdapter } from './adapter-tuning.ts';
import { openModel } from './open-model.ts';
import { ofTextModel } from './wrapped-adapter.ts';

const folder = new URL('../../../interop/golden/gemma3-images-lora/', import.meta.url);
const files = folderFiles(folder);
const [before, since] = ['language_model.model.', 'model.language_model.'];

/** The same files with one text in place of another of its length. */
function replaced(given: ModelFiles, from: string, to: string): ModelFiles {
  const changed = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
    const text = Buffer.from(await given.read(path))
      .toString('latin1')
      .replaceAll(from, to);
    return new Uint8Array(Buffer.from(text, 'latin1'));
  };
  return {
    ...given,
    text: async (path) => new TextDecoder().decode(await changed(path)),
    read: async (path, begin, end) => (await changed(path)).slice(begin, end),
  };
}

describe('a model of which the text part alone is opened', () => {
  test('is the same by the names of transformers 4 and 5', async () => {
    const [older, newer] = [await openModel(files), await openModel(replaced(files, before, since))];
    for (const { name } of older.model.parameters) {
      expect(older.tensorOf(name)).toBe(name.replace(since, before));
      expect(newer.tensorOf(name)).toBe(name);
      expect(await newer.weights.readFloats(name)).toEqual(await older.weights.readFloats(older.tensorOf(name)));
    }
  });

  test('says how large the parts are that are left out', async () => {
    const { model, weights } = await openModel(files);
    const names = otherParts(model, weights.tensors.keys());
    expect(names.filter((name) => !/^(vision_tower|multi_modal_projector)\./.test(name))).toEqual([]);
    const bytes = names.reduce((sum, name) => sum + weights.tensors.get(name)!.byteLength, 0);
    expect(bytes).toBeGreaterThan(1000);
    expect(otherBytes(model, weights.tensors)).toBe(bytes);
  });

  test('is written as a whole model with those parts as they were', async () => {
    const open = await openModel(files);
    const whole = await written(await wholeModel(open, { trained: new Map(), adapterParameters: [] }, () => never()));
    const again = await openSafetensors(whole, 'model.safetensors');
    expect([...again.tensors.keys()].sort()).toEqual([...open.weights.tensors.keys()].sort());
    for (const name of again.tensors.keys())
      expect(await again.readTensor(name)).toEqual(await open.weights.readTensor(name));
  });

  test('takes an adapter of before transformers 5', async () => {
    const open = await openModel(files);
    const adapter = folderFiles(new URL('adapter-initial/', folder));
    const [newer, older] = [
      await openAdapter(open, adapter),
      await openAdapter(open, replaced(adapter, since, before)),
    ];
    expect(newer.values.size).toBe(42);
    expect(older.values).toEqual(newer.values);
  });
});

test('what other parts have of an adapter is left out where it changes nothing, and refused where it would', async () => {
  const { model } = await openModel(files);
  const tensor = (...values: number[]) => ({ shape: [values.length], data: new Float32Array(values) });
  const adapter = (value: number, factor = 1) => ({
    config: { target_modules: [`${before}layers.0.mlp.up_proj`], alpha_pattern: { [`${before}layers.0`]: 3 } },
    tensors: new Map([
      ['model.vision_tower.encoder.layers.0.mlp.fc1.lora_A.weight', tensor(0, 5)],
      ['model.vision_tower.encoder.layers.0.mlp.fc1.lora_B.weight', tensor(0, value)],
      ['model.vision_tower.encoder.layers.0.mlp.fc1.lora_magnitude_vector', tensor(3, 4)],
      ['model.vision_tower.encoder.layers.1.mlp.fc1.vera_lambda_d', tensor(0.1, 0.1)],
      ['model.vision_tower.encoder.layers.1.mlp.fc1.vera_lambda_b', tensor(0, value)],
      ['model.multi_modal_projector.linear_1.ia3_l', tensor(1, factor)],
      [`${before}layers.0.mlp.up_proj.lora_A.weight`, tensor(0, 1)],
      ['vera_A', tensor(0, 1)],
    ]),
  });
  const { config, tensors } = ofTextModel(model, adapter(0));
  expect([...tensors.keys()]).toEqual([`${since}layers.0.mlp.up_proj.lora_A.weight`, 'vera_A']);
  expect(config).toEqual({
    target_modules: [`${since}layers.0.mlp.up_proj`],
    alpha_pattern: { [`${since}layers.0`]: 3 },
  });
  for (const changing of [adapter(1), adapter(0, 2)])
    expect(() => ofTextModel(model, changing)).toThrow('language_model alone');
});

const never = (): never => {
  throw new Error('nothing was trained');
};
