import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parentRows } from './chains.ts';
import { readTable } from './read-table.ts';

const asFound = (name: string) => new Blob([readFileSync(new URL(`./golden/as-found/${name}`, import.meta.url))]);
const file = async (name: string) => readTable(asFound(name), { fileName: name });
const json = (text: string, fileName = 'a.json') => readTable(text, { fileName });
const rowsOf = async (text: string, fileName?: string) => {
  const { columns, rows } = await json(text, fileName);
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
};
const errorOf = (text: string, fileName?: string) =>
  json(text, fileName).then(
    () => null,
    ({ code, params }: { code: string; params: object }) => ({ code, ...params }),
  );

describe('numbers', () => {
  it.each(['long-ids.json', 'long-ids.jsonl'])('of 19 digits chain the right rows (%s)', async (name) => {
    const table = await file(name);
    expect(table.rows.map(([id, parent]) => [id, parent])).toEqual([
      ['1098765432109876543', ''],
      ['1098765432109876544', ''],
      ['1098765432109976543', '1098765432109876543'],
    ]);
    const parents = parentRows(table, { parent_id_column: 'parent_id', id_column: 'id' });
    expect([...parents!]).toEqual([-1, -1, 0]);
  });

  // What Python's json gives back for them with parse_int=str, parse_float=str.
  it.each([
    '1.0',
    '-0',
    '-0.0',
    '1e400',
    '0.1000',
    '1E5',
    '123456789012345678901234567890',
    '12345678901234567.5',
    '7',
  ])('stand as they are written: %s', async (number) => {
    expect((await json(`[{"a": ${number}, "b": {"c": [${number}]}}]`)).rows[0]).toEqual([number, `{"c":[${number}]}`]);
    expect((await json(`{"a": ${number}, "b": [${number}]}\n`, 'a.jsonl')).rows[0]).toEqual([number, `[${number}]`]);
    const line = `{'a': ${number}, 'b': [${number}]}\n`;
    expect((await json(line + line, 'a.jsonl')).rows[0]).toEqual([number, `[${number}]`]);
  });
});

it('lists rows with half a character, which no text can hold', async () => {
  const lines = ['{"a": "x\\ud83d", "b": ["\\ude00y"]}', '{"a": "\\ud83d\\ude00", "b": ["y"]}'];
  const { rows, problems } = await json(lines.join('\n'), 'a.jsonl');
  expect(rows).toEqual([
    ['x\uFFFD', '["\uFFFDy"]'],
    ['😀', '["y"]'],
  ]);
  expect(problems).toEqual([{ kind: 'undecoded', count: 1, rows: [1] }]);
});

it('keeps the order of keys that are numbers', async () => {
  const { columns, rows } = await json('{"b": {"x": 0, "7": 1}, "2": "y"}\n{"b": {}, "2": ""}\n', 'a.jsonl');
  expect([columns, rows[0]]).toEqual([
    ['b', '2'],
    ['{"x":0,"7":1}', 'y'],
  ]);
});

describe('conversations', () => {
  const list = '[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]';

  it.each([
    ['a list', list, [list]],
    ['a list of them', `[${list},${list}]`, [list, list]],
    ['lists on lines', `${list}\n${list}\n`, [list, list]],
    ['a list of them in a record', `{"train": [${list}], "version": 1}`, [list]],
    ['a record', `{"messages": ${list}, "tools": [{"name": "f"}]}`, [list]],
    ['a record of lists', '{"messages": {"role": ["user"], "content": ["q"]}}', ['{"role":["user"],"content":["q"]}']],
  ])('stay whole: %s', async (_, text, expected) => {
    for (const name of ['a.json', 'a.jsonl']) {
      const rows = await rowsOf(text, name);
      expect(rows.map(({ messages }) => messages)).toEqual(expected);
    }
  });

  it.each([
    ['contents', '[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"a"}]}]'],
    ['messages', '[{"role":"user","content":"q"},{"role":"assistant","function_call":{"name":"f"}}]'],
    ['conversations', '[{"from":"human","value":"q"},{"from":"observation","value":"r"}]'],
  ])('alone in their file are one row, under %s', async (column, messages) => {
    expect(await rowsOf(`{"${column}":${messages},"tools":[]}\n`, 'a.jsonl')).toEqual([
      { [column]: messages, tools: '[]' },
    ]);
  });

  it('are no other records with such columns', async () => {
    const rows = [{ from: 'Tokyo', to: 'Osaka', value: '5' }];
    expect(await rowsOf(JSON.stringify(rows))).toEqual(rows);
  });
});

it('reads a Python dictionary alone in its file', async () => {
  expect(await rowsOf("{'a': 'it', 'b': None}\n", 'a.jsonl')).toEqual([{ a: 'it', b: '' }]);
});

/** pandas 3.1.1: DataFrame({"instruction": ["a", "b"], "output": ["c", None]}).to_json(orient=…, lines=…). */
const written = {
  columns: '{"instruction":{"0":"a","1":"b"},"output":{"0":"c","1":null}}',
  index: '{"0":{"instruction":"a","output":"c"},"1":{"instruction":"b","output":null}}',
  split: '{"columns":["instruction","output"],"index":[0,1],"data":[["a","c"],["b",null]]}',
  records: '[{"instruction":"a","output":"c"},{"instruction":"b","output":null}]',
  lines: '{"instruction":"a","output":"c"}\n{"instruction":"b","output":null}\n',
  table:
    '{"schema":{"fields":[{"name":"index","type":"integer"},{"name":"instruction","type":"string"},{"name":"output","type":"string"}],"primaryKey":["index"],"pandas_version":"1.4.0"},"data":[{"index":0,"instruction":"a","output":"c"},{"index":1,"instruction":"b","output":null}]}',
};
const expected = [
  { instruction: 'a', output: 'c' },
  { instruction: 'b', output: '' },
];

describe('what pandas writes', () => {
  it.each(Object.entries(written))('orient %s', async (_, text) => {
    expect(await rowsOf(text)).toEqual(expected);
    expect(await rowsOf(text, 'a.jsonl')).toEqual(expected);
  });

  it('orient values has no names', async () => {
    const table = await json('[["a","c"],["b",null]]');
    expect(table).toMatchObject({
      columns: ['column_1', 'column_2'],
      rows: [
        ['a', 'c'],
        ['b', ''],
      ],
    });
    expect(table.problems.map(({ kind }) => kind)).toEqual(['nameless', 'empty-cell']);
  });

  it('with an index that says something keeps it, in its order', async () => {
    expect(await rowsOf('{"text":{"7":"a","3":"b"},"n":{"7":1,"3":2}}')).toEqual([
      { index: '7', text: 'a', n: '1' },
      { index: '3', text: 'b', n: '2' },
    ]);
    expect(await rowsOf('{"x1":{"question":"a","answer":"b"},"x2":{"question":"c","answer":"d"}}')).toEqual([
      { index: 'x1', question: 'a', answer: 'b' },
      { index: 'x2', question: 'c', answer: 'd' },
    ]);
    expect(await rowsOf('{"question":{"x1":"a","x2":"c"},"answer":{"x1":"b","x2":"d"}}')).toEqual([
      { index: 'x1', question: 'a', answer: 'b' },
      { index: 'x2', question: 'c', answer: 'd' },
    ]);
  });

  it('from a file', async () => {
    const table = await file('pandas-columns.json');
    expect(table).toMatchObject({
      columns: ['instruction', 'output'],
      rows: [
        ['a', 'c'],
        ['b', 'd'],
      ],
    });
  });
});

describe('rows deeper in a file', () => {
  it.each([
    ['{"data": {"train": [{"a": "1"}]}}', [{ a: '1' }]],
    ['{"data": [{"a": "1"}, {"a": "2"}], "version": "1.1"}', [{ a: '1' }, { a: '2' }]],
    ['{"version": 2, "tags": ["x"], "data": [{"a": "1"}, {"a": "2"}]}', [{ a: '1' }, { a: '2' }]],
    ['{"data": {"columns": ["a"], "data": [["1"]]}}', [{ a: '1' }]],
    ['{"data": [["question", "answer"], ["a", "b"]]}', [{ question: 'a', answer: 'b' }]],
    ['{"features": [{"name": "a"}], "rows": [{"row_idx": 0, "row": {"a": "1"}, "truncated_cells": []}]}', [{ a: '1' }]],
    ['{"result": {"page": 1, "items": [{"a": "1"}]}}', [{ a: '1' }]],
  ])('%s', async (text, rows) => {
    expect(await rowsOf(text)).toEqual(rows);
  });

  it('from a file', async () => {
    expect(await file('nested-train.json')).toMatchObject({ columns: ['instruction', 'output'], rows: [['a', 'b']] });
  });

  it('says which lists are not read', async () => {
    const table = await json('{"test": [{"a": "1"}, {"a": "2"}], "train": [{"a": "3"}]}');
    expect(table.rows).toEqual([['3']]);
    expect(table.problems).toEqual([{ kind: 'other-list', column: 'test', count: 2, rows: [] }]);
  });

  it('are not looked for in a conversation or in one record', async () => {
    const messages = '[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]';
    for (const text of [messages, `{"messages": ${messages}}`, `{"messages": ${messages}, "tools": [{"name": "f"}]}`])
      expect((await rowsOf(text))[0]!.messages).toBe(messages);
    expect(await rowsOf('{"instruction": "a", "output": "b", "tags": ["x", "y"]}')).toEqual([
      { instruction: 'a', output: 'b', tags: '["x","y"]' },
    ]);
  });
});

describe('what Python and people write', () => {
  it('a .jsonl that is a list, and one with bare NaN', async () => {
    expect((await file('array.jsonl')).rows).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    const table = await file('nan.jsonl');
    expect(table).toMatchObject({
      columns: ['instruction', 'input', 'output'],
      rows: [
        ['a', '', 'b'],
        ['c', 'x', 'd'],
      ],
    });
    expect(table.problems).toEqual([{ kind: 'empty-cell', column: 'input', count: 1, rows: [1] }]);
  });

  it('commas at the ends of lines', async () => {
    const table = await file('trailing-commas.jsonl');
    expect(table.rows.map(([question]) => question)).toEqual(['q0', 'q1', 'q2', 'q3', 'q4', 'q5']);
    expect(table.problems).toEqual([]);
  });

  it.each([
    ['pretty-printed records', '{\n  "a": "1"\n}\n{\n  "a": "2"\n}\n'],
    ['a pretty-printed list', '[\n  {\n    "a": "1"\n  },\n  {"a": "2"}\n]\n'],
    ['records on one line', '{"a":"1"}{"a":"2"}'],
    ['records with commas between', '{"a":"1"},\n{"a":"2"}'],
    ['lists put together', '[{"a":"1"}]\n[{"a":"2"}]'],
    ['commas before brackets', '[{"a":"1",},{"a":"2"},]'],
    ['comments', '// rows\n[{"a":"1"}, /* and */ {"a":"2"}] // end'],
    ['lists of lists', '[["text"],["1"],["2"]]'],
    ['a list a line', '["text"]\n["1"]\n["2"]'],
    ['texts', '["1","2"]'],
    ['the dictionaries of Python', "{'a': '1'}\n{'a': '2'}\n"],
  ])('%s', async (_, text) => {
    for (const name of ['a.json', 'a.jsonl']) expect((await json(text, name)).rows).toEqual([['1'], ['2']]);
  });

  it('Infinity, line breaks in texts, escapes', async () => {
    expect((await json('[{"a": Infinity, "b": [NaN, -Infinity], "c": "x\ny\\u00e9\\/"}]')).rows).toEqual([
      ['Infinity', '[null,-Infinity]', 'x\nyé/'],
    ]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['[{"a": 1},\n {"a": 2} x]', { code: 'json-invalid', line: 2, column: 11, found: 'x]' }],
    ['[{"a": 1},', { code: 'json-invalid', line: 1, column: 11, found: '…' }],
    ['{"a": "open', { code: 'json-invalid', line: 1, column: 7, found: '"open' }],
    ['[{"a": hello}]', { code: 'json-invalid', line: 1, column: 8, found: 'hello}]' }],
    ['3', { code: 'json-no-rows', found: '3' }],
    ['[1, 2]', { code: 'json-no-rows', found: '[1, 2]' }],
    [`${'['.repeat(2000)}`, { code: 'json-invalid', line: 1, column: 501 }],
  ])('is named with its place: %j', async (text, error) => {
    for (const name of ['a.json', 'a.jsonl']) expect(await errorOf(text, name)).toMatchObject({ file: name, ...error });
  });

  it('in a line of many is left out and listed', async () => {
    const table = await json('{"a": "1"}\n{"a": broken\n[1]\n{"a": "2"}\n', 'a.jsonl');
    expect(table.rows).toEqual([['1'], ['2']]);
    expect(table.problems).toEqual([{ kind: 'unreadable', count: 2, rows: [2, 3] }]);
  });
});

it('lists columns that change what a row means and are not used', async () => {
  const rows = [
    { instruction: 'And 2?', output: '4', history: [['Double 1.', '2']], chat_template_kwargs: {} },
    { instruction: 'Hi', output: 'Hello', history: [], chat_template_kwargs: { enable_thinking: false } },
    { instruction: 'Bye', output: 'Bye', history: null, chat_template_kwargs: null },
  ];
  const { problems } = await json(JSON.stringify(rows));
  expect(problems.filter(({ kind }) => kind !== 'empty-cell')).toEqual([
    { kind: 'history-unread', column: 'history', count: 1, rows: [] },
    { kind: 'template-settings-unread', column: 'chat_template_kwargs', count: 1, rows: [] },
  ]);
});
