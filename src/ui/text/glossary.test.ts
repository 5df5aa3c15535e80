import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemWords } from '../../data/problem-words.ts';
import { errorWording } from '../../errors.ts';
import { en } from './en.ts';
import { explanations as explanationsEn } from './explanations-en.ts';
import { explanations as explanationsJa } from './explanations-ja.ts';
import { ja } from './ja.ts';
import { jaErrors } from './ja-errors.ts';
import { jaReasons } from './ja-reasons.ts';
import { unsaidEn, unsaidJa } from './unsaid.ts';

/** Of a figure, or of what a text puts in. */
const spacedPercent = /[\d}][ \u00a0]%(?!\w)/;

/** One word for one thing: what is said, and what is not said in its place. */
const english: readonly (readonly [say: string, not: RegExp])[] = [
  ['select', /\btick(s|ed|ing)?\b/i],
  ['image', /\bpictures?\b/i],
  ['dataset', /\bdata sets?\b/i],
  ['CPU', /\bprocessor\b/i],
  ['overfitting', /by heart/i],
  ['appears here', /\bstands? here\b/i],
  ['Higher values …', /^(Raised|Lowered), /],
  ['On: …', /^(On|Off), /],
  ['most likely', /\blikeliest\b/i],
  ['most common', /\bcommonest\b/i],
  ['per step, per epoch, per row', /\b(time|tokens|steps?) an? (step|epoch|row|second|update)\b/i],
  ['in full', /\btrain(s|ed)? (it |them |chosen layers )?whole\b/i],
  ['Resume', /^Go(es)? on\b/],
  ['system prompt', /\bsystem text\b/i],
  ['quantization', /quantisation/i],
  ['0.76%', spacedPercent],
];
const japanese: readonly (readonly [say: string, not: RegExp])[] = [
  ['回答', /答え(?![まるたてさらなず終])/],
  ['ベースモデル', /元のモデル/],
  ['検証損失', /検証の損失/],
  ['パープレキシティ', /パープレキシティー/],
  ['評価モデル', /採点(者|モデル)/],
  ['プロンプトテンプレート', /プロンプトの型/],
  ['EOS', /(終端|終了)トークン/],
  ['カンマ', /コンマ/],
  ['CPU', /プロセッサー/],
  ['システムプロンプト', /システム(文|テキスト)/],
  ['ランダム', /無作為/],
  ['過学習', /丸暗記/],
  ['全体を学習', /丸ごと学/],
  ['のステップ', /(の(段階|手順|画面)|画面)で/],
  ['大きくすると', /^(上げ|下げ)ると/],
  ['オンにすると', /^(入れ|外す|切る)と/],
  ['()', /[（）]/],
  ['0.76%', spacedPercent],
];

/** Every text of the page; of those that functions make, the function. */
function textsOf(words: unknown): string[] {
  if (typeof words === 'string') return [words];
  if (typeof words === 'function') return [String(words)];
  return typeof words === 'object' && words !== null ? Object.values(words).flatMap(textsOf) : [];
}

const root = new URL('../../../', import.meta.url);

/** A document by its lines, without what is code or a link. */
const readme = (name: string): string[] =>
  readFileSync(new URL(name, root), 'utf8')
    .replace(/```[\s\S]*?```|`[^`]*`|\]\([^)]*\)/g, '')
    .split('\n');

test.each([
  ['English', english, [en, explanationsEn, errorWording, problemWords, readme('README.md')]],
  ['Japanese', japanese, [ja, explanationsJa, jaErrors, jaReasons, readme('README.ja.md')]],
] as const)('one word for one thing: %s', (_, glossary, words) => {
  const texts = words.flatMap(textsOf);
  expect(texts.length).toBeGreaterThan(1000);
  const wrong = texts.flatMap((text) =>
    glossary
      .filter(([, not]) => not.test(text.replace(/\{\w+\}/g, '')))
      .map(([say]) => `${say}: ${text.slice(0, 120)}`),
  );
  expect(wrong).toEqual([]);
});

const filesOf = (folder: string, form: RegExp): string[] =>
  readdirSync(new URL(folder, root))
    .filter((name) => form.test(name))
    .map((name) => folder + name);

/** What the command line may print, with the code around it. */
const printed = filesOf('src/cli/', /(?<!\.test)\.ts$/).flatMap((name) =>
  readFileSync(new URL(name, root), 'utf8')
    .split('\n')
    .filter((line) => /['"`]/.test(line)),
);

test.each([
  ['English', unsaidEn, [en, explanationsEn, errorWording, problemWords, readme('README.md'), printed]],
  ['English documents', unsaidEn, filesOf('docs/', /\.md$/).map(readme)],
  ['Japanese', unsaidJa, [ja, explanationsJa, jaErrors, jaReasons, readme('README.ja.md')]],
] as const)('what was said before the words of the field is said no more: %s', (_, phrases, words) => {
  const texts = words.flatMap(textsOf).map((text) => text.toLowerCase());
  expect(texts.length).toBeGreaterThan(500);
  const said = phrases.flatMap((phrase) => {
    const text = texts.find((each) => each.includes(phrase.toLowerCase()));
    return text === undefined ? [] : [`${phrase}: ${text.slice(0, 120)}`];
  });
  expect(said).toEqual([]);
});
