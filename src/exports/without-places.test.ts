import { expect, test } from 'vitest';
import { writeText } from '../files/directory.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import { written } from '../testing/written.ts';
import { runFolderFiles, withoutPlaces } from './without-places.ts';

test.each([
  ['/home/somebody/models/secret', './secret'],
  ['../../../home/somebody/llama/', './llama'],
  ['C:\\Users\\somebody\\llama', './llama'],
  ['./model', './model'],
  ['..', './'],
  ['', ''],
  ['owner/name', 'owner/name'],
  ['owner/name/sub/file.gguf', 'owner/name/sub/file.gguf'],
])('%j is told elsewhere as %j', (path, told) => {
  const settings = { model: { llm_backbone: path, revision: 'main' }, dataset: { text_prompt_start: path } };
  expect(withoutPlaces(settings)).toEqual({
    model: { llm_backbone: told, revision: 'main' },
    dataset: { text_prompt_start: path },
  });
});

test('every setting that is a path loses its place in the files of a run, and nothing else changes', async () => {
  const folder = memoryDirectory();
  const settings = {
    model: { llm_backbone: '../../private/llama' },
    dataset: { train_dataframe: '/private/rows.csv', validation_dataframe: '../private/held.csv', answer_column: 'a' },
    tuning: { init_from: '/private/adapter', lora_r: 4 },
    environment: { output_directory: '/private/out' },
  };
  await writeText(folder, 'run.json', JSON.stringify(settings));
  await writeText(folder, 'info.json', '{"seed": 1}');
  const files = await written(await runFolderFiles(folder));
  const told = await files.text('run.json');
  expect(told).not.toContain('private');
  expect(JSON.parse(told)).toMatchObject({
    model: { llm_backbone: './llama' },
    dataset: { train_dataframe: './rows.csv', validation_dataframe: './held.csv', answer_column: 'a' },
    tuning: { init_from: './adapter', lora_r: 4 },
    environment: { output_directory: './out' },
  });
  expect(await files.text('info.json')).toBe('{"seed": 1}');
});
