import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { AppError, because } from '../../errors.ts';
import { asTarget } from '../../exports/refusal.ts';
import { settings } from '../../training/config/run-config.ts';
import { jaReasons } from './ja-reasons.ts';
import { loadWordings, wordError } from './word-error.ts';

beforeAll(() => loadWordings('ja'));

const source = new URL('../../', import.meta.url);
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts') && path !== 'errors.ts' && !path.startsWith('ui/text/'),
);

/** The texts of the tagged templates in a file, with numbers in the places of their values. */
const reasonsIn = (text: string): string[] =>
  [...text.matchAll(/because`/g)].map(({ index }) => {
    let [reason, depth, count] = ['', 0, 0];
    for (let at = index + 'because`'.length; at < text.length && (depth > 0 || text[at] !== '`'); at++) {
      if (depth > 0) depth += text[at] === '{' ? 1 : text[at] === '}' ? -1 : 0;
      else if (text.startsWith('${', at)) [reason, depth, at, count] = [`${reason}{${count}}`, 1, at + 1, count + 1];
      else reason += text[at];
    }
    return reason;
  });

const texts = files.flatMap((path) => reasonsIn(readFileSync(new URL(path, source), 'utf8')));

test('every reason has its sentence in Japanese, with the same values', () => {
  const places = (text: string) => [...text.matchAll(/\{\d+\}/g)].map(([place]) => place).sort();
  expect(texts.length).toBeGreaterThan(150);
  for (const text of texts) {
    expect(Object.keys(jaReasons)).toContain(text);
    expect(places(jaReasons[text]!)).toEqual(places(text));
  }
});

test('what a file or a setting is refused for is never a plain text', () => {
  const plain = /new AppError\(\s*'(?!internal|usage)[^']*',\s*\{[^}]*?\b(?:reason|what|instead): ['`]/;
  const ofDevices = /^(plan|webgpu|tfjs)\//;
  const asked = files.filter((path) => !ofDevices.test(path));
  expect(asked.filter((path) => plain.test(readFileSync(new URL(path, source), 'utf8')))).toEqual([]);
});

test('what is said of a wrong setting has its sentence in Japanese', () => {
  const words = Object.values(settings).flatMap((section) => Object.values(section));
  const messages = words.flatMap(({ schema, wrong }) =>
    wrong ? [] : [schema['~run']({ value: Symbol('wrong') }, {}).issues![0].message],
  );
  expect(Object.keys(jaReasons)).toEqual(expect.arrayContaining(messages));
});

test('a reason within a reason is worded in the language of the page', () => {
  const problem = because`has ${6} bytes, but [${[2, 2]}] ${'F32'} needs ${16}`;
  const error = new AppError('safetensors-invalid', { file: 'a', reason: because`tensor ${'w'} ${problem}` });
  expect(error.message).toContain('tensor w has 6 bytes, but [2,2] F32 needs 16.');
  const { cause } = wordError('ja', structuredClone({ code: error.code, params: error.params }));
  expect(cause).toBe(
    'a は safetensors ファイルではありません(テンソル w は 6 バイトですが、[2,2] の F32 には 16 バイト必要です)。',
  );
});

test('a form that is named in place of another is a target on the command line, and a button on the page', () => {
  const error = new AppError('cannot-merge', { method: 'prompt', instead: asTarget('peft') });
  expect(error.message).toContain('(--to peft)');
  expect(wordError('en', error).action).toContain('(“Download adapter”)');
  expect(wordError('ja', error).action).toContain('(「アダプターをダウンロード」)');
});

test('an error within an error is worded in the language of the page', () => {
  const inner = new AppError('nothing-trained');
  const error = new AppError('adapter-invalid', { reason: because`${inner}` });
  expect(error.message).toContain(inner.message);
  expect(wordError('ja', error).cause).toContain('何も学習されません。');
});
