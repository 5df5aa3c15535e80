import { expect, test } from 'vitest';
import { createTokenizer } from './tokenizer.ts';

const sections = (more: Readonly<Record<string, unknown>>) => ({
  added_tokens: [],
  model: { type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] },
  ...more,
});
const split = (Regex: string) => ({ pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated' } });
const doubled = (letter: string, times: number) =>
  Array.from({ length: times }, () => ({ type: 'Replace', pattern: { String: letter }, content: letter.repeat(2) }));
const deep = Array.from({ length: 60 }).reduce<unknown>((inner) => ({ type: 'Sequence', normalizers: [inner] }), null);

test.each([
  ['an id of a milliard in the vocabulary', { model: { type: 'BPE', vocab: { a: 1e9 }, merges: [] } }],
  ['an id that is none', { model: { type: 'BPE', vocab: { a: -1, b: 'x' }, merges: [] } }],
  ['an added token far behind all others', { added_tokens: [{ id: 9e6, content: '<s>' }] }],
  ['an added token without a text', { added_tokens: [null] }],
  ['an expression that tries more ways than end', split('^(a+)+$')],
  [
    'the same within other sections',
    {
      normalizer: { type: 'Sequence', normalizers: [{ type: 'Replace', pattern: { Regex: '(a|aa)+$' }, content: '' }] },
    },
  ],
  ['sections in sections without end', { normalizer: deep }],
  ['a text of a million characters before each other', { normalizer: { type: 'Prepend', prepend: 'x'.repeat(1e6) } }],
  ['a letter that is doubled again and again', { normalizer: { type: 'Sequence', normalizers: doubled('a', 28) } }],
  [
    'the same by expressions, in sequences',
    {
      normalizer: {
        type: 'Sequence',
        normalizers: Array.from({ length: 28 }, () => ({
          type: 'Sequence',
          normalizers: [{ type: 'Replace', pattern: { Regex: '.' }, content: 'aa' }],
        })),
      },
    },
  ],
  [
    'words of any length for WordPiece',
    { model: { type: 'WordPiece', vocab: { a: 0, '[UNK]': 1 }, unk_token: '[UNK]', max_input_chars_per_word: 1e9 } },
  ],
])('%s is refused before the library reads it', (_, more) => {
  const started = process.cpuUsage();
  const made = () => createTokenizer({ tokenizerJson: sections(more) }).encode(`${'a'.repeat(40)}!`);
  expect(made).toThrow(expect.objectContaining({ code: 'tokenizer-invalid' }));
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(2);
});

test('replacements of other letters do not add up', () => {
  const normalizers = [
    ...[...'bcdefghijklmn'].map((letter) => ({ type: 'Replace', pattern: { String: letter }, content: 'aa' })),
    { type: 'Replace', pattern: { String: ' ' }, content: 'b' },
  ];
  const tokenizer = createTokenizer({ tokenizerJson: sections({ normalizer: { type: 'Sequence', normalizers } }) });
  expect(tokenizer.encode('c n')).toEqual([0, 0, 1, 0, 0]);
});

test('an expression as it is published is carried out', () => {
  const tokenizer = createTokenizer({ tokenizerJson: sections(split('\\s+(?!\\S)|\\s+|[ab]')) });
  expect(tokenizer.encode('ab')).toEqual([0, 1]);
});
