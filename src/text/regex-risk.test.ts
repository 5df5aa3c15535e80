import { expect, test } from 'vitest';
import { canBacktrackForever } from '../regex-risk.ts';

/** Pre-tokenizers as they are published. */
const published = {
  'GPT-2': String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  'Llama 3': String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  o200k: String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  DeepSeek: String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  'DeepSeek, Chinese and Japanese': '[一-龥぀-ゟ゠-ヿ]+',
  BLOOM: String.raw` ?[^(\s|[.,!?…。,、।۔،])]+`,
  Metaspace: '▁?[^▁]*',
  spaces: ' {2,}',
  'three digits from the right': String.raw`\d{1,3}(?=(?:\d{3})*\b)`,
  'line ends': String.raw`(?:\r\n|\n|\r)+`,
  'line ends among others': String.raw`\s*(?:\r\n|\n|\r)+|\p{L}+`,
  'a name of a module': String.raw`^(?!.*visual).*layers\.\d+\.(self_attn|mlp)\.(q|k|v|o|gate|up|down)_proj$`,
  'a list of names': `^(?!.*head)(?:${Array.from({ length: 40 }, (_, index) => `name_${index}`).join('|')})$`,
};

test.each(Object.entries(published))('%s is carried out as it is', (_, source) => {
  expect(canBacktrackForever(source)).toBe(false);
});

test.each([
  '^(a+)+$',
  '(a*)*b',
  '(a|aa)+$',
  '(?:a|a)*b',
  '([a-z]+\\.)+x',
  '(?:\\r\\n|\\n|\\r)+$',
  '(?:\\r\\n|\\n|\\r){20,}',
  '(?=(?:\\r\\n|\\n|\\r)+)x',
  '((?:\\r\\n|\\n|\\r)+)b',
  '((a?)){30}b',
  '(?<n>(?:x+)y?)*$',
  `${'a?'.repeat(30)}${'a'.repeat(30)}`,
  '.*.*.*.*.*=',
  '(a{1,50}){1,50}$',
  '[[](x+)*$',
  `${'('.repeat(5000)}a${')'.repeat(5000)}`,
])('%s may never end', (source) => {
  expect(canBacktrackForever(source)).toBe(true);
});

test.each(['', '(', ')', '[', 'a{', '\\', ')))(((', '(?<', 'a**'])(
  '%j, which is no expression, is only read',
  (source) => {
    expect(typeof canBacktrackForever(source)).toBe('boolean');
  },
);

test('what is let through because nothing stands behind it is carried out in no time', () => {
  const ends = new RegExp(published['line ends'], 'gu');
  const before = process.cpuUsage();
  expect(`${'\r\n'.repeat(20_000)}x`.replace(ends, '')).toBe('x');
  expect(process.cpuUsage(before).user).toBeLessThan(1e6);
});
