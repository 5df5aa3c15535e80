import { expect, test } from 'vitest';
import { blobFiles } from '../files/blob-files.ts';
import type { ModelFiles } from '../files/source.ts';
import { folderFiles } from '../testing/golden-run.ts';
import { written } from '../testing/written.ts';
import { compileTemplate } from '../text/jinja/template.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import { openModel } from '../training/session/open-model.ts';
import { wholeModel } from './whole-model.ts';

const golden = folderFiles(new URL('../../interop/golden/llama-lora/', import.meta.url));

/** The golden model with files that say otherwise how it is asked, or more. */
async function changed(changes: Readonly<Record<string, string>>): Promise<ModelFiles> {
  const blobs = (await golden.list()).map(async ({ path }) => [path, new Blob([await golden.read(path)])] as const);
  const others = Object.entries(changes).map(([path, text]) => [path, new Blob([text])] as const);
  return blobFiles(new Map([...(await Promise.all(blobs)), ...others]));
}

async function merged(files: ModelFiles, prompt?: PromptFormat) {
  const nothing = { trained: new Map(), adapterParameters: [] };
  const whole = await wholeModel(await openModel(files), nothing, never, prompt && { prompt });
  return written(whole);
}

const never = async (): Promise<never> => {
  throw new Error('nothing was trained');
};

const config = async (files: ModelFiles) => JSON.parse(await files.text('tokenizer_config.json'));

/** As transformers: what stands in a file of its own counts before what the config says. */
async function templateOf(files: ModelFiles): Promise<string | undefined> {
  if (await files.has('chat_template.jinja')) return files.text('chat_template.jinja');
  return (await config(files)).chat_template;
}

const own: PromptFormat = {
  ...{ template: 'custom', blanks: ['prompt'], pieces: ['Q: {prompt}', '\nA:'] },
  ...{ text: 'Q: {prompt}\nA:', message: '{prompt}', system: null, end: ' .' },
};

test.each([
  ['in its config', 'tokenizer_config.json'],
  ['in a file of its own', 'chat_template.jinja'],
])('a run with a prompt format of its own says that in place of a template of the base %s', async (_, place) => {
  const before = await config(golden);
  const published = "{{ 'published' }}";
  const said = place.endsWith('json') ? JSON.stringify({ ...before, chat_template: published }) : published;
  const files = await changed({ [place]: said });
  expect(await templateOf(await merged(files))).toBe(published);
  expect(await templateOf(await merged(files, { ...own, template: 'chat' }))).toBe(published);

  const whole = await merged(files, own);
  const messages = [
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two' },
    { role: 'user', content: 'three' },
  ];
  const render = compileTemplate((await templateOf(whole))!);
  expect(render({ messages, add_generation_prompt: true })).toBe('Q: one\nA:two .Q: three\nA:');
  expect(await config(whole)).toEqual(before);

  // Without questions and answers there is no conversation to write.
  expect(await templateOf(await merged(files, { ...own, template: 'text' }))).toBeUndefined();
});
