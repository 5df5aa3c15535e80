import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { goldenRun } from '../testing/golden-run.ts';
import { written } from '../testing/written.ts';
import { startValues } from '../training/session/start-values.ts';
import { initialValues } from '../tuning/initial.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { targets, weightsAlone } from './targets.ts';

async function cardOf(target: 'gguf-q8' | 'gguf-q4' | 'gguf-lora', name = 'llama-lora'): Promise<string> {
  const { open: base, config } = await goldenRun(name);
  const tuning = resolveTuning(base.model, config.tuning, config.training.learning_rate);
  const own = new Map(tuning.adapterParameters.map((parameter) => [parameter.name, parameter]));
  const read = async (name: string) =>
    own.has(name) ? initialValues(own.get(name)!, 0) : startValues(base, name, config.environment.seed);
  const run = weightsAlone({ base, baseName: 'owner/base', tuning }, read);
  return (await written((await targets[target].write(run)).filter(({ path }) => path === 'README.md'))).text(
    'README.md',
  );
}

test('the card beside a GGUF file says what it is to the base, and loads it by the name of its repository', async () => {
  const card = await cardOf('gguf-q8');
  expect(parse(card.split('---\n')[1]!)).toMatchObject({
    base_model: 'owner/base',
    base_model_relation: 'quantized',
    library_name: 'gguf',
    pipeline_tag: 'text-generation',
  });
  // The page puts the name of the repository in this place.
  expect(card).toContain('ollama run hf.co/path/to/this/folder:Q8_0');
});

test('the card of a classifier says how to get the score of each label, and names no program that writes', async () => {
  const card = await cardOf('gguf-q8', 'bert-lora');
  expect(parse(card.split('---\n')[1]!)).toMatchObject({ pipeline_tag: 'text-classification' });
  expect(card).toContain('llama-embedding -m model-q8_0.gguf --pooling rank --embd-normalize -1');
  expect(card).toContain('whose softmax is the probability of each.');
  expect(card).not.toMatch(/ollama|LM Studio|llama-cli/);
});

test('the card of a ModernBERT names the key of its own architecture', async () => {
  expect(await cardOf('gguf-q8', 'modernbert-lora')).toContain(
    'in the order of `modern-bert.classifier.output_labels`',
  );
});

test('the card of a file in four bits counts the matrices that are not', async () => {
  expect(await cardOf('gguf-q4')).toMatch(/\n(\d+) of its \1 matrices are wider than 4 bits/);
});

test('the card beside a LoRA for llama.cpp calls it an adapter of the base', async () => {
  const card = await cardOf('gguf-lora');
  expect(parse(card.split('---\n')[1]!)).toMatchObject({ base_model: 'owner/base', base_model_relation: 'adapter' });
  expect(card).toContain('--lora adapter-lora.gguf');
  expect(card).toContain('Its base is owner/base, as a GGUF file');
});
