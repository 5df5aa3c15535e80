import { expect, test, vi } from 'vitest';

// Modules of the worker ask where they lie.
vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
const { configHandlers } = await import('./config-handlers.ts');

const read = (file: string, text: string) => configHandlers().readGeneralTexts({ file, blob: new Blob([text]) });

test.each([
  ['a.txt', '春の川は冷たいです。\n\n  A line, with "signs" \n'],
  ['a.jsonl', '{"id": 1, "text": "春の川は冷たいです。"}\n{"id": 2, "text": "A line,\\n with \\"signs\\""}\n'],
  ['a.csv', 'id,text\n1,春の川は冷たいです。\n2,"A line, with ""signs"""\n3,\n'],
  ['a.json', '[{"note": "x", "story": "春の川は冷たいです。"}, {"note": "y", "story": "A line, with \\"signs\\""}]'],
])('general texts are read from %s', async (file, text) => {
  expect(await read(file, text)).toEqual({ texts: ['春の川は冷たいです。', 'A line, with "signs"'], of: 2 });
});

test('of more texts than are read as many are taken, spread evenly', async () => {
  const { texts, of } = await read('many.txt', Array.from({ length: 1000 }, (_, at) => `text ${at}`).join('\n'));
  expect([texts.length, of]).toEqual([256, 1000]);
  expect([texts[0], texts[1], texts[128], texts[255]]).toEqual(['text 0', 'text 3', 'text 500', 'text 996']);
});

test.each([
  ['empty.txt', '', 'csv-empty'],
  ['blank.jsonl', '{"text": " "}\n{"text": ""}\n', 'csv-empty'],
  ['note.docx', 'PK\u0003\u0004', 'data-format-unsupported'],
  ['broken.json', '[{"text": ', 'json-invalid'],
])('%s is refused by its name', async (file, text, code) => {
  await expect(read(file, text)).rejects.toMatchObject({ code, params: { file } });
});
