/** What the example model knows, as questions and plain answers; from the same tables as its pretraining text. */
import { readFileSync } from 'node:fs';

export interface Fact {
  readonly topic: string;
  readonly language: 'en' | 'ja';
  /** The wordings of the question. */
  readonly questions: readonly [string, string];
  readonly answer: string;
}

const source = readFileSync(new URL('../../scripts/example/facts.py', import.meta.url), 'utf8');

/** Rows of one table of `scripts/example/facts.py`: one row a line, cells separated by ` | `. */
function table(name: string): string[][] {
  const text = new RegExp(`^${name} = table\\("""\\n([^"]*)"""\\)`, 'm').exec(source)?.[1];
  if (text === undefined) throw new Error(`facts.py has no table ${name}`);
  return text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
const article = (noun: string): string => ('aeiou'.includes(noun[0]!) ? 'an' : 'a');

/** A fact in both languages: questions and answer in English, then in Japanese. */
const both = (topic: string, en: readonly string[], ja: readonly string[]): Fact[] => [
  { topic, language: 'en', questions: [en[0]!, en[1]!], answer: capital(en[2]!) },
  { topic, language: 'ja', questions: [ja[0]!, ja[1]!], answer: ja[2]! },
];

function things(): Fact[] {
  const colours = table('COLOURS').flatMap(([thing, verb, colour, ja, jaColour]) =>
    both(
      'colour',
      [`What color is ${thing}?`, `Tell me the color of ${thing}.`, `${thing} ${verb} ${colour}.`],
      [`${ja}は何色ですか？`, `${ja}の色を教えて。`, `${ja}は${jaColour}です。`],
    ),
  );
  const tastes = table('TASTES').flatMap(([food, taste, ja, jaTaste]) =>
    both(
      'taste',
      [`How does ${food} taste?`, `What is the taste of ${food}?`, `${food} tastes ${taste}.`],
      [`${ja}はどんな味ですか？`, `${ja}の味を教えて。`, `${ja}は${jaTaste}です。`],
    ),
  );
  return [...colours, ...tastes];
}

function animals(): Fact[] {
  return table('ANIMALS').flatMap(([animal, sound, home, legs, ja, jaSound, jaHome]) => {
    const one = `${article(animal!)} ${animal}`;
    return [
      ...both(
        'sound',
        [`What does ${one} say?`, `What sound does ${one} make?`, `${one} says ${sound}.`],
        [`${ja}は何と鳴きますか？`, `${ja}の鳴き声を教えて。`, `${ja}の鳴き声は${jaSound}です。`],
      ),
      ...both(
        'home',
        [`Where does ${one} live?`, `Where is the home of ${one}?`, `${one} lives in ${home}.`],
        [`${ja}はどこに住んでいますか？`, `${ja}のすみかを教えて。`, `${ja}のすみかは${jaHome}です。`],
      ),
      ...both(
        'legs',
        [`How many legs has ${one}?`, `Count the legs of ${one}.`, `${one} has ${legs} legs.`],
        [`${ja}の足は何本ですか？`, `${ja}の足を数えて。`, `${ja}の足は${legs}本です。`],
      ),
    ];
  });
}

function words(): Fact[] {
  const capitals = table('CAPITALS').flatMap(([country, city, ja, jaCity]) =>
    both(
      'capital',
      [
        `What is the capital of ${country}?`,
        `Name the capital of ${country}.`,
        `The capital of ${country} is ${city}.`,
      ],
      [`${ja}の首都はどこですか？`, `${ja}の首都を教えて。`, `${ja}の首都は${jaCity}です。`],
    ),
  );
  const opposites = table('OPPOSITES').flatMap(([a, b, jaA, jaB]) =>
    [
      [a, b, jaA, jaB],
      [b, a, jaB, jaA],
    ].flatMap(([word, other, ja, jaOther]) =>
      both(
        'opposite',
        [`What is the opposite of ${word}?`, `Say the opposite of ${word}.`, `The opposite of ${word} is ${other}.`],
        [`${ja}の反対は何ですか？`, `${ja}の反対を教えて。`, `${ja}の反対は${jaOther}です。`],
      ),
    ),
  );
  const dictionary = table('WORDS').flatMap(([word, ja]) =>
    both(
      'word',
      [`What is ${word} in Japanese?`, `Say ${word} in Japanese.`, `In Japanese ${word} is ${ja}.`],
      [`${ja}は英語で何ですか？`, `${ja}を英語で言って。`, `${ja}は英語で${word}です。`],
    ),
  );
  return [...capitals, ...opposites, ...dictionary];
}

/** A sum or a difference of two digits, and the number it comes to. */
export interface Sum extends Fact {
  readonly value: number;
}

export function sums(): Sum[] {
  const digits = Array.from({ length: 10 }, (_, digit) => digit);
  const pairs = digits.flatMap((a) => digits.map((b) => [a, b] as const));
  const made = (a: number, b: number, sign: string, word: string, ja: string, value: number): Sum[] =>
    both(
      'sum',
      [`What is ${a} ${sign} ${b}?`, `How much is ${a} ${word} ${b}?`, `${a} ${sign} ${b} is ${value}.`],
      [`${a}${ja}${b}はいくつですか？`, `${a}${ja}${b}を計算して。`, `${a}${ja}${b}は${value}です。`],
    ).map((fact) => ({ ...fact, value }));
  return pairs.flatMap(([a, b]) => [
    ...made(a, b, '+', 'plus', 'たす', a + b),
    ...(a >= b ? made(a, b, '-', 'minus', 'ひく', a - b) : []),
  ]);
}

/** All but the sums. */
export const facts = (): Fact[] => [...things(), ...animals(), ...words()];
