import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chainedRows, parentRows } from '../data/chains.ts';
import { exampleRows } from '../data/columns.ts';
import { builtExample } from '../data/examples.ts';
import { classCounts, readLabels, targetOf } from '../data/labels.ts';
import { conversationRow } from '../data/messages.ts';
import { createTokenizer, type TokenizerFiles } from '../text/tokenizer.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { pairReading } from './preference/reading.ts';
import { type TaggedWords, taggedWords } from './tokens/words.ts';
import { isEqual } from './writing/matches.ts';
import { exampleSettings } from './writing/reading.ts';

/** What a call gives, which takes so many seconds of the processor at most. */
function within<T>(seconds: number, call: () => T): T {
  const before = process.cpuUsage();
  const result = call();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6, 'seconds of the processor').toBeLessThan(seconds);
  return result;
}

const range = <T>(count: number, each: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => each(at));

const chain = (lengths: readonly number[]) => ({
  columns: ['prompt', 'answer', 'id', 'parent_id'],
  rows: lengths.flatMap((length, chain) =>
    range(length, (turn) => ['question', 'answer', `${chain}-${turn}`, turn === 0 ? '' : `${chain}-${turn - 1}`]),
  ),
});

function chained(lengths: readonly number[], limitToLongest = false) {
  const table = chain(lengths);
  const rows = exampleRows(table, { prompt_column: ['prompt'], answer_column: 'answer' });
  const parents = parentRows(table, { parent_id_column: 'parent_id' })!;
  return chainedRows(rows, [...rows.keys()], parents, limitToLongest);
}

test('a conversation of 20,000 rows is refused, and learned once where each is', () => {
  const refused = () => chained([20_000]);
  expect(() => within(2, refused)).toThrow('row 20000 is turn 20000');
  const [once, ...others] = within(2, () => chained([20_000], true));
  expect(once!.history).toHaveLength(19_999);
  expect(others).toEqual([]);
});

test('conversations of 100 rows are read however many there are, as is a single one of 500', () => {
  const rows = within(2, () => chained(range(200, () => 100)));
  expect(rows.map(({ history = [] }) => history.length)).toEqual(range(20_000, (row) => row % 100));
  expect(chained([500]).at(-1)!.history).toHaveLength(499);
});

test('50,000 spans in a text are the tags of its words', () => {
  const text = 'a '.repeat(100_000);
  const spans = range(50_000, (index) => [4 * index, 4 * index + 3, 'X']);
  const { tags } = within(4, () => taggedWords(text, JSON.stringify(spans.reverse()))) as TaggedWords;
  expect(tags).toEqual(range(100_000, (index) => (index % 2 === 0 ? 'B-X' : 'I-X')));
});

test.each([
  ['spaces behind a text', `a${' '.repeat(200_000)}`, '[[0, 1, "X"]]', 'B-X'],
  ['colons behind a brace', 'a', `{${':'.repeat(200_000)}`],
  ['types of NumPy', 'a', `array(${',dtype='.repeat(100_000)}`],
])('%s take no longer than others', (_, text, tags, tag = tags) => {
  const { words, tags: found } = within(4, () => taggedWords(text, tags)) as TaggedWords;
  expect(words).toEqual(['a']);
  expect(found[0] === tag && found.length === 1).toBe(true);
});

test('as many classes as rows are counted, and several labels of one cell', () => {
  const cells = range(100_001, (index) => `name ${index}`);
  const settings = { classes: 0, known: [], column: 'a' };
  const rows = cells.map((answer) => ({ answer }));
  const single = readLabels(rows, { ...settings, problem: 'single_label_classification', known: cells });
  expect(within(2, () => classCounts(cells, single))).toEqual(range(100_001, () => 1));
  const labelOf = () => cells.map((cell) => targetOf(cell, single)!.label);
  expect(within(2, labelOf)).toEqual(range(100_001, (index) => index));
  const cell = range(50_000, (index) => index).join();
  const several = readLabels([{ answer: cell }], { ...settings, problem: 'multi_label_classification' });
  expect(within(2, () => classCounts([cell], several))).toEqual(range(50_000, () => 1));
  expect(within(2, () => targetOf('49999.0, 7', several))!.values!.flatMap((value, at) => (value ? at : []))).toEqual([
    7, 49_999,
  ]);
});

const { files } = JSON.parse(readFileSync(new URL('../text/golden/llama3-kind.json', import.meta.url), 'utf8')) as {
  files: TokenizerFiles;
};

test('words of 300,000 letters are read: as answers, and as pairs of which they are the prompt', () => {
  const tokenizer = createTokenizer(files);
  const config = parseRunConfig({ dataset: { prompt_template: 'custom' }, tokenizer: { max_length: 64 } });
  const settings = exampleSettings(config, 512);
  const word = 'a'.repeat(300_000);
  const row = { prompt: [word], answer: `${word}x` };
  expect(within(20, () => builtExample(row, tokenizer, settings)).example!.ids).toHaveLength(64);
  const sides = { answer_column: 'c', rejected_answer_column: 'r', learnsPrompt: false };
  const pairs = pairReading(tokenizer, { ...settings, ...sides });
  const pair = { prompt: [], answer: `${word}x`, rejected: { prompt: [], answer: `${word}y` } };
  expect(within(20, () => pairs.build(pair))).toEqual({
    problem: 'sides-cut',
    truncated: true,
    wholeLength: expect.any(Number),
  });
});

test('a cell of 20,000 messages is listed where a chat template would have to be asked for each, and read where not', () => {
  const template = '{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}';
  const tokenizer = createTokenizer({ ...files, chatTemplate: template });
  const cell = range(20_000, (index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content: 'a' }));
  const build = (prompt_template: string) => {
    const config = parseRunConfig({ dataset: { prompt_template }, tokenizer: { max_length: 64 } });
    return within(6, () =>
      builtExample(conversationRow(JSON.stringify(cell)), tokenizer, exampleSettings(config, 512)),
    );
  };
  const { problem, error } = build('chat');
  expect(problem).toBe('template-refused');
  expect(error!.message).toContain('a conversation of 20000 messages is too long');
  expect(build('custom').example!.ids).toHaveLength(64);
});

test('signs in the middle of answers, and messages before one, may be 200,000', () => {
  const run = '.'.repeat(200_000);
  expect(within(2, () => isEqual(`a${run}b`, `a${run}b.`))).toBe(true);
  const said = ['user', 'assistant', ...range(200_000, () => 'tool'), 'assistant'];
  const cell = JSON.stringify(said.map((role) => ({ role, content: 'a' })));
  expect(within(8, () => conversationRow(cell)).messages).toHaveLength(said.length);
});
