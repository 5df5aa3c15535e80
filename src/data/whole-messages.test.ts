import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer, type TokenizerFiles } from '../text/tokenizer.ts';
import { type ColumnMapping, exampleRows, recogniseColumns } from './columns.ts';
import { buildExamples } from './example-set.ts';
import { builtExample, type ExampleRow, type ExampleSettings, tokenPreview } from './examples.ts';
import { readTable } from './read-table.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const { files } = JSON.parse(read('../text/golden/gpt2-kind.json').toString()) as { files: TokenizerFiles };
/** Writes all that a message may have: what stands in the text shows what the template was given. */
const telling =
  "{% if tools %}<tools>{{ tools | tojson }}</tools>{% endif %}{% for m in messages %}<{{ m.role }}>{% if m.name and m.role != 'tool' %}({{ m.name }}){% endif %}{% if m.reasoning_content %}[{{ m.reasoning_content }}]{% endif %}{{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}</end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
const silent =
  '{% for m in messages %}<{{ m.role }}>{{ m.content }}</end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}';
const tokenizer = createTokenizer({ ...files, chatTemplate: telling });
const plain = createTokenizer({ ...files, chatTemplate: silent });
const settings: ExampleSettings = {
  ...{ prompt_template: 'chat', text_system_start: '', text_prompt_start: '', text_answer_separator: '' },
  ...{ prompt_column_separator: '\n\n', add_eos_token_to_system: false, add_eos_token_to_prompt: false },
  ...{ add_eos_token_to_answer: false, mask_prompt_labels: true, only_last_answer: false, max_length: 4096 },
};
const custom: ExampleSettings = { ...settings, prompt_template: 'custom' };

/** The text that is made of a row, the learned parts in 【】. */
function seen(row: ExampleRow, how = settings, using = tokenizer): string {
  const { example } = builtExample(row, using, how);
  if (!example) return '';
  const marked = tokenPreview(example, using).map(({ text, learned }) => (learned ? `【${text}】` : text));
  return marked.join('').replaceAll('】【', '');
}

async function rowsOf(name: string, mapping?: Partial<ColumnMapping>): Promise<ExampleRow[]> {
  const table = await readTable(new Blob([read(`./golden/as-found/${name}`)]), { fileName: name });
  const { answer_column, ...found } = recogniseColumns(table.columns, table.rows);
  return exampleRows(table, { ...found, answer_column: answer_column ?? '', ...mapping });
}

const rowOf = (messages: unknown, more: Record<string, string> = {}, mapping: Partial<ColumnMapping> = {}) =>
  exampleRows(
    { columns: ['messages', ...Object.keys(more)], rows: [[JSON.stringify(messages), ...Object.values(more)]] },
    { prompt_column: [], answer_column: '', messages_column: 'messages', ...mapping },
  )[0]!;
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown, more: object = {}) => ({ role: 'assistant', content, ...more });

describe('a template gets messages whole', () => {
  it('thoughts', async () => {
    const [row] = await rowsOf('messages-reasoning.jsonl');
    expect(seen(row!)).toBe('<user>2+2?</end><assistant>【[Two and two make four.]4</end>】');
  });

  it('calls of tools, what comes of them, and names', async () => {
    const [row] = await rowsOf('messages-tool-calls.jsonl');
    const call = '{"name": "weather", "arguments": {"city": "Oslo"}}';
    expect(seen(row!)).toBe(`<user>Weather in Oslo?</end><assistant>【Let me look.${call}</end>】`);
    const calls = [{ type: 'function', function: { name: 'f', arguments: { x: 1 } } }];
    const long = [
      { role: 'user', content: 'a', name: 'Ann' },
      assistant(null, { tool_calls: calls }),
      { role: 'tool', content: '7', tool_call_id: '1' },
      assistant('It is 7.'),
      user('b'),
      assistant(null, { tool_calls: calls }),
    ];
    const f = '{"name": "f", "arguments": {"x": 1}}';
    expect(seen(rowOf(long))).toBe(
      `<user>(Ann)a</end><assistant>【${f}</end>】<tool>7</end><assistant>【It is 7.</end>】<user>b</end><assistant>【${f}</end>】`,
    );
  });

  it('tools of a column beside them', async () => {
    const [row] = await rowsOf('messages-tools-column.jsonl');
    const tools = '[{"type": "function", "function": {"name": "weather"}}]';
    expect(seen(row!)).toBe(`<tools>${tools}</tools><user>hi</end><assistant>【yo</end>】`);
  });

  it('a system column where they have no system text', () => {
    const messages = [user('a'), assistant('b')];
    const mapping = { system_column: 'system' };
    expect(seen(rowOf(messages, { system: 'Be kind.' }, mapping))).toMatch(/^<system>Be kind.<\/end><user>a/);
    for (const kept of ['[{"text": "Be kind."}]', '{"role": "system", "parts": [{"text": "Be kind."}]}'])
      expect(seen(rowOf(messages, { system: kept }, mapping))).toMatch(/^<system>Be kind.<\/end><user>a/);
    for (const kept of ['{"a": 1}', '[1] is one.', '["x"]'])
      expect(seen(rowOf(messages, { system: kept }, mapping))).toContain(`<system>${kept}</end>`);
    const own = [{ role: 'system', content: 'Own.' }, ...messages];
    expect(seen(rowOf(own, { system: 'Be kind.' }, mapping))).toMatch(/^<system>Own.<\/end><user>a/);
    expect(seen(rowOf(messages, { system: '' }, mapping))).toMatch(/^<user>a/);
  });
});

describe('a template gets messages as they stand', () => {
  const system = (content: string) => ({ role: 'system', content });

  it.each([
    [
      'a system text amid them',
      [user('a'), assistant('b'), system('Be kind.'), user('c'), assistant('d')],
      '<user>a</end><assistant>【b</end>】<system>Be kind.</end><user>c</end><assistant>【d</end>】',
      'a【b】Be kind.\n\nc【d】',
    ],
    [
      'two system texts before them',
      [system('Be kind.'), system('Be brief.'), user('a'), assistant('b')],
      '<system>Be kind.</end><system>Be brief.</end><user>a</end><assistant>【b</end>】',
      'Be kind.\n\nBe brief.a【b】',
    ],
    [
      'a system text that is empty',
      [system(''), user('a'), assistant('b')],
      '<system></end><user>a</end><assistant>【b</end>】',
      'a【b】',
    ],
    [
      'two questions and two answers in a row',
      [user('a'), user('b'), assistant('c'), assistant('d')],
      '<user>a</end><user>b</end><assistant>【c</end>】<assistant>【d</end>】',
      'a\n\nb【c\n\nd】',
    ],
    [
      'an answer before any question',
      [assistant('a'), user('b'), assistant('c')],
      '<assistant>【a</end>】<user>b</end><assistant>【c</end>】',
      // Nothing stands before the first token that it could be predicted from.
      'ab【c】',
    ],
  ])('%s', (_, messages, chat, text) => {
    expect(seen(rowOf(messages))).toBe(chat);
    expect(seen(rowOf(messages), custom)).toBe(text);
  });

  it('with numbers and the order of keys as Python has them, in another thread too', () => {
    const given = '{"b": 1.0, "1": 1098765432109876543, "a": [1e-7, 1e22, -0.0, 12, 2.50]}';
    const written = '{"b": 1.0, "1": 1098765432109876543, "a": [1e-07, 1e+22, -0.0, 12, 2.5]}';
    const cells = [
      `[{"role": "user", "content": 12345678901234567890}, {"role": "assistant", "content": 1.0, "tool_calls": [{"function": ${given}}]}]`,
      `[{'role': 'user', 'content': 12345678901234567890}, {'role': 'assistant', 'content': 1.0, 'tool_calls': [{'function': ${given}}]}]`,
    ];
    const mapping = { prompt_column: [], answer_column: '', messages_column: 'messages' };
    for (const cell of cells) {
      const table = { columns: ['messages', 'tools'], rows: [[cell, given]] };
      const [row] = exampleRows(table, mapping);
      const text = `<tools>[${written}]</tools><user>12345678901234567890</end><assistant>【1.0${written}</end>】`;
      expect(seen(row!)).toBe(text);
      expect(seen(structuredClone(row!))).toBe(text);
    }
  });

  it('but not where its tools cannot be read, or its calls are of a kind that it does not write', () => {
    const messages = [user('a'), assistant('b')];
    const unread = rowOf(messages, { tools: '[{"name": oops}]' });
    const call = rowOf([user('a'), assistant('b', { function_call: { name: 'f', arguments: '{}' } })]);
    for (const row of [unread, call]) expect(builtExample(row, tokenizer, settings).problem).toBe('needs-chat');
    expect(seen(rowOf(messages, { tools: 'null' }))).toBe('<user>a</end><assistant>【b</end>】');
  });
});

describe('an answer of weight 0', () => {
  it('is read and not learned', async () => {
    const [row] = await rowsOf('messages-weight.jsonl');
    const text = '<user>q</end><assistant>bad</end><user>r</end><assistant>【good</end>】';
    expect(seen(row!)).toBe(text);
    expect(seen(row!, { ...settings, mask_prompt_labels: false })).toBe(
      '<【user>q</end><assistant>】bad</end>【<user>r</end><assistant>good</end>】',
    );
    expect(seen(row!, custom)).toBe('qbadr【good】');
  });

  it.each([
    [{ weight: 0 }],
    [{ loss_weight: 0.0 }],
    [{ train: false }],
    [{ loss: false }],
    [{ training: false }],
    [{ weight: '0' }],
    [{ train: 'False' }],
  ])('by any of its names: %j', (mark) => {
    const last = [user('a'), assistant('b'), user('c'), assistant('d', mark)];
    expect(seen(rowOf(last))).toBe('<user>a</end><assistant>【b</end>】<user>c</end><assistant>d</end>');
    const only = rowOf([user('a'), assistant('b', mark)]);
    expect(builtExample(only, tokenizer, settings).problem).toBe('no-answer');
  });

  it('is no other weight, which is listed', () => {
    const row = rowOf([user('a'), assistant('b', { weight: 0.5 })]);
    expect(builtExample(row, tokenizer, settings)).toMatchObject({ notes: ['weight-as-one'] });
    expect(builtExample(rowOf([user('a'), assistant('b', { weight: 1 })]), tokenizer, settings).notes).toBeUndefined();
  });
});

describe('prompt and completion as lists of messages', () => {
  it('are one conversation, whose completion is learned', async () => {
    const [row] = await rowsOf('prompt-completion-lists.jsonl');
    expect(seen(row!)).toBe('<user>hi</end><assistant>【yo</end>】');
  });

  const split = (prompt: unknown, completion: unknown) => {
    const cell = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
    const table = { columns: ['prompt', 'completion'], rows: [[cell(prompt), cell(completion)]] };
    return exampleRows(table, { prompt_column: ['prompt'], answer_column: 'completion' })[0]!;
  };

  it.each([
    [
      'with earlier answers',
      [user('a'), assistant('b'), user('c')],
      [assistant('d')],
      'a</end><assistant>b</end><user>c',
    ],
    ['with a text as completion', [user('a')], 'd', 'a'],
    ['with a text as prompt', 'a', [assistant('d')], 'a'],
    ['that holds the question, too', 'a', [user('a'), assistant('d')], 'a'],
  ])('%s', (_, prompt, completion, before) => {
    expect(seen(split(prompt, completion))).toBe(`<user>${before}</end><assistant>【d</end>】`);
  });

  it('are texts where they are no lists of messages', () => {
    expect(split('[1, 2]', '{"a": 1}')).toEqual({ prompt: ['[1, 2]'], answer: '{"a": 1}', number: 1 });
  });
});

describe('preference data', () => {
  const columns = ['prompt', 'chosen', 'rejected'];
  const list = JSON.stringify([user('a'), assistant('b')]);

  it('has no answer until the user chooses one', () => {
    expect(recogniseColumns(columns)).toMatchObject({
      prompt_column: ['prompt'],
      answer_column: null,
      preference: true,
    });
    expect(recogniseColumns(['chosen', 'rejected'])).toMatchObject({ answer_column: null, preference: true });
    expect(recogniseColumns(['prompt', 'chosen'])).toMatchObject({ answer_column: 'chosen', preference: false });
    const table = { columns, rows: [['a', 'b', 'c']] };
    for (const answer_column of ['', 'output'])
      expect(() => exampleRows(table, { prompt_column: ['prompt'], answer_column })).toThrow('preference data');
    const [row] = exampleRows(table, { prompt_column: ['prompt'], answer_column: 'chosen' });
    expect(row).toMatchObject({ prompt: ['a'], answer: 'b' });
  });

  it('is also a verdict on each single answer, and no class', () => {
    const judged = ['prompt', 'completion', 'label'];
    const rows = ['true', 'false'].map((label) => ['a', 'b', label]);
    expect(recogniseColumns(judged, rows)).toMatchObject({ answer_column: null, preference: true });
    expect(recogniseColumns(judged, [['a', 'b', 'sad']])).toMatchObject({ preference: false });
    const table = { columns: judged, rows };
    expect(() => exampleRows(table, { prompt_column: ['prompt'], answer_column: '' })).toThrow('preference data');
    expect(exampleRows(table, { prompt_column: ['prompt'], answer_column: 'completion' })).toHaveLength(2);
  });

  it('of conversations is read once it is chosen', () => {
    const [row] = exampleRows(
      { columns, rows: [['a', list, list]] },
      { prompt_column: ['prompt'], answer_column: 'chosen' },
    );
    expect(seen(row!)).toBe('<user>a</end><assistant>【b</end>】');
  });
});

describe('shapes of messages', () => {
  it('parts with a value', async () => {
    const [row] = await rowsOf('message-part-value.jsonl');
    expect(row!.prompt).toEqual(['hi']);
    expect(row!.answer).toMatch(/^Hello! I am {{name}}, an AI assistant/);
  });

  it.each([
    ['lists for each field', { role: ['user', 'assistant'], content: ['a', 'b'] }],
    ['lists for each field, under a name', { messages: { from: ['human', 'gpt'], value: ['a', 'b'] } }],
    ['a list of texts', [user(['a']), assistant(['b'])]],
    ['one part', [user({ type: 'text', text: 'a' }), assistant({ type: 'output_text', text: 'b' })]],
    [
      'parts of two kinds',
      [user([{ type: 'text', text: 'a', image: null }]), { role: 'model', parts: [{ text: 'b' }] }],
    ],
  ])('%s', (_, messages) => {
    expect(rowOf(messages)).toMatchObject({ prompt: ['a'], answer: 'b' });
  });

  it('no content is an empty text', () => {
    expect(rowOf([{ role: 'system', content: null }, user('a'), assistant('b')])).toMatchObject({ answer: 'b' });
  });

  it.each([
    ['no-conversation', 'conversations-none', ['a', 'b']],
    ['unknown-role', 'conversations-role', [user('a'), { role: 'narrator', content: 'b' }, assistant('c')]],
    ['no-text', 'conversations-no-text', [user([{ type: 'image', image: 'x.png' }]), assistant('c')]],
    ['unanswered', 'conversations-unanswered', [user('a')]],
  ])('what cannot be read is said: %s', (problem, code, messages) => {
    const row = rowOf(messages);
    expect(builtExample(row, tokenizer, settings)).toMatchObject({ problem, error: { code, params: { row: 1 } } });
    expect(() => buildExamples([row, row], tokenizer, settings)).toThrow(expect.objectContaining({ code }));
    const good = rowOf([user('a'), assistant('b')]);
    expect(buildExamples([good, row], tokenizer, settings).problems).toMatchObject({ [problem]: [1] });
  });
});

it('empty answers alone are no matter of max_length', () => {
  const empty = { prompt: ['a'], answer: ' ' };
  const thrown =
    (rows: ExampleRow[], how = settings) =>
    () =>
      buildExamples(rows, tokenizer, how);
  expect(thrown([empty, empty])).toThrow(expect.objectContaining({ code: 'answers-empty' }));
  const long = { prompt: [], answer: 'a b c' };
  const short = { ...custom, max_length: 1 };
  expect(thrown([long, long], short)).toThrow(expect.objectContaining({ code: 'labels-all-masked' }));
});

describe('what a template cannot write', () => {
  const tools = JSON.stringify([{ type: 'function', function: { name: 'f' } }]);
  const thoughts = rowOf([user('a'), assistant('b', { reasoning_content: 'c' })]);
  const calls = rowOf([user('a'), assistant('', { tool_calls: [{ function: { name: 'f' } }] })]);
  const offered = rowOf([user('a'), assistant('b')], { tools });

  it.each([
    ['a chat template without these fields', settings, plain],
    ['another template', custom, tokenizer],
  ])('is listed: %s', (_, how, using) => {
    expect(builtExample(thoughts, using, how).notes).toEqual(['fields-unread']);
    expect(builtExample(calls, using, how).problem).toBe('needs-chat');
    expect(builtExample(offered, using, how).problem).toBe('needs-chat');
  });

  it('is nothing where it writes them all', () => {
    for (const row of [thoughts, calls, offered]) {
      const { notes, problem } = builtExample(row, tokenizer, settings);
      expect([notes, problem]).toEqual([undefined, undefined]);
    }
  });
});
