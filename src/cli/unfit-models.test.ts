/** What commands say where the model is made for something else than the run config or the question asks. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { problemTypes } from '../tasks/problem-types.ts';
import { classify } from './classify.ts';
import { data } from './data.ts';
import { generate } from './generate.ts';
import { logits } from './logits.ts';
import { plan } from './plan.ts';
import { train } from './train.ts';

const interop = fileURLToPath(new URL('../../interop/', import.meta.url));
const [images, texts] = [join(interop, 'golden-images/resnet18-full'), join(interop, 'golden/llama-lora')];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-unfit-'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** The text run's config for another model, with changes to its sections. */
async function runOf(model: string, changes: Readonly<Record<string, object>>): Promise<string> {
  const config = JSON.parse(await readFile(join(texts, 'run.json'), 'utf8'));
  config.model.llm_backbone = model;
  config.dataset.train_dataframe = join(texts, 'data.csv');
  config.tuning.init_from = '';
  for (const [section, keys] of Object.entries(changes)) Object.assign(config[section], keys);
  const path = join(folder, 'run.json');
  await writeFile(path, JSON.stringify(config));
  return path;
}

const commands = {
  plan: (run: string) => plan([run]),
  data: (run: string) => data([run]),
  train: (run: string) => train([run, '--out', join(folder, 'out'), '--executor', 'tfjs-cpu', '--quiet']),
};
const each = Object.keys(commands) as (keyof typeof commands)[];
const ofTexts = problemTypes.filter((type) => type !== 'image-classification');

test.each(each.flatMap((name) => ofTexts.map((type) => [name, type] as const)))(
  'studio %s of %s with a model of pictures says that the two do not fit, whatever the method',
  async (name, problem_type) => {
    for (const method of ['full', 'lora']) {
      const run = await runOf(images, { dataset: { problem_type }, tuning: { method } });
      await expect(commands[name](run)).rejects.toMatchObject({
        code: 'task-unsupported',
        params: { task: problem_type },
      });
    }
  },
);

test.each(each)('studio %s of pictures with a model of texts says that the two do not fit', async (name) => {
  const dataset = { problem_type: 'image-classification', train_dataframe: join(interop, 'golden-images/pictures') };
  const run = await runOf(texts, { dataset });
  await expect(commands[name](run)).rejects.toMatchObject({ code: 'task-unsupported' });
});

test.each(['data', 'train'] as const)('studio %s of pictures over a table of texts asks for pictures', async (name) => {
  const dataset = { problem_type: 'image-classification' };
  const run = await runOf(images, { dataset, tuning: { method: 'full' } });
  await expect(commands[name](run)).rejects.toMatchObject({ code: 'pictures-missing', params: { pictures: 0 } });
});

test('studio classify with a text says that a model of pictures reads none', async () => {
  await expect(classify(['--model', images, '--text', 'hello', '--executor', 'tfjs-cpu'])).rejects.toMatchObject({
    code: 'task-unsupported',
  });
});

test('studio generate says that a model of pictures writes nothing', async () => {
  await expect(generate(['--model', images, '--prompt', 'hello', '--executor', 'tfjs-cpu'])).rejects.toMatchObject({
    code: 'task-unsupported',
    params: { task: 'generation' },
  });
});

/** Whose weights are those of a bare encoder. */
const embedder = join(interop, 'golden/bert-similarity-full');

test.each([
  ['no modules.json', null, 'head-untrained', { tensor: 'classifier.weight' }],
  ['a Dense module', ['Transformer', 'Pooling', 'Dense'], 'vectors-otherwise', {}],
  ['Normalize twice', ['Transformer', 'Pooling', 'Normalize', 'Normalize'], 'vectors-otherwise', {}],
] as const)('nothing is said by a classifier that is in no file: %s', async (_, kinds, code, params) => {
  const model = join(folder, 'model');
  await cp(embedder, model, { recursive: true });
  const modules = kinds?.map((kind, idx) => ({ idx, path: idx === 1 ? '1_Pooling' : '', type: `a.${kind}` }));
  if (modules) await writeFile(join(model, 'modules.json'), JSON.stringify(modules));
  else await rm(join(model, 'modules.json'));
  const asked = ['--model', model, '--executor', 'tfjs-cpu'];
  const refused = { code, params };
  await expect(classify([...asked, '--text', 'a cat'])).rejects.toMatchObject(refused);
  const out = join(folder, 'logits.safetensors');
  await expect(logits([...asked, '--ids', '2,5,3', '--out', out])).rejects.toMatchObject(refused);
});
