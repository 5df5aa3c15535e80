import { describe, expect, it, test } from 'vitest';
import { AppError } from '../errors.ts';
import { openBenchmarks } from './open.ts';
import { type Question, questionsOf } from './questions.ts';
import { readRows } from './rows.ts';
import { answerScores, choiceScores } from './scores.ts';
import { readBenchmark } from './task.ts';

const usual = {
  dataset_path: 'json',
  dataset_kwargs: { data_files: { test: 'a.jsonl' } },
  test_split: 'test',
  output_type: 'multiple_choice',
  doc_to_text: '{{question}}',
  doc_to_choice: ['yes', 'no'],
  doc_to_target: 'label',
};

/** JSON is YAML. */
const taskOf = (changes: Record<string, unknown> = {}) =>
  readBenchmark(JSON.stringify({ ...usual, ...changes }), 'folder/a.yaml');

const messageOf = async (asked: Promise<unknown>): Promise<string> => {
  const thrown = await asked.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(AppError);
  return (thrown as AppError).message;
};

test('a task takes the name of its file, and scores, delimiter and length of answers by default', async () => {
  expect(await taskOf()).toEqual({
    file: 'folder/a.yaml',
    name: 'a',
    kind: 'multiple_choice',
    dataFiles: ['a.jsonl'],
    text: '{{question}}',
    target: 'label',
    choices: ['yes', 'no'],
    description: '',
    examples: null,
    targetDelimiter: ' ',
    scores: [
      { name: 'acc', ignores: [] },
      { name: 'acc_norm', ignores: [] },
    ],
    filters: [],
    until: ['\n\n'],
    maxNewTokens: 256,
  });
  const written = { output_type: 'generate_until', generation_kwargs: { until: '\n', max_gen_toks: 5 } };
  expect(await taskOf(written)).toMatchObject({ until: ['\n'], maxNewTokens: 5, scores: [{ name: 'exact_match' }] });
});

describe('a task is refused with what to change', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a set on the Hub', { dataset_path: 'ai2_arc' }, /"ai2_arc": save them as JSONL/],
    ['a filter', { filter_list: [{ name: 'f', filter: [{ function: 'regex' }] }] }, /filter "regex".*take_first/],
    ['two pipelines', { filter_list: [{ filter: [] }, { filter: [] }] }, /one entry/],
    ['a metric', { metric_list: [{ metric: 'brier_score' }] }, /"brier_score" is not supported.*acc_norm/],
    ['an aggregation', { metric_list: [{ metric: 'acc', aggregation: 'median' }] }, /aggregation "median": use mean/],
    ['a setting of a metric', { metric_list: [{ metric: 'acc', ignore_case: true }] }, /"ignore_case" of the metric/],
    ['examples from nowhere', { num_fewshot: 5 }, /name a fewshot_split/],
    ['half an example', { num_fewshot: 0.5 }, /whole number of at least 0/],
    ['examples of a split without a file', { num_fewshot: 1, fewshot_split: 'dev' }, /no file for the split "dev"/],
    ['another sampler', { num_fewshot: 1, fewshot_config: { sampler: 'balanced' } }, /use default, first_n/],
    ['a setting of examples', { num_fewshot: 1, fewshot_config: { fewshot_indices: [1] } }, /"fewshot_indices" of/],
    ['samples that are none', { num_fewshot: 1, fewshot_config: { samples: [1] } }, /"samples" is no list of rows/],
    ['a kind', { output_type: 'loglikelihood' }, /loglikelihood, which is not supported/],
    ['a mistyped key', { doc_to_txt: 'a' }, /"doc_to_txt" is unknown; did you mean "doc_to_text"/],
    ['a key', { process_docs: 'a' }, /"process_docs" is not supported/],
    ['no choices', { doc_to_choice: undefined }, /"doc_to_choice" is missing/],
    ['choices that are no texts', { doc_to_choice: [true, false] }, /put each in quotes/],
    ['no split', { test_split: undefined }, /neither test_split nor validation_split/],
    ['a split without a file', { test_split: 'other' }, /no file for the split "other"/],
    ['sampling', { output_type: 'generate_until', generation_kwargs: { temperature: 0.7 } }, /drawn at random/],
    ['a setting of generation', { output_type: 'generate_until', generation_kwargs: { top_p: 1 } }, /"top_p"/],
  ])('%s', async (_, changes, message) => {
    expect(await messageOf(taskOf(changes))).toMatch(message);
  });

  it.each([
    [
      'Python code',
      'doc_to_text: !function utils.text\ndoc_to_target: a\n',
      /"doc_to_text" is Python code \(!function\)/,
    ],
    ['Python code in a list', 'metric_list:\n- metric: !function utils.agg\n', /"metric" is Python code/],
    ['no YAML', 'a: [', /it is no YAML/],
    ['no keys', '- a\n', /holds no keys/],
    ['words that YAML takes for false', 'doc_to_choice: [no, yes]\ndoc_to_text: a\n', /put each in quotes/],
  ])('%s', async (_, text, message) => {
    expect(await messageOf(readBenchmark(text, 'a.yaml'))).toMatch(message);
  });
});

describe('the questions of a task', () => {
  const asked = async (changes: Record<string, unknown>, ...rows: unknown[]): Promise<Question[]> => {
    const read = readRows(rows.map((row) => JSON.stringify(row)).join('\n'), 'a.jsonl');
    return questionsOf(await taskOf(changes), read, read);
  };

  it('have as many examples before them as there are', async () => {
    const shots = (count: number, sampler: string) =>
      asked(
        { num_fewshot: count, fewshot_split: 'test', fewshot_config: { sampler } },
        ...['a', 'b', 'c'].map((question) => ({ question, label: 0 })),
      );
    expect((await shots(2, 'first_n')).map(({ context }) => context)).toEqual([
      ...['b yes\n\nc yes\n\na', 'a yes\n\nc yes\n\nb', 'a yes\n\nb yes\n\nc'],
    ]);
    expect(await shots(2, 'default')).toHaveLength(3);
    for (const sampler of ['default', 'first_n'])
      expect(await messageOf(shots(3, sampler))).toMatch(/num_fewshot is 3, and there are rows for 2 examples/);
    const odd = asked(
      { num_fewshot: 1, fewshot_split: 'test', doc_to_target: 'gold' },
      ...['a', 'b'].map((question) => ({ question, gold: [0, 1] })),
    );
    expect(await messageOf(odd)).toMatch(/of the examples row \d: its answer is no text/);
  });

  it('have their right choice by its place or its words, or several', async () => {
    const context = 'Why?';
    const choices = ['yes', 'no'];
    const rows = [1, '1', 'no', true].map((label) => ({ question: 'Why?', label }));
    expect(await asked({ doc_to_target: '{{label}}' }, ...rows.slice(0, 3))).toEqual(
      [1, 1, 1].map((each) => ({ context, choices, right: [each] })),
    );
    expect(await asked({}, rows[3])).toEqual([{ context, choices, right: [1] }]);
    expect(await asked({}, { question: 'Why?', label: [0, 1] })).toEqual([{ context, choices, right: [0, 1] }]);
  });

  it('print numbers as Python does', async () => {
    const [question] = await asked(
      { doc_to_text: '{{a}} {{b}} {{c}} {{d}}' },
      { a: 1.5, b: 2, c: null, d: ['x'], label: 0 },
    );
    expect(question!.context).toBe("1.5 2 None ['x']");
    const text = '{"question": "", "label": 0, "a": 1.0}';
    expect(questionsOf(await taskOf({ doc_to_text: '{{a}}' }), readRows(text, 'a'))[0]!.context).toBe('1.0');
  });

  it.each<[string, Record<string, unknown>, unknown, RegExp]>([
    ['a column that is not there', { doc_to_text: '{{text}}' }, { label: 0 }, /row 1: 'text' is undefined/],
    ['a template that is none', { doc_to_text: '{{text' }, { label: 0 }, /template "\{\{text" cannot be read/],
    ['a target that is no choice', {}, { question: '', label: 'maybe' }, /"maybe" is none of its 2 choices/],
    ['a place that is not there', {}, { question: '', label: 2 }, /"2" is none of its 2 choices/],
    ['no target', {}, { question: '', label: null }, /"null" is none/],
    ['a column that is no text', { doc_to_text: 'label' }, { label: 0 }, /"doc_to_text" gives no text/],
    ['an empty choice', { doc_to_choice: 'c' }, { question: '', label: 0, c: ['', 'a'] }, /empty/],
    [
      'choices that are no list',
      { doc_to_choice: '{{question}}' },
      { question: 'a b', label: 0 },
      /gives no list: a b/,
    ],
  ])('are refused with their row: %s', async (_, changes, row, message) => {
    expect(await messageOf(asked(changes, row))).toMatch(message);
  });
});

test('rows are objects one after the other, or one list of them', () => {
  expect(readRows('[{"a": 1}, {"b": 2}]', 'f')).toEqual([
    { a: 1, b: null },
    { a: null, b: 2 },
  ]);
  expect(() => readRows('{"a": 1}\n{"a"', 'f')).toThrow(/no JSON in line 2/);
  expect(() => readRows('1', 'f')).toThrow(/row 1 is no object/);
  expect(() => readRows('', 'f')).toThrow(/no rows/);
});

test('files that are chosen together find each other by name', async () => {
  const file = (name: string, text: string) => ({ name, size: text.length, text: async () => text });
  const task = file('a.yaml', JSON.stringify({ ...usual, dataset_kwargs: { data_files: { test: 'data/a.jsonl' } } }));
  const [opened] = await openBenchmarks([file('a.jsonl', '{"question": "q", "label": 0}'), task]);
  expect(opened!.questions).toHaveLength(1);
  expect(await messageOf(openBenchmarks([task]))).toMatch(/"data\/a.jsonl" was not chosen/);
  expect(await messageOf(openBenchmarks([file('a.csv', '')]))).toMatch(/None of these files is a task/);
  expect(await messageOf(openBenchmarks([{ ...task, size: 1e9 }]))).toMatch(/larger than 64 MB/);
});

test('the choice that is likeliest for its length is taken, the first of equals', () => {
  const question = { context: '', choices: ['aa', 'bbbb', '猫'], right: [1] };
  const scores = (...values: number[]) =>
    choiceScores(
      ['acc', 'acc_norm', 'acc_bytes'].map((name) => ({ name, ignores: [] })),
      [question],
      [values],
    ).map(({ value }) => value);
  expect(scores(-2, -3, -4)).toEqual([0, 1, 1]);
  expect(scores(-4, -4, -1)).toEqual([0, 1, 0]);
  expect(scores(-5, -4, -4)).toEqual([1, 1, 1]);
});

test('an answer is held against any that is expected, and may leave out what the metric ignores', () => {
  const asked = [{ context: '', targets: ['Rome', 'The city of Rome'] }];
  const score = (
    name: string,
    answer: string,
    ...ignores: ('ignore_case' | 'ignore_punctuation' | 'ignore_numbers')[]
  ) => answerScores([{ name, ignores }], asked, [answer])[0]!.value;
  expect(score('exact_match', 'rome!')).toBe(0);
  expect(score('exact_match', 'rome!', 'ignore_case', 'ignore_punctuation')).toBe(1);
  expect(score('exact_match', 'Rome 12', 'ignore_numbers')).toBe(0);
  expect(score('exact-match', 'the rome.')).toBe(100);
  expect(score('F1', 'city of Rome')).toBe(100);
});
