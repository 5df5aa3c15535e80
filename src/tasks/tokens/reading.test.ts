import { expect, test } from 'vitest';
import { gathered } from '../../data/example-set.ts';
import { type ExampleRow, maskedLabel } from '../../data/examples.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { openTokenizer } from '../../training/session/open-model.ts';
import { tagsReading } from './reading.ts';

const readingFor = async (names: readonly string[]) => {
  const files = folderFiles(new URL('../../../interop/golden/bert-lora/', import.meta.url));
  const labels = { problem: 'token_classification', names, outputs: names.length } as const;
  return tagsReading(await openTokenizer(files), { labels, modelType: 'bert', maxLength: 32, separator: '\n' });
};

test.each([
  ['["dog", "sings"]', '["B-ANIMAL", "O"]', null],
  ['["dog", "sings"]', '["B-ANIMAL"]', 'tags-apart'],
  ['the dog sings', '[[4, 99, "ANIMAL"]]', 'spans-cut'],
  ['the dog sings', '[[4, 6, "ANIMAL"]]', 'spans-cut'],
  ['["dog", "sings"]', ' ', 'no-answer'],
])('words %s with the tags %s: problem %s', async (prompt, answer, problem) => {
  const reading = await readingFor(['B-ANIMAL', 'O']);
  const row: ExampleRow = { number: 2, system: '', prompt: [prompt], answer };
  expect(reading.build(row).problem ?? null).toBe(problem);
});

test.each([
  ['with blanks around', '["B-ANIMAL ", " O"]', ['B-ANIMAL', 'O'], [0, 1]],
  ['that pandas made broken numbers of', '[1.0, 0.0]', ['0', '1'], [1, 0]],
])('tags %s are their classes', async (_, answer, names, wanted) => {
  const reading = await readingFor(names);
  const { example } = reading.build({ number: 2, system: '', prompt: ['["dog", "sings"]'], answer });
  expect([...example!.labels].filter((label) => label !== maskedLabel)).toEqual(wanted);
  expect(reading.view({ number: 2, system: '', prompt: ['["dog", "sings"]'], answer })[0]!.label).toBe(
    wanted.map((label) => names[label]).join(' '),
  );
});

test('a row that is too long is cut from its end, and listed so', async () => {
  const reading = await readingFor(['B-ANIMAL', 'O']);
  const row = { number: 2, system: '', prompt: ['dog '.repeat(40)], answer: `B-ANIMAL${' O'.repeat(39)}` };
  const built = reading.build(row);
  expect(built.example!.labels.find((label) => label !== maskedLabel)).toBe(0);
  const { problems } = gathered([built]);
  expect([problems['text-too-long'], problems['too-long']]).toEqual([[0], []]);
});
