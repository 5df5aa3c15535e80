import { expect, test } from 'vitest';
import { usualName } from './run-name.ts';

test.each([
  ['HuggingFaceTB/SmolLM2-135M', 'faq.csv', 'SmolLM2-135M · faq'],
  ['atelier-example', 'data.csv', 'atelier-example · data'],
  ['my-model/', 'squad plain_text train.parquet', 'my-model · squad plain_text train'],
  ['Qwen/Qwen2.5-0.5B', 'よくある質問.v2.jsonl', 'Qwen2.5-0.5B · よくある質問.v2'],
  ['resnet18', 'pets.zip', 'resnet18 · pets'],
  ['m', '', 'm'],
])('a run of %s on %s is called %s', (model, table, name) => {
  expect(usualName({ model, table })).toBe(name);
});
