import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ChatMessage, createTokenizer, type TokenizerFiles } from '../text/tokenizer.ts';
import { augmentHistories } from './augment.ts';
import { chainedRows, parentRows, rootRows } from './chains.ts';
import { exampleRows } from './columns.ts';
import { buildExamples } from './example-set.ts';
import { buildExample, type ExampleRow, type ExampleSettings } from './examples.ts';
import { conversationTurns } from './messages.ts';
import { sampleRows, splitRows } from './split.ts';

function readGolden<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
}

// Made by interop/golden_conversations.py.
const golden = readGolden<{
  rows: Record<string, string>[];
  cases: {
    limit_chained_samples: boolean;
    settings: ExampleSettings;
    chains: number[][];
    examples: { ids: number[]; labels: number[] }[];
  }[];
  chats: { template: string; messages: ChatMessage[]; ids: number[]; learned: number[] }[];
  found: { template: string; messages: ChatMessage[]; ids: number[]; learned: number[] }[];
}>('./golden/conversations.json');
const { files } = readGolden<{ files: TokenizerFiles }>('../text/golden/gpt2-kind.json');
const tokenizer = createTokenizer(files);

const columns = Object.keys(golden.rows[0]!);
const table = { columns, rows: golden.rows.map((row) => columns.map((column) => row[column]!)) };
const mapping = { prompt_column: ['prompt'], answer_column: 'answer', system_column: 'system' };
const parents = parentRows(table, { parent_id_column: 'parent_id' })!;
const rows = exampleRows(table, mapping);
const all = [...rows.keys()];

describe('rows that name their parents are conversations, as H2O LLM Studio reads them', () => {
  it.each(golden.cases)('$limit_chained_samples $settings', ({ limit_chained_samples, settings, chains, examples }) => {
    const chained = chainedRows(rows, all, parents, limit_chained_samples);
    expect(chained.map((row) => [...(row.history ?? []), row].map((turn) => (turn as ExampleRow).number! - 1))).toEqual(
      chains,
    );
    const built = chained.map((row) => buildExample(row, tokenizer, settings));
    expect(built.map(({ ids, labels }) => ({ ids: [...ids], labels: [...labels] }))).toEqual(examples);
  });

  it('have no parent outside of the rows at hand', () => {
    const [, second] = chainedRows(rows, [1, 2], parents, false);
    expect(second!.history).toEqual([rows[1]]);
  });

  it('may give ids as pandas writes them beside gaps', () => {
    const floats = {
      columns: ['id', 'up'],
      rows: [
        ['1', 'nan'],
        ['2', '1.0'],
        ['3', 'None'],
      ],
    };
    expect([...parentRows(floats, { parent_id_column: 'up', id_column: 'id' })!]).toEqual([-1, 0, -1]);
  });

  it('are none without a parent column', () => {
    expect(parentRows(table, {})).toBeNull();
    expect(parentRows({ columns: ['prompt'], rows: [['x']] }, { parent_id_column: 'parent_id' })).toBeNull();
    const noId = { columns: ['parent_id'], rows: [['1']] };
    expect(() => parentRows(noId, { parent_id_column: 'parent_id' })).toThrow('no column id');
  });

  it('must not lead back to themselves', () => {
    const circle = {
      columns: ['id', 'up'],
      rows: [
        ['a', ''],
        ['b', 'd'],
        ['c', 'b'],
        ['d', 'c'],
      ],
    };
    expect(() => parentRows(circle, { parent_id_column: 'up' })).toThrow('The conversation of row 2');
  });
});

describe('whole conversations', () => {
  const roots = rootRows(Int32Array.of(-1, 0, 1, -1, 3, 2, -1, -1, 7));

  it('are found by their first row', () => {
    expect([...roots]).toEqual([0, 0, 0, 3, 3, 0, 6, 7, 7]);
  });

  it('are held out together', () => {
    for (const seed of [1, 2, 3, 4]) {
      const { train, validation } = splitRows(
        9,
        { validation_strategy: 'automatic', validation_size: 0.5 },
        seed,
        roots,
      );
      expect([...train, ...validation].sort()).toEqual([...Array(9).keys()]);
      const held = new Set(validation.map((row) => roots[row]));
      expect(held.size).toBe(2);
      expect(train.some((row) => held.has(roots[row]))).toBe(false);
    }
  });

  it('are drawn together, and single rows at least ten', () => {
    const half = sampleRows([...roots.keys()], 0.5, 7, roots);
    expect(new Set(half.map((row) => roots[row])).size).toBe(2);
    const many = Array.from({ length: 200 }, (_, row) => row);
    const drawn = sampleRows(many, 0.25, 7);
    expect(drawn).toHaveLength(50);
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
    expect(sampleRows(many, 0.25, 8)).not.toEqual(drawn);
    expect(sampleRows(many, 0.01, 7)).toHaveLength(10);
    expect(sampleRows(many, 1, 7)).toEqual(many);
  });
});

describe('chat templates', () => {
  it.each(golden.chats)(
    'learn every answer that transformers marks: $messages',
    ({ template, messages, ids, learned }) => {
      const chat = createTokenizer({ ...files, chatTemplate: template });
      const turns = conversationTurns(JSON.stringify(messages))!;
      const row = { ...turns.at(-1)!, history: turns.slice(0, -1) };
      const settings = { ...golden.cases[0]!.settings, prompt_template: 'chat' as const };
      const example = buildExample(row, chat, settings);
      expect([...example.ids]).toEqual(ids);
      expect([...example.labels]).toEqual(ids.map((id, place) => (learned[place] === 1 ? id : -100)));
      const last = buildExample(row, chat, { ...settings, only_last_answer: true });
      const firstOfLast = learned.lastIndexOf(0) + 1;
      expect([...last.labels]).toEqual(ids.map((id, place) => (place >= firstOfLast ? id : -100)));
    },
  );

  it('that refuse a conversation leave that row out', () => {
    const strict =
      "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ messages[0]['content'] }}{% if messages|length > 1 %}={{ messages[1]['content'] }}{% endif %}";
    const chat = createTokenizer({ ...files, chatTemplate: strict });
    const settings = { ...golden.cases[0]!.settings, prompt_template: 'chat' as const };
    const refused = { prompt: ['a'], answer: 'b', system: 'Be kind.' };
    const set = buildExamples([refused, { prompt: ['a'], answer: 'b' }], chat, settings);
    expect(set.problems['template-refused']).toEqual([0]);
    expect(set.rows).toEqual([1]);
    expect(() => buildExamples([refused], chat, settings)).toThrow('no system');
  });
});

describe('a cell with a conversation', () => {
  const turns = [
    { prompt: ['Hi'], answer: 'Hello', system: 'Be kind.' },
    { prompt: ['1+1?'], answer: '2' },
  ];

  it.each([
    [
      'OpenAI',
      [
        ['role', 'content'],
        ['system', 'user', 'assistant'],
      ] as const,
    ],
    [
      'ShareGPT',
      [
        ['from', 'value'],
        ['system', 'human', 'gpt'],
      ] as const,
    ],
  ])('in the shape of %s', (_, [[role, content], [system, user, assistant]]) => {
    const texts = [
      [system, 'Be kind.'],
      [user, 'Hi'],
      [assistant, 'Hello'],
      [user, '1+1?'],
      [assistant, '2'],
    ];
    const cell = JSON.stringify(texts.map(([who, what]) => ({ [role]: who, [content]: what })));
    expect(conversationTurns(cell)).toEqual(turns);
    expect(conversationTurns(`{"messages": ${cell}}`)).toEqual(turns);
  });

  it('as pandas writes lists and arrays into CSV files', () => {
    const first = String.raw`{'role': 'user', 'content': 'It\'s "so"\nnew\t\\ 日本 😀\x07\u200b'}`;
    const second = `{'role': 'assistant', 'content': "Yes, isn't it?", 'score': 1.5, 'ok': True, 'more': None}`;
    const turns = [{ prompt: [`It's "so"\nnew\t\\ 日本 😀\x07\u200b`], answer: "Yes, isn't it?" }];
    expect(conversationTurns(`[${first}, ${second}]`)).toEqual(turns);
    expect(conversationTurns(`[${first}\n ${second}]`)).toEqual(turns);
  });

  it('takes what one side says in a row for one turn and leaves out a question nobody answers', () => {
    const said = (role: string, content: unknown) => ({ role, content });
    const parts = [{ type: 'text', text: 'b' }];
    const list = [
      said('user', 'a'),
      said('user', parts),
      said('assistant', 'c'),
      said('assistant', 'd'),
      said('user', 'e'),
    ];
    const messages = [said('user', 'a'), said('user', 'b'), said('assistant', 'c'), said('assistant', 'd')];
    expect(conversationTurns(JSON.stringify(list))).toEqual([{ prompt: ['a\n\nb'], answer: 'c\n\nd', messages }]);
  });

  it.each([
    '',
    'text',
    '[]',
    '{}',
    '[1]',
    '[{"role": "user", "content": "x"}]',
    '[{"role": "tool", "content": "x"}]',
    '[{',
  ])('is none in %j', (cell) => {
    expect(conversationTurns(cell)).toBeNull();
    const [row] = exampleRows(
      { columns: ['m'], rows: [[cell]] },
      { ...mapping, system_column: '', messages_column: 'm' },
    );
    expect(row!.unreadable).toMatch(/^(no-conversation|unanswered)$/);
  });

  it('is one row with a history', () => {
    const cell = JSON.stringify({
      conversations: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b' },
        { from: 'human', value: 'c' },
        { from: 'gpt', value: 'd' },
      ],
    });
    const read = exampleRows(
      { columns: ['m'], rows: [[cell]] },
      { ...mapping, system_column: '', messages_column: 'm' },
    );
    expect(read).toEqual([{ prompt: ['c'], answer: 'd', history: [{ prompt: ['a'], answer: 'b' }], number: 1 }]);
  });
});

describe('augmented histories', () => {
  const turn = (name: string) => ({ prompt: [name], answer: name.toUpperCase() });
  const many = Array.from({ length: 2000 }, (_, index) => ({ ...turn(`q${index}`), history: [turn('a'), turn('b')] }));
  const settings = { skip_parent_probability: 0, random_parent_probability: 0 };

  it('lose earlier turns as often as asked', () => {
    const rows = augmentHistories(many, { ...settings, skip_parent_probability: 0.3 }, 5);
    const kept = rows.reduce((sum, { history }) => sum + history!.length, 0) / 4000;
    expect(kept).toBeGreaterThan(0.67);
    expect(kept).toBeLessThan(0.73);
    expect(rows.map(({ prompt }) => prompt)).toEqual(many.map(({ prompt }) => prompt));
  });

  it('begin with another row where asked, and the rest stays', () => {
    const rows = augmentHistories(many, { ...settings, random_parent_probability: 0.5 }, 5);
    const changed = rows.filter(({ history }) => history![0]!.prompt[0] !== 'a');
    expect(changed.length).toBeGreaterThan(900);
    expect(changed.length).toBeLessThan(1100);
    expect(new Set(changed.map(({ history }) => history![0]!.prompt[0])).size).toBeGreaterThan(500);
    for (const { history } of rows) expect(history![1]).toEqual(turn('b'));
    const alone = augmentHistories([turn('x'), turn('y')], { ...settings, random_parent_probability: 1 }, 5);
    expect(alone.every(({ history }) => history!.length === 1)).toBe(true);
  });

  it('are the same for a seed, and untouched without chances', () => {
    const half = { skip_parent_probability: 0.5, random_parent_probability: 0.5 };
    expect(augmentHistories(many, half, 5)).toEqual(augmentHistories(many, half, 5));
    expect(augmentHistories(many, half, 6)).not.toEqual(augmentHistories(many, half, 5));
    expect(augmentHistories(many, settings, 5)).toBe(many);
  });
});
