import { expect, test } from 'vitest';
import type { ExampleRow } from '../../data/examples.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { openTokenizer } from '../../training/session/open-model.ts';
import { tagsReading } from './reading.ts';

test.each([
  ['["dog", "sings"]', '["B-ANIMAL", "O"]', null],
  ['["dog", "sings"]', '["B-ANIMAL"]', 'tags-apart'],
  ['the dog sings', '[[4, 99, "ANIMAL"]]', 'spans-cut'],
  ['the dog sings', '[[4, 6, "ANIMAL"]]', 'spans-cut'],
  ['["dog", "sings"]', ' ', 'no-answer'],
])('words %s with the tags %s: problem %s', async (prompt, answer, problem) => {
  const files = folderFiles(new URL('../../../interop/golden/bert-lora/', import.meta.url));
  const labels = { problem: 'token_classification', names: ['B-ANIMAL', 'O'], outputs: 2 } as const;
  const settings = { labels, modelType: 'bert', maxLength: 32, separator: '\n' };
  const reading = tagsReading(await openTokenizer(files), settings);
  const row: ExampleRow = { number: 2, system: '', prompt: [prompt], answer };
  expect(reading.build(row).problem ?? null).toBe(problem);
});
