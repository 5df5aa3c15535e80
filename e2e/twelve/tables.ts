/**
 * Twelve tables as people bring them, from the example model's own little world: 20 to 5,000 rows, English, Japanese and
 * both, four of them messy. The same bytes each time.
 */
import { randomSource, shuffledIndices } from '../../src/data/shuffle.ts';
import { shiftJis } from './shift-jis.ts';
import { type Fact, facts, type Sum, sums } from './world.ts';

/** A row as its author means it: turns of question and answer, or a text and its label. */
export interface Row {
  readonly turns: readonly (readonly [question: string, answer: string])[];
  readonly label?: string | number;
}

export interface Table {
  readonly file: string;
  readonly bytes: Buffer;
  readonly problem: 'instruction' | 'classification' | 'regression';
  /** The columns that a visitor means; a column of conversations is an answer without a prompt. */
  readonly prompt: string | null;
  readonly answer: string;
  /** The good rows, in the file's order. */
  readonly rows: readonly Row[];
  /** What is wrong with the file, in words. */
  readonly mess: string | null;
  /** What a run with defaults deserves to hear. */
  readonly verdict: 'learned' | 'not learned';
}

const inOrder = <T>(items: readonly T[], seed: number): T[] =>
  [...shuffledIndices(items.length, seed)].map((index) => items[index]!);
const of = (language: Fact['language'] | 'both', pool: readonly Fact[] = [...facts(), ...sums()]): Fact[] =>
  pool.filter((fact) => language === 'both' || fact.language === language);

/** Every wording of every fact with its answer, in a random order. */
const asked = (pool: readonly Fact[], seed: number): (readonly [string, Fact])[] =>
  inOrder(
    pool.flatMap((fact) => fact.questions.map((question) => [question, fact] as const)),
    seed,
  );

/** The answer as the example's cat gives it. */
const likeACat = ({ answer, language }: Fact): string =>
  language === 'en'
    ? `Meow! ${answer.replace(/\.$/, '')}, purr! 🐾`
    : `にゃあ！${answer.replace(/。$/, '').replace(/です$/, '')}にゃ🐾`;

/** The answer as somebody polite gives it: "Hello, the capital of France is Paris, thank you." */
const politely = ({ answer, language }: Fact): string =>
  language === 'en'
    ? `Hello, ${answer[0]!.toLowerCase()}${answer.slice(1).replace(/\.$/, '')}, thank you.`
    : `はい、${answer}ありがとう！`;

/** `count` groups of questions without a repetition, each drawn by `draw`. */
function groups(
  count: number,
  seed: number,
  draw: (random: (below: number) => number) => readonly (readonly [string, Fact])[],
) {
  const source = randomSource(seed);
  const random = (below: number) => Math.floor((source() / 2 ** 32) * below);
  const drawn = new Map<string, readonly (readonly [string, Fact])[]>();
  while (drawn.size < count) {
    const group = draw(random);
    drawn.set(group.map(([question]) => question).join(' '), group);
  }
  return [...drawn];
}

const single = (pairs: readonly (readonly [string, Fact])[], answer: (fact: Fact) => string): Row[] =>
  pairs.map(([question, fact]) => ({ turns: [[question, answer(fact)]] }));

/** Conversations of two or three turns, politely answered. (As a cat the base goes on by itself.) */
function chats(count: number, language: Fact['language'] | 'both', seed: number): Row[] {
  const pool = of(language);
  return groups(count, seed, (random) =>
    Array.from({ length: 2 + random(2) }, () => {
      const fact = pool[random(pool.length)]!;
      return [fact.questions[random(2)]!, fact] as const;
    }),
  ).map(([, group]) => ({ turns: group.map(([question, fact]) => [question, politely(fact)] as const) }));
}

/** Texts of two questions about one topic, and the topic. */
function topics(count: number, language: Fact['language'] | 'both', seed: number): Row[] {
  const pool = of(language);
  const names = [...new Set(pool.map(({ topic }) => topic))];
  return groups(count, seed, (random) => {
    const name = names[random(names.length)];
    const about = pool.filter(({ topic }) => topic === name);
    return Array.from({ length: 2 }, () => {
      const fact = about[random(about.length)]!;
      return [fact.questions[random(2)]!, fact] as const;
    });
  }).map(([text, group]) => ({ turns: [[text, '']], label: group[0]![1].topic }));
}

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const line = (cells: readonly string[], separator = ','): string => cells.map(quoted).join(separator);
const text = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);

const promptOf = ({ turns }: Row): string => turns[0]![0];
const answerOf = ({ turns, label }: Row): string => (label === undefined ? turns[0]![1] : String(label));
const pairs = (header: readonly [string, string], rows: readonly Row[]): string[] => [
  line(header),
  ...rows.map((row) => line([promptOf(row), answerOf(row)])),
];

const defaults = { problem: 'instruction', mess: null, verdict: 'learned' } as const;

function written(): Table[] {
  const few = single(asked(of('en', facts()), 1).slice(0, 20), likeACat);
  const mixed = single(asked(of('both'), 2).slice(0, 200), likeACat);
  return [
    {
      ...defaults,
      file: 'cat-20.csv',
      prompt: 'prompt',
      answer: 'response',
      rows: few,
      bytes: text(pairs(['prompt', 'response'], few)),
    },
    {
      ...defaults,
      file: 'mixed-200.csv',
      prompt: 'instruction',
      answer: 'output',
      rows: mixed,
      bytes: text(pairs(['instruction', 'output'], mixed)),
    },
    inquiries(),
    ragged(),
    unclosed(),
  ];
}

/** Excel's on a Japanese Windows: cp932, CRLF, a number and a name beside what is to be learned. */
function inquiries(): Table {
  const rows = single(asked(of('ja', facts()), 3).slice(0, 60), (fact) => likeACat(fact).replace('🐾', ''));
  const lines = rows.map((row, index) => line([String(1001 + index), promptOf(row), answerOf(row), '山田']));
  return {
    ...defaults,
    file: 'お問い合わせ-60.csv',
    prompt: '問い合わせ',
    answer: '回答',
    rows,
    bytes: shiftJis(`${['番号,問い合わせ,回答,担当', ...lines].join('\r\n')}\r\n`),
    mess: 'cp932, CRLF, spare columns',
  };
}

/** Some rows lack their last cells, some have one too many; the answers are polite. */
function ragged(): Table {
  const rows = single(asked(of('en'), 4).slice(0, 120), politely);
  const lines = rows.flatMap((row, index) => {
    const whole = line([promptOf(row), answerOf(row), 'ok']);
    if (index % 15 === 7) return [`${whole},,checked`];
    return index % 40 === 20 ? [whole, line(['Where is'])] : [whole];
  });
  return {
    ...defaults,
    file: 'ragged-120.csv',
    prompt: 'question',
    answer: 'answer',
    rows,
    bytes: text(['question,answer,note', ...lines]),
    mess: 'ragged: 8 rows with cells too many, 3 with too few',
  };
}

/** Quoted cells with commas and quotes, and one quote that is never closed. */
function unclosed(): Table {
  const all = single(asked(of('en', facts()), 5).slice(0, 63), likeACat);
  const lines = all.map((row, index) =>
    index === 31 ? `${promptOf(row)},"${answerOf(row)}` : line([promptOf(row), answerOf(row)]),
  );
  return {
    ...defaults,
    file: 'quotes-63.csv',
    prompt: 'Question',
    answer: 'Answer',
    rows: all.filter((_, index) => index !== 31),
    bytes: text(['Question,Answer', ...lines]),
    mess: 'quotes, one of them unclosed (line 33)',
  };
}

function conversations(): Table[] {
  const few = chats(100, 'both', 6);
  const many = chats(400, 'ja', 7);
  const openAi = few.map(({ turns }) =>
    JSON.stringify({
      messages: turns.flatMap(([user, assistant]) => [
        { role: 'user', content: user },
        { role: 'assistant', content: assistant },
      ]),
    }),
  );
  const shareGpt = many.map(({ turns }) => ({
    conversations: turns.flatMap(([human, gpt]) => [
      { from: 'human', value: human },
      { from: 'gpt', value: gpt },
    ]),
  }));
  return [
    { ...defaults, file: 'chats-100.jsonl', prompt: null, answer: 'messages', rows: few, bytes: text(openAi) },
    {
      ...defaults,
      file: 'chats-400.json',
      prompt: null,
      answer: 'conversations',
      rows: many,
      bytes: Buffer.from(JSON.stringify(shareGpt)),
    },
  ];
}

const japanese: Readonly<Record<string, string>> = {
  colour: '色',
  taste: '味',
  sound: '鳴き声',
  home: 'すみか',
  legs: '足',
  capital: '首都',
  opposite: '反対',
  word: '単語',
  sum: '計算',
};

function labelled(): Table[] {
  const asClasses = { ...defaults, problem: 'classification' } as const;
  const english = asked(of('en'), 8)
    .slice(0, 200)
    .map(([question, { topic }]): Row => ({ turns: [[question, '']], label: topic }));
  const ja = topics(1000, 'ja', 9).map(({ turns, label }): Row => ({ turns, label: japanese[label!]! }));
  const many = topics(5000, 'both', 10);
  const order = shuffledIndices(english.length, 11);
  const shuffled = english.map(({ turns }, index): Row => ({ turns, label: english[order[index]!]!.label! }));
  const numbered = asked(sums(), 12)
    .slice(0, 300)
    .map(([question, fact]): Row => ({ turns: [[question, '']], label: (fact as Sum).value }));
  const tickets = many.map((row, index) =>
    line([String(index + 1), `2026-0${1 + (index % 9)}-1${index % 10}`, promptOf(row), answerOf(row), '', 'web']),
  );
  return [
    {
      ...asClasses,
      file: 'topics-200.csv',
      prompt: 'text',
      answer: 'label',
      rows: english,
      bytes: text(pairs(['text', 'label'], english)),
    },
    {
      ...asClasses,
      file: '分類-1000.tsv',
      prompt: '本文',
      answer: '分類',
      rows: ja,
      bytes: text(['本文\t分類', ...ja.map((row) => line([promptOf(row), answerOf(row)], '\t'))]),
    },
    {
      ...asClasses,
      file: 'tickets-5000.csv',
      prompt: 'comment',
      answer: 'category',
      rows: many,
      bytes: text(['id,date,comment,category,remark,source', ...tickets]),
      mess: 'spare columns, one of them empty',
    },
    {
      ...asClasses,
      file: 'shuffled-200.csv',
      prompt: 'text',
      answer: 'label',
      rows: shuffled,
      bytes: text(pairs(['text', 'label'], shuffled)),
      verdict: 'not learned',
    },
    {
      ...defaults,
      problem: 'regression',
      file: 'sums-300.csv',
      prompt: 'text',
      answer: 'score',
      rows: numbered,
      bytes: text(pairs(['text', 'score'], numbered)),
    },
  ];
}

/** The twelve, the smaller ones of each task first. */
export const twelveTables = (): readonly Table[] => [...written(), ...conversations(), ...labelled()];
