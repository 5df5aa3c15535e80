import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import { AppError } from '../../errors.ts';
import { chosenRows } from '../../tasks/texts/rows.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { makeRows, type RowWriter } from './make.ts';
import { cleanReply, languageDiffers, remarkOf } from './replies.ts';
import { fillRequest, requestLanguage, usualTexts } from './requests.ts';
import type { MadeRow, MakeSettings } from './rows.ts';
import { madeSources } from './sources.ts';
import { madeCsv, reviewTable, withApproved, withMade, withoutMade } from './table.ts';
import { serverWriter } from './writers.ts';

const rows = Array.from({ length: 20 }, (_, index) => [`Question ${index}?`, index === 3 ? '' : `Answer ${index}.`]);
const training = { columns: ['q', 'a'], rows };
const configOf = (dataset: object = {}) =>
  parseRunConfig({
    dataset: { prompt_column: 'q', answer_column: 'a', validation_size: 0.25, ...dataset },
    environment: { seed: 4 },
  });
const config = configOf();
const sources = madeSources({ training }, config);

const settings: MakeSettings = {
  kinds: ['paraphrase', 'answer'],
  critique: false,
  count: 6,
  seed: 1,
  temperature: 0.7,
  topP: 0.9,
  maxNewTokens: 50,
  texts: usualTexts,
};

/** Writes what is said for each request in turn, and notes what was asked. */
function saying(...replies: readonly (string | { text: string; isCut: boolean })[]) {
  const asked: { request: string; seed: number }[] = [];
  const writer: RowWriter = {
    name: 'someone',
    async write(request, { seed }) {
      const reply = replies[asked.length % replies.length]!;
      asked.push({ request, seed });
      return typeof reply === 'string' ? { text: reply, isCut: false } : reply;
    },
  };
  return { writer, asked };
}

async function made(writer: RowWriter, changes: Partial<MakeSettings> = {}, signal?: AbortSignal) {
  const found: MadeRow[] = [];
  for await (const row of makeRows(sources, { ...settings, ...changes }, writer, signal)) found.push(row);
  return found;
}
const heldPrompts = chosenRows({ training }, config).validation.map(({ prompt }) => prompt[0]!);

describe('what rows are made from', () => {
  test('are those that are learned, and never one that is held back', () => {
    expect(heldPrompts).toHaveLength(5);
    expect(sources.rows).toHaveLength(15);
    expect(sources.rows.some(({ prompt }) => heldPrompts.includes(prompt))).toBe(false);
  });

  test('are no rows that were made, nor any whose prompt is held back elsewhere', () => {
    const twice = [...rows, [heldPrompts[0]!, 'another answer']];
    const first = madeSources({ training: { columns: ['q', 'a'], rows: twice } }, configOf({ validation_size: 0.01 }));
    const table = withMade(first, [{ kind: 'paraphrase', by: 'm', source: first.rows[0]!.number, text: 'New' }]);
    const again = madeSources({ training: table }, configOf({ validation_size: 0.01 }));
    expect(again.rows.some(({ prompt }) => prompt === 'New')).toBe(false);
    expect(again.rows).toHaveLength(first.rows.length);
  });

  test.each([
    [{ problem_type: 'text', answer_column: 'a' }, /no prompt to work from/],
    [{ messages_column: 'q' }, /messages_column/],
    [{ parent_id_column: 'q', id_column: 'a' }, /parent_id_column/],
  ])('must have a prompt of their own: %j', (dataset, reason) => {
    expect(() => madeSources({ training }, configOf(dataset))).toThrow(reason);
  });

  test('are said in other words with their label, and no answer is drafted for it', async () => {
    const labelled = madeSources({ training }, configOf({ problem_type: 'classification' }));
    expect(labelled.kinds).toEqual(['paraphrase']);
    const { writer } = saying('x');
    await expect(makeRows(labelled, settings, writer).next()).rejects.toThrow('only paraphrase can be made');
  });
});

describe('rows that are made', () => {
  test('are of each kind in turn, with what they were made from beside them', async () => {
    const { writer, asked } = saying('In other words', 'A draft');
    const found = await made(writer);
    expect(found.map(({ kind }) => kind)).toEqual([
      ...['paraphrase', 'answer', 'paraphrase', 'answer', 'paraphrase', 'answer'],
    ]);
    const { number, prompt, answer } = sources.rows.find((row) => row.number === found[0]!.source)!;
    expect(found[0]).toEqual({
      ...{ kind: 'paraphrase', by: 'someone', source: number, original: prompt, beside: answer },
      ...{ text: 'In other words', checks: [], remark: '' },
    });
    expect(asked[0]!.request).toBe(usualTexts.en.paraphrase.replace('{text}', prompt));
    expect(asked[1]!.request).toMatch(/^Answer the last(.|\n)*(Request: .*\nAnswer: .*\n\n){3}Request: .*\nAnswer:$/);
    for (const held of heldPrompts) expect(asked.map(({ request }) => request).join()).not.toContain(held);
    expect(new Set(asked.map(({ seed }) => seed)).size).toBe(6);
  });

  test('are drafts of prompts without an answer first, and no paraphrases of those', async () => {
    const unanswered = sources.rows.filter(({ answer }) => answer === '').map(({ number }) => number);
    expect(unanswered).toEqual([4]);
    const found = await made(saying('x').writer, { count: 30 });
    const of = (wanted: string) => found.filter(({ kind }) => kind === wanted).map(({ source }) => source);
    expect(of('answer').indexOf(4)).toBe(0);
    expect(of('paraphrase')).not.toContain(4);
    expect(found[1]).toMatchObject({ original: '', beside: 'Question 3?', checks: [] });
    const none = madeSources({ training: { columns: ['q', 'a'], rows: rows.map(([q = '']) => [q, '']) } }, config);
    await expect(makeRows(none, settings, saying('x').writer).next()).rejects.toThrow(
      'no row to learn from has an answer',
    );
  });

  test('are the same for the same seed, and of other rows for another', async () => {
    const of = async (seed: number) => {
      const { writer, asked } = saying('x');
      const found = await made(writer, { seed });
      return { asked, sources: found.map(({ source }) => source) };
    };
    expect(await of(1)).toEqual(await of(1));
    expect((await of(2)).sources).not.toEqual((await of(1)).sources);
  });

  test('begin again with the first source where more are wanted than there are', async () => {
    const found = await made(saying('x').writer, { kinds: ['paraphrase'], count: 18 });
    expect(new Set(found.slice(0, 14).map(({ source }) => source)).size).toBe(14);
    expect(found[14]!.source).toBe(found[0]!.source);
  });

  test.each([
    ['', ['empty']],
    ['<think>hm</think>  ', ['empty']],
    ['SOURCE', ['same-as-source']],
    [' “source!” ', ['same-as-source']],
    ['OTHER', ['repeated']],
    ['HELD', ['repeated', 'held-out']],
    [{ text: 'Half of a', isCut: true }, ['cut-off']],
    ['これは別の言い方です。', ['language-differs']],
    ['What else?', []],
  ])('are checked: %j is %j', async (reply, checks) => {
    const { writer: first } = saying('x');
    const source = (await made(first, { kinds: ['paraphrase'], count: 1 }))[0]!.source;
    const prompt = rows[source - 1]![0]!;
    const words: Record<string, string> = {
      SOURCE: prompt.toUpperCase(),
      ' “source!” ': `“${prompt} ”`,
      OTHER: sources.rows.find(({ number }) => number !== source)!.prompt,
      HELD: heldPrompts[0]!,
    };
    const said = typeof reply === 'string' ? (words[reply] ?? reply) : reply;
    expect(await made(saying(said).writer, { kinds: ['paraphrase'], count: 1 })).toMatchObject([{ checks }]);
  });

  test('are told to be repeated where one was made before', async () => {
    const found = await made(saying('What else?').writer, { kinds: ['paraphrase'], count: 2 });
    expect(found.map(({ checks }) => checks)).toEqual([[], ['repeated']]);
  });

  test('have what a critique finds wrong, and say where it says nothing', async () => {
    const { writer, asked } = saying('One?', 'OK.', 'Two?', 'The name is missing.', 'Three?', '');
    const found = await made(writer, { critique: true, kinds: ['paraphrase'], count: 3 });
    expect(found.map(({ remark }) => remark)).toEqual(['', 'The name is missing.', '']);
    expect(found.map(({ checks }) => checks)).toEqual([[], [], ['no-critique']]);
    expect(asked[1]!.request).toContain(`Request: One?\nAnswer: ${found[0]!.beside}`);
  });

  test('that do not fit into the model are said to, and the others go on', async () => {
    let count = 0;
    const writer: RowWriter = {
      name: 'm',
      async write() {
        if (count++ === 0) throw new AppError('prompt-too-long', { tokens: 9, limit: 5 });
        return { text: 'Well?', isCut: false };
      },
    };
    const found = await made(writer, { kinds: ['paraphrase'], count: 2 });
    expect(found.map(({ text, checks }) => [text, checks])).toEqual([
      ['', ['too-long']],
      ['Well?', []],
    ]);
  });

  test('end where they are stopped, without a text that was broken off', async () => {
    const stop = new AbortController();
    let count = 0;
    const writer: RowWriter = {
      name: 'm',
      async write() {
        if (++count === 3) stop.abort();
        return { text: `Text ${count}`, isCut: false };
      },
    };
    expect(await made(writer, {}, stop.signal)).toHaveLength(2);
  });

  test('need a place for what is asked about in an edited request', async () => {
    const texts = { ...usualTexts, ja: { ...usualTexts.ja, critique: '{prompt} ?' } };
    await expect(made(saying('x').writer, { texts })).rejects.toThrow('ja.critique has no place {answer}');
  });
});

describe('what a model replies', () => {
  test.each([
    ['Sure! Here is the new text:\n\n"How are you?"', 'How are you?'],
    ['Rewritten text: How are you?', 'How are you?'],
    ['<think>The user wants…\n</think>\nHow are you?', 'How are you?'],
    ['```\nHow are you?\n```', 'How are you?'],
    ['書き換えた文章：「お元気ですか？」', 'お元気ですか？'],
    ['He said "no" and "yes"', 'He said "no" and "yes"'],
    ['"a" or "b"', '"a" or "b"'],
    ['<think>never ended', ''],
  ])('%j is taken as %j', (reply, text) => expect(cleanReply(reply, 'paraphrase').text).toBe(text));

  test('of a draft keeps its quotes and code, and ends where another example begins', () => {
    expect(cleanReply('```js\n1\n```', 'answer').text).toBe('```js\n1\n```');
    expect(cleanReply('Blue.\n\nRequest: and the sea?\nAnswer: Blue', 'answer')).toEqual({
      text: 'Blue.',
      isEnded: true,
    });
  });

  test.each([
    ['OK', ''],
    ['**OK.**', ''],
    ['ＯＫ', ''],
    ['問題ありません。', ''],
    ['OK, but the year is wrong.', 'OK, but the year is wrong.'],
    ['Okra is no\nfruit.', 'Okra is no fruit.'],
    [' ', null],
  ])('as a critique: %j is %j', (reply, remark) => expect(remarkOf(reply)).toBe(remark));

  test('is in another language where its script is another', () => {
    expect(languageDiffers('The sky is blue.', '空は青いです。')).toBe(true);
    expect(languageDiffers('WebGPU の話です', '空は青いです。')).toBe(false);
    expect(languageDiffers('42', '空は青いです。')).toBe(false);
    expect([requestLanguage('東京'), requestLanguage('Tokyo')]).toEqual(['ja', 'en']);
  });

  test('is not asked with what braces of a row would bring in', () => {
    expect(fillRequest('{prompt} {answer} {other}', { prompt: '{answer}', answer: 'a' })).toBe('{answer} a {other}');
  });
});

describe('a table with made rows', () => {
  const found = () => made(saying('In other words, "so"', 'A draft').writer, { count: 2 });

  test('that is to be looked at has none approved, and only approved rows come into the table', async () => {
    const review = reviewTable(sources, await found());
    const opened = await readTable(madeCsv(review), { fileName: 'made.csv' });
    expect(withApproved(training, opened, false)).toMatchObject({ taken: 0, made: 2 });
    expect(withApproved(training, opened, true).taken).toBe(2);
    const approved = {
      ...opened,
      rows: opened.rows.map((cells, row) => cells.map((cell) => (row === 1 && cell === 'no' ? 'Yes' : cell))),
    };
    const { table, taken } = withApproved(training, approved, false);
    expect([taken, table.rows.length]).toEqual([1, 21]);
    const { prompt } = sources.rows.find(({ number }) => number === Number(opened.rows[1]![6]))!;
    expect(table.rows.at(-1)).toEqual([prompt, 'A draft', 'answer', 'someone', prompt, 'yes']);
    expect(withoutMade(table)).toEqual(training);
  });

  test('leaves out, of those that nobody has looked at, what a check or a critique finds', async () => {
    const [first, second] = await found();
    const review = reviewTable(sources, [
      { ...first!, checks: ['cut-off'] },
      { ...second!, remark: 'wrong' },
    ]);
    expect(withApproved(training, review, true)).toMatchObject({ taken: 0, made: 2 });
  });

  test('has what was accepted behind its own rows, learned and never held back', async () => {
    const table = withMade(sources, await found());
    expect(table.rows.slice(0, 20).map((cells) => cells.slice(0, 2))).toEqual(rows);
    const chosen = chosenRows({ training: table }, config);
    expect(chosen.training).toHaveLength(17);
    expect(chosen.validation.map(({ prompt }) => prompt[0])).toEqual(heldPrompts);
    expect(withoutMade(withMade(madeSources({ training: table }, config), await found()))).toEqual(training);
  });
});

describe('a server that writes', () => {
  let answer: { status: number; body: unknown };
  const asked: { url: string | undefined; key: string | undefined; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece) => (text += piece));
    request.on('end', () => {
      asked.push({ url: request.url, key: request.headers.authorization, body: JSON.parse(text) });
      response.writeHead(answer.status, { 'Content-Type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  let endpoint: string;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });
  afterAll(() => server.close());
  const writer = (key = '') => serverWriter({ endpoint: `${endpoint}/`, model: 'm', key, fetch });
  const choice = (content: unknown, finish_reason = 'stop') => ({ choices: [{ message: { content }, finish_reason }] });

  test('is asked as OpenAI would be, with the key only where there is one', async () => {
    answer = { status: 200, body: choice('New', 'length') };
    const written = await writer('secret').write('Say it anew', {
      temperature: 0.5,
      topP: 0.8,
      maxNewTokens: 9,
      seed: 3,
    });
    expect(written).toEqual({ text: 'New', isCut: true });
    expect(asked.at(-1)).toEqual({
      url: '/v1/chat/completions',
      key: 'Bearer secret',
      body: {
        ...{ model: 'm', temperature: 0.5, top_p: 0.8, max_tokens: 9, seed: 3 },
        messages: [{ role: 'user', content: 'Say it anew' }],
      },
    });
    await made(writer(), { count: 1 });
    expect(asked.at(-1)!.key).toBeUndefined();
  });

  test.each([
    [401, {}, 'it answered 401'],
    [200, 'no JSON', 'its answer has no text'],
    [200, choice(null), 'its answer has no text'],
    [200, {}, 'its answer has no text'],
  ])('that answers %i with %j is told with what to do', async (status, body, reason) => {
    answer = { status, body };
    await expect(made(writer())).rejects.toMatchObject({
      code: 'server-failed',
      params: { reason: { text: expect.any(String) } },
    });
    await expect(made(writer())).rejects.toThrow(reason);
  });

  test('must be named', () => {
    const given = { endpoint, model: 'm', key: '', fetch };
    expect(() => serverWriter({ ...given, endpoint: 'localhost' })).toThrow('http://localhost:11434/v1');
    expect(() => serverWriter({ ...given, model: '' })).toThrow('name of the server');
  });
});
