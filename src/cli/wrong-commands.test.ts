import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { classify } from './classify.ts';
import { convertConfig } from './convert-config.ts';
import { data } from './data.ts';
import { plan } from './plan.ts';
import { train } from './train.ts';

const example = fileURLToPath(new URL('../../public/example/', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-wrong-'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** The example's run with a change to its text. */
async function changed(from: string, to: string): Promise<string> {
  const text = (await readFile(join(example, 'run.json'), 'utf8'))
    .replace('"./model"', JSON.stringify(join(example, 'model')))
    .replace('"./data.csv"', JSON.stringify(join(example, 'data.csv')));
  expect(text).toContain(from);
  const path = join(folder, 'run.json');
  await writeFile(path, text.replace(from, to));
  return path;
}

const out = () => ['--out', join(folder, 'out')];

test.each<[string, string[], () => Promise<void>]>([
  ['a file that is not there', ['no file or folder nothing.json'], () => train(['nothing.json', ...out()])],
  ['a folder in place of a file', ['model is a folder'], () => train([join(example, 'model'), ...out()])],
  ['a folder in place of data', ['is a folder', 'Name the file in it'], () => data([join(example, 'model')])],
  ['a flag with a letter wrong', ["'--otu'", 'did you mean --out?'], () => train(['run.json', '--otu', 'x'])],
  ['a flag without its value', ['--out', 'missing'], () => train(['run.json', '--out'])],
  ['a word too many', ['"more.json" is one word too many'], () => plan(['run.json', 'more.json'])],
  ['a number that is none', ['--rows must be a whole number', '"x"'], () => data(['run.json', '--rows', 'x'])],
  [
    'a comma too many in the run config',
    ['run.json', 'a comma too many before the "}" of line'],
    async () => train([await changed('"packing": false }', '"packing": false, }'), ...out()]),
  ],
  [
    'a setting with a letter wrong',
    ['tokenizer.max_lenght', 'run.json', 'Did you mean tokenizer.max_length?'],
    async () => plan([await changed('"max_length"', '"max_lenght"')]),
  ],
  [
    'a second text that nothing reads',
    ['dataset.text_pair_column', 'classification and regression only'],
    async () => plan([await changed('"answer_column"', '"text_pair_column": "output", "answer_column"')]),
  ],
  [
    'a setting of the wrong kind',
    ['tokenizer.max_length', 'run.json', 'must be a whole number from 2'],
    async () => plan([await changed('"max_length": 64', '"max_length": "long"')]),
  ],
  [
    'a data file that is not there',
    ['no file or folder', 'dato.csv'],
    async () => data([await changed(JSON.stringify(join(example, 'data.csv')), '"./dato.csv"')]),
  ],
  [
    'a model folder that is not there',
    ['no file or folder', 'modell'],
    async () => plan([await changed(JSON.stringify(join(example, 'model')), '"./modell"')]),
  ],
  [
    'a column that is not there',
    ['no column outptu', 'it has: instruction, output', 'dataset.answer_column'],
    async () => data([await changed('"output"', '"outptu"')]),
  ],
  ['a second text of a file', ['--pairs'], () => classify(['--model', 'm', '--file', 'f', '--pair', 'B'])],
  ['a second text of a picture', ['--pair goes'], () => classify(['--model', 'm', '--image', 'f', '--pair', 'B'])],
  ['pairs without a file', ['--pair TEXT'], () => classify(['--model', 'm', '--text', 'A', '--pairs'])],
  ['two questions', ['--text and --file'], () => classify(['--model', 'm', '--text', 'A', '--file', 'f'])],
  ['a format that is not written', ['--to must be', '"xml"'], () => convertConfig(['run.json', '--to', 'xml'])],
  [
    "an adapter's config in place of a run's",
    ['adapter_config.json', 'tuning.init_from'],
    async () => {
      await writeFile(join(folder, 'adapter_config.json'), '{"peft_type": "LORA", "r": 8}');
      await plan([join(folder, 'adapter_config.json')]);
    },
  ],
])('%s is named, with what to do', async (_, words, command) => {
  const thrown: unknown = await command().then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(Error);
  for (const word of words) expect((thrown as Error).message).toContain(word);
});

test('train says before its first step what it leaves out, and that no row can validate', async () => {
  const said: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  await writeFile(
    join(folder, 'rows.jsonl'),
    '{"q": "one", "a": "yes"},\n{"q": "two", "a": "no"}\n{"q": "three", "a": ""}\n',
  );
  await writeFile(join(folder, 'held.csv'), 'q,a\nfour,\n');
  const run = join(folder, 'run.json');
  const config = {
    model: { llm_backbone: join(example, 'model') },
    dataset: {
      train_dataframe: 'rows.jsonl',
      validation_strategy: 'custom',
      validation_dataframe: 'held.csv',
      prompt_column: ['q'],
      answer_column: 'a',
    },
    training: { batch_size: 1, max_steps: 1 },
    environment: { executor: 'tfjs-wasm' },
  };
  await writeFile(run, JSON.stringify(config));
  await train([run, ...out()]);
  const before = said
    .slice(
      0,
      said.findIndex((line) => line.includes('step 1/1')),
    )
    .join('\n');
  expect(before).toContain('1 row: 3. Left out of training.');
  expect(before).toContain('No validation row has anything to score');
  expect(before).toContain("Template: chat, the model's own");
});
