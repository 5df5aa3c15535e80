import { describe, expect, it } from 'vitest';
import { guessTable } from './guess.ts';
import type { ProblemType } from './problem-types.ts';

const classes = ['good', 'bad', 'mixed'];
const tableOf = (columns: readonly string[], row: (index: number) => readonly string[], count = 60) => ({
  columns,
  rows: Array.from({ length: count }, (_, index) => row(index)),
});
const reviews = tableOf(['text', 'label'], (at) => [`The parcel came ${at} days late.`, classes[at % 3]!]);

/** Text and label, each with its reason. */
function read(table: Parameters<typeof guessTable>[0], problem: ProblemType) {
  const { prompt_column, answer_column, reasons } = guessTable(table).columns[problem]!;
  const why = (column: string) => reasons[column]?.text.replace('{0}', String(reasons[column].values[0]));
  return [...prompt_column, answer_column!].map((column) => [column, why(column)]);
}

describe('a table of texts and labels', () => {
  it('is one of classes, whose text is no label', () => {
    expect(guessTable(reviews).problem_type).toBe('classification');
    expect(read(reviews, 'classification')).toEqual([
      ['text', 'by its name'],
      ['label', 'by its name'],
    ]);
    expect(read(reviews, 'text')).toEqual([['text', 'by its name']]);
  });

  it('is known in Japanese', () => {
    for (const [text, label] of [
      ['お客様の声', '分類'],
      ['本文', 'カテゴリ'],
      ['レビュー', '感情'],
      ['内容', 'ラベル'],
    ] as const) {
      const table = tableOf(['番号', text, label], (at) => [`${at}`, `荷物が${at}日遅れました。`, classes[at % 3]!]);
      expect(guessTable(table).problem_type).toBe('classification');
      expect(read(table, 'classification')).toEqual([
        [text, 'by its name'],
        [label, 'by its name'],
      ]);
    }
  });

  it('has two texts where they are called so', () => {
    for (const [first, second] of [
      ['premise', 'hypothesis'],
      ['Sentence2', 'sentence1'],
      ['question', 'passage'],
      ['前提', '仮説'],
    ] as const) {
      const table = tableOf(['id', first, second, 'label'], (at) => [`${at}`, `One ${at}.`, `Two ${at}.`, `${at % 3}`]);
      const { prompt_column, text_pair_column } = guessTable(table).columns.classification!;
      const isTurned = first === 'Sentence2';
      expect([prompt_column, text_pair_column]).toEqual(isTurned ? [[second], first] : [[first], second]);
      expect(guessTable(table).columns['token-classification']!.text_pair_column).toBeUndefined();
    }
    const single = tableOf(['premise', 'note', 'label'], (at) => [`One ${at}.`, `Two ${at}.`, `${at % 3}`]);
    expect(guessTable(single).columns.classification!.text_pair_column).toBeUndefined();
    const likeness = tableOf(['sentence1', 'sentence2', 'score'], (at) => [`One ${at}.`, `Two ${at}.`, `${at / 60}`]);
    expect(guessTable(likeness).problem_type).toBe('sentence-similarity');
    expect(guessTable(likeness).columns.regression).toMatchObject({ text_pair_column: 'sentence2' });
  });

  it('is known by its cells where names say nothing', () => {
    const table = tableOf(['kind', 'note', 'row'], (at) => [
      classes[at % 3]!,
      `Something long was said ${at}.`,
      `${at}`,
    ]);
    expect(read(table, 'classification')).toEqual([
      ['note', 'the longest text'],
      ['kind', 'few different values: 3'],
    ]);
    // Names alone do not make it one of classes.
    expect(guessTable(table).problem_type).toBe('instruction');
  });

  it('with numbers is a regression', () => {
    const table = tableOf(['review', 'rating'], (at) => [`It was ${at}.`, `${at / 7}`]);
    expect(guessTable(table).problem_type).toBe('regression');
    const nameless = tableOf(['x', 'y'], (at) => [`It was ${at}.`, `${at / 7}`]);
    expect(read(nameless, 'regression')).toEqual([
      ['x', 'the longest text'],
      ['y', 'numbers'],
    ]);
  });
});

describe('a better and a worse answer', () => {
  it('are pairs, with the prompt of the worse one where it has its own', () => {
    const cells = (count: number) => (at: number) =>
      Array.from({ length: count }, (_, column) => `text ${at} ${column}`);
    const guess = guessTable(tableOf(['instruction', 'chosen_response', 'rejected_response'], cells(3)));
    const pair = { answer_column: 'chosen_response', rejected_answer_column: 'rejected_response' };
    expect(guess.problem_type).toBe('preference');
    expect(guess.columns.preference).toMatchObject({
      prompt_column: ['instruction'],
      ...pair,
      rejected_prompt_column: '',
    });
    const own = guessTable(tableOf(['prompt', 'chosen', 'rejected_prompt', 'rejected'], cells(4)));
    expect(own.columns.preference).toMatchObject({ rejected_prompt_column: 'rejected_prompt' });
  });

  it('need no prompt, and are told from a text that is chosen alone', () => {
    const said = (text: string) =>
      JSON.stringify([
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: text },
      ]);
    const { problem_type, columns } = guessTable(tableOf(['chosen', 'rejected'], (at) => [said(`${at}`), said('no')]));
    expect(problem_type).toBe('preference');
    expect(columns.preference).toMatchObject({ prompt_column: [], answer_column: 'chosen' });
    expect(guessTable(tableOf(['prompt', 'chosen'], (at) => [`${at}?`, `${at}`])).problem_type).toBe('instruction');
  });
});

describe('whole numbers beside a text', () => {
  it.each([
    ['score', 19, 'regression'],
    ['点数', 101, 'regression'],
    ['y', 19, 'regression'],
    ['rating', 5, 'classification'],
    ['score', 11, 'classification'],
    ['label', 77, 'classification'],
    ['y', 2, 'classification'],
  ] as const)('called %s, %d of them, are a %s', (name, count, problem) => {
    const table = tableOf(['text', name], (at) => [`It was the parcel of day ${at}.`, `${at % count}`], 300);
    expect(guessTable(table).problem_type).toBe(problem);
  });
});

describe('a text with one column beside it', () => {
  const text = (at: number) => `The parcel number ${at} came late.`;
  const said = (at: number) => `We are sorry that the parcel ${at} came so late, and send another.`;
  it.each([
    ['text', 'is_spam', (at: number) => `${at % 2}`],
    ['text', 'team', (at: number) => classes[at % 3]!],
    ['本文', '担当部署', (at: number) => ['営業', '経理'][at % 2]!],
    // One class, and as many as rows: the checks of classes stop them.
    ['text', 'label', () => 'good'],
    ['口コミ', '評価', () => '5'],
    ['text', 'label', (at: number) => `c${at}`],
  ])('%s and the classes %s', (...[asked, label, cell]) => {
    const table = tableOf([asked, label], (at) => [text(at), cell(at)]);
    expect(guessTable(table).problem_type).toBe('classification');
    const found = { prompt_column: [asked], answer_column: label };
    expect(guessTable(table).columns.classification).toMatchObject(found);
    // Another task keeps text and label apart.
    expect(guessTable(table).columns.instruction).toMatchObject(found);
  });

  it.each([
    ['text', 'summary'],
    ['本文', '要約'],
    ['text', 'label'],
    ['text', 'follow-up'],
    ['text', 'text_2'],
  ])('%s and the text %s are prompt and answer', (asked, answer) => {
    const table = tableOf([asked, answer], (at) => [text(at), said(at)]);
    expect(guessTable(table).problem_type).toBe('instruction');
    expect(guessTable(table).columns.instruction).toMatchObject({ prompt_column: [asked], answer_column: answer });
  });

  it('and a subject: the department is learned, not the subject', () => {
    const table = tableOf(['件名', '本文', '担当部署'], (at) => [classes[at % 2]!, text(at), classes[at % 3]!]);
    expect(guessTable(table).problem_type).toBe('classification');
    expect(read(table, 'classification')).toEqual([
      ['本文', 'by its name'],
      ['担当部署', 'by its name'],
    ]);
    const other = tableOf(['件名', '本文', '係'], (at) => [classes[at % 2]!, text(at), classes[at % 3]!]);
    expect(read(other, 'classification')[1]).toEqual(['係', 'few different values: 3']);
  });

  it.each([
    ['id', (at: number) => `${at}`],
    ['url', (at: number) => `https://example.org/${at}`],
    ['timestamp', () => '2024-01-01 10:00'],
    ['source', (at: number) => classes[at % 3]!],
    ['language', () => 'en'],
    ['author', (at: number) => `Ann Other ${at}`],
    ['words', (at: number) => `${at % 7}`],
  ])('that only tells of it, %s: plain text', (about, cell) => {
    const columns = about === 'words' ? ['id', 'text', about] : ['text', about];
    const table = tableOf(columns, (at) => columns.map((name) => (name === 'text' ? text(at) : cell(at))));
    expect(guessTable(table).problem_type).toBe('text');
    expect(guessTable(table).columns.text!.answer_column).toBe('text');
  });
});

describe('a table of questions and answers', () => {
  it.each([
    ['問い合わせ', '返信'],
    ['お客様の声', '対応'],
    ['本文', '返信'],
    ['質問', '回答'],
  ])('with the columns %s and %s is known by both names', (prompt, answer) => {
    const table = tableOf(['番号', '件名', prompt, answer], (at) => [`${at}`, '件', `質問${at}`, `回答${at}です。`]);
    expect(guessTable(table).problem_type).toBe('instruction');
    expect(read(table, 'instruction')).toEqual([
      [prompt, 'by its name'],
      [answer, 'by its name'],
    ]);
  });

  it('is known by its cells: who asks, and the longer text that follows', () => {
    const row = (at: number) => [`${at}`, `What is ${at}?`, `n${at}`, `A long explanation of the number ${at}.`];
    expect(read(tableOf(['no', 'left', 'tag', 'right'], row), 'instruction')).toEqual([
      ['left', 'its cells are questions'],
      ['right', 'the longest text'],
    ]);
  });

  it('may hold conversations in a column of any name', () => {
    const cell = '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]';
    const { columns } = guessTable(tableOf(['id', 'talk'], (at) => [`${at}`, cell]));
    expect(columns.instruction).toMatchObject({ messages_column: 'talk' });
    expect(columns.instruction!.reasons.talk!.text).toBe('conversations in its cells');
  });
});

it('words and their tags are found by their names', () => {
  const table = tableOf(['id', 'ner_tags', 'tokens'], () => ['1', 'O O', 'a b']);
  expect(read(table, 'token-classification')).toEqual([
    ['tokens', 'by its name'],
    ['ner_tags', 'by its name'],
  ]);
});
