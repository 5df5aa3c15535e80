import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { blobFiles } from '../files/blob-files.ts';
import type { GgufOrigin } from '../files/source.ts';
import { goldenNames, goldenRun } from '../testing/golden-run.ts';
import { written } from '../testing/written.ts';
import { startValues } from '../training/session/start-values.ts';
import { initialValues } from '../tuning/initial.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { baseLicence } from './base-licence.ts';
import { licenceOf } from './front-matter.ts';
import type { RunStory } from './run-story.ts';
import { factsOfTuned, offersOfRead, targets, weightsAlone } from './targets.ts';
import { tested } from './versions.ts';

const story: RunStory = {
  data: { fingerprint: '0a1b2c3d', training: 170, held: 30 },
  settings: { training: { learning_rate: 0.003 } },
  metrics: [['Validation loss', '0.51']],
  verdict: ['Learned: 27 of 30.', 'One note.'],
  quantised: 'nf4',
};

/** The README.md of every form of a golden run that has one: runs in themselves and single files have none. */
async function readmes(
  name: string,
  baseName: string | null,
  told = story,
  gguf?: GgufOrigin,
): Promise<Map<string, string>> {
  const { open, config } = await goldenRun(name);
  const base = gguf ? { ...open, files: { ...open.files, gguf } } : open;
  const tuning = resolveTuning(base.model, config.tuning, config.training.learning_rate);
  const own = new Map(tuning.adapterParameters.map((parameter) => [parameter.name, parameter]));
  const read = async (key: string) => {
    const parameter = own.get(key);
    if (!parameter) return startValues(base, key, 0);
    const size = parameter.shape.reduce((a, b) => a * b, 1);
    return initialValues({ name: key, shape: [size], init: { kind: 'normal', deviation: 0.1 } }, 0);
  };
  const tuned = { base, baseName, tuning };
  const found = new Map<string, string>();
  const run = weightsAlone(tuned, read, told);
  for (const { target, holds, refusal } of await offersOfRead(run, factsOfTuned(tuned))) {
    if (refusal || holds === 'run' || /^(gguf|onnx)/.test(target)) continue;
    const files = await targets[target].write(run);
    found.set(target, await (await written(files)).text('README.md'));
  }
  return found;
}

const headOf = (readme: string): Record<string, unknown> => parse(readme.split('---\n')[1]!);

describe('the README of an adapter', () => {
  test('says of a GGUF base what it was converted from, or that it does not say', async () => {
    const of = async (name: string | null, gguf: GgufOrigin) =>
      (await readmes('llama-lora', name, story, gguf)).get('peft')!;
    const known = await of('owner/name', { convertedFrom: 'owner/name', basedOn: null });
    expect(known).toContain('A GGUF file, converted from [owner/name](https://huggingface.co/owner/name).');
    const unknown = await of(null, { convertedFrom: null, basedOn: 'owner/first' });
    expect(unknown).toContain('A GGUF file, which does not say what it was converted from.');
    expect(unknown).toContain('[owner/first](https://huggingface.co/owner/first)');
    expect(headOf(unknown).base_model).toBeUndefined();
  });

  test('is a card that the Hub reads: base, relation, library, pipeline, tags', async () => {
    const readme = (await readmes('llama-lora', 'owner/name')).get('peft')!;
    expect(headOf(readme)).toEqual({
      base_model: 'owner/name',
      base_model_relation: 'adapter',
      library_name: 'peft',
      pipeline_tag: 'text-generation',
      tags: ['base_model:adapter:owner/name', 'lora', 'transformers'],
    });
    expect(readme).toContain('# LoRA adapter for owner/name');
  });

  test.each([null, '', '/home/somebody/models/secret', '../llama'])(
    'of a base called %j by nobody else names none, nor where it lies',
    async (name) => {
      const readme = (await readmes('llama-lora', name)).get('peft')!;
      expect(Object.keys(headOf(readme))).toEqual(['library_name', 'pipeline_tag', 'tags']);
      expect(readme).not.toMatch(/secret|\.\.\/llama/);
      expect(readme).toContain('from_pretrained("path/to/the/base/model")');
      expect(readme).not.toMatch(/base_model: ""|base_model:adapter/);
    },
  );

  test('says data, result and settings, each where it is known', async () => {
    const readme = (await readmes('llama-lora', 'owner/name')).get('peft')!;
    expect(readme).toContain('170 rows to train on, 30 held out');
    expect(readme).toContain('`0a1b2c3d`');
    expect(readme).toContain(
      '## Result\n\nLearned: 27 of 30. One note.\n\n| | |\n|---|---|\n| Validation loss | 0.51 |',
    );
    expect(readme).toContain('"learning_rate": 0.003');
    expect(readme).toContain('kept in nf4');
    const bare = (await readmes('llama-lora', 'owner/name', {})).get('peft')!;
    expect(bare).not.toMatch(/## (Data|Result|Settings|Prompt format)/);
  });

  test('asks in the prompt format of the training, as text and as code', async () => {
    const prompt = {
      ...({ template: 'h2o', blanks: ['instruction'], message: '{instruction}', system: null, end: '</s>' } as const),
      ...{ pieces: ['<|prompt|>{instruction}', null, '<|answer|>'], text: '<|prompt|>{instruction}</s><|answer|>' },
    };
    const readme = (await readmes('llama-lora', 'owner/name', { prompt })).get('peft')!;
    expect(readme).toContain('pieces = ["<|prompt|>{instruction}", tokenizer.eos_token, "<|answer|>"]');
    expect(readme).toContain('```\n<|prompt|>{instruction}</s><|answer|>\n```');
    const chat = { ...prompt, template: 'chat', pieces: [], system: 'rules' } as const;
    const chatty = (await readmes('llama-lora', 'owner/name', { prompt: chat })).get('peft')!;
    expect(chatty).toContain('{"role": "system", "content": "{rules}"}, {"role": "user", "content": "{instruction}"}');
  });

  test('a fence in a template does not end the block that it stands in', async () => {
    const prompt = {
      ...({ template: 'custom', blanks: ['a'], message: '{a}', system: null, end: null } as const),
      ...{ pieces: ['```\n{a}'], text: '```\n{a}' },
    };
    const readme = (await readmes('llama-lora', null, { prompt })).get('peft')!;
    expect(readme).toContain('````\n```\n{a}\n````');
  });
});

test.each(goldenNames)('%s: every form has a README with front matter that parses, code and versions', async (name) => {
  for (const [target, readme] of await readmes(name, 'owner/name')) {
    const head = headOf(readme);
    expect(head, target).toMatchObject({ base_model: 'owner/name', library_name: expect.any(String) });
    expect(['adapter', 'finetune']).toContain(head.base_model_relation);
    expect(readme, target).toMatch(/```python\n(import|from) /);
    expect(readme, target).toMatch(/Tested with [\w-]+ \d/);
    expect(readme, target).not.toContain('undefined');
  }
});

describe('the licence of the base', () => {
  test.each([
    ['---\nlicense: apache-2.0\n---\n# x', 'apache-2.0'],
    ['---\r\nlanguage: en\r\nlicense: "mit"\r\n---\r\n', 'mit'],
    ['---\nlicense: other\nlicense_name: qwen\nlicense_link: https://x.y/z\n---\n', 'qwen (https://x.y/z)'],
    ['---\nlanguage: en\n---\nlicense: mit', null],
    ['# no front matter', null],
  ])('of %j is %j', (card, licence) => {
    expect(licenceOf(card)).toBe(licence);
  });

  test('is unknown where there is no card, or it cannot be fetched', async () => {
    expect(await baseLicence(blobFiles(new Map()))).toBeNull();
    const files = blobFiles(new Map([['README.md', new Blob(['---\nlicense: mit\n---'])]]));
    expect(await baseLicence(files)).toBe('mit');
    expect(await baseLicence({ ...files, text: () => Promise.reject(new Error('offline')) })).toBeNull();
  });
});

test('the versions are those that the comparisons with Python install', () => {
  const folder = new URL('../../interop/', import.meta.url);
  const lines = ['', '-adapters', '-images', '-mlx', '-onnx'].flatMap((end) =>
    readFileSync(new URL(`requirements${end}.txt`, folder), 'utf8').split('\n'),
  );
  // That of llama.cpp is held by interop/check_gguf.py.
  const { 'llama.cpp': _, ...python } = tested;
  for (const [name, version] of Object.entries(python)) expect(lines).toContain(`${name}==${version}`);
});
