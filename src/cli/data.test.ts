import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { data } from './data.ts';

const example = fileURLToPath(new URL('../../public/example/', import.meta.url));
const golden = fileURLToPath(new URL('../../interop/golden-images/', import.meta.url));

let folder: string;
let printed: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-data-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** What `studio data … --json` prints. */
async function json(path: string, ...more: string[]) {
  await data([path, '--json', ...more]);
  return JSON.parse(printed.join('\n'));
}

async function text(path: string, ...more: string[]): Promise<string> {
  await data([path, ...more]);
  return printed.join('\n');
}

const codes = (report: { problems: { code: string; of: string; rows: number[] }[] }) =>
  report.problems.map(({ code, of, rows }) => [code, of, rows]);

/** A run on the example's model. */
const run = (dataset: object, more: object = {}) =>
  file(
    'run.json',
    JSON.stringify({ model: { llm_backbone: join(example, 'model') }, dataset, training: { batch_size: 1 }, ...more }),
  );

describe('of a file alone', () => {
  test('the columns as they are guessed, and what is wrong with which rows', async () => {
    const table = await file(
      'rows.csv',
      'instruction;output\nq;a\nq;a\n"one ""two"" three;x\n"; y\n" ";z\nr; \nlast;b;surplus\n',
    );
    const report = await json(table);
    expect(report).toMatchObject({ format: 'csv', encoding: 'utf-8', delimiter: ';', guessed: false, rowCount: 6 });
    expect(report.columns).toEqual(['instruction', 'output']);
    expect(report.recognised).toMatchObject({ prompt_column: ['instruction'], answer_column: 'output' });
    // As a spreadsheet counts: the header is row 1.
    expect(codes(report)).toEqual([
      ['duplicate', 'training', [3]],
      ['empty-cell', 'training', [5]],
      ['empty-cell', 'training', [6]],
      ['ragged', 'training', [7]],
      ['no-answer', 'training', [6]],
    ]);
    expect(report.problems.at(-1)).toMatchObject({ count: 1, text: expect.stringContaining('Left out of training') });
    // The row without an answer was to validate.
    expect(report.split).toEqual({ train: 5, validation: 0 });
    expect(report.rows).toEqual([]);
  });

  test('lines of JSON that are none, and conversations that cannot be read, by their lines', async () => {
    const lines = await file(
      'chats.jsonl',
      [
        '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}',
        '{"messages": "nothing of the kind"}',
        'no JSON',
        '{"messages": [{"role": "user", "content": "nobody answers"}]}',
      ].join('\n'),
    );
    const report = await json(lines);
    expect(report.format).toBe('jsonl');
    expect(report.recognised.messages_column).toBe('messages');
    expect(codes(report)).toEqual([
      ['unreadable', 'training', [3]],
      ['no-conversation', 'training', [2]],
      ['unanswered', 'training', [4]],
    ]);
  });

  test('a table of JSON is no run config, and plain text is one column', async () => {
    expect((await json(await file('rows.json', '[{"prompt": "q", "completion": "a"}]'))).columns).toEqual([
      'prompt',
      'completion',
    ]);
    printed = [];
    const lines = await text(await file('lines.txt', 'one\ntwo\n'));
    expect(lines).toContain('Format    plain text, utf-8');
    expect(lines).toContain('text: text (guessed: by its name)');
    expect(lines).toContain('  ["one"]');
  });

  test('a folder of pictures is counted by class', async () => {
    for (const path of ['cat/1.png', 'cat/2.png', 'dog/1.png']) await file(`pictures/${path}`, '');
    const report = await json(join(folder, 'pictures'));
    expect(report).toMatchObject({ format: 'pictures', rowCount: 3 });
    expect(report.classes).toEqual([
      { name: 'cat', count: 2 },
      { name: 'dog', count: 1 },
    ]);
  });
});

describe('of a run', () => {
  const columns = { prompt_column: ['q'], answer_column: 'a', prompt_template: 'custom', text_prompt_start: '' };

  test('the first rows as tokens: the answer is learned, what stands before it is read', async () => {
    const report = await json(join(example, 'run.json'), '--rows', '3');
    expect(report).toMatchObject({ rowCount: 200, split: { train: 170, validation: 30 }, problems: [], error: null });
    expect(report.rows).toHaveLength(3);
    const [first] = (await readFile(join(example, 'data.csv'), 'utf8')).split('\n').slice(1);
    const { row, ids, learned, pieces } = report.rows[0];
    expect(row).toBe(2);
    expect([learned.length, pieces.length]).toEqual([ids.length, ids.length]);
    const join_ = (wanted: boolean) => pieces.filter((_: string, index: number) => learned[index] === wanted).join('');
    // The example's own line: prompt, a line break between, answer, and the end token.
    const [prompt, answer] = first!.split(',');
    expect(join_(false)).toBe(`${prompt}\n`);
    expect(join_(true)).toBe(`${answer}<|end|>`);
  });

  test('rows that are cut, empty or held out without an answer are all listed, by the numbers of their own file', async () => {
    await file('train.csv', `q,a\nshort,yes\nnone,\n${'long '.repeat(80)},no\n`);
    await file('held.csv', 'q,a\none,\ntwo,\n');
    const report = await json(
      await run(
        {
          ...columns,
          train_dataframe: 'train.csv',
          validation_strategy: 'custom',
          validation_dataframe: 'held.csv',
        },
        { tokenizer: { max_length: 32, allow_truncation: true } },
      ),
    );
    expect(codes(report)).toEqual([
      ['empty-cell', 'training', [3]],
      ['empty-cell', 'validation', [2, 3]],
      ['too-long', 'training', [4]],
      ['no-answer', 'training', [3]],
      ['no-answer', 'validation', [2, 3]],
      ['validation-empty', 'validation', []],
    ]);
    expect(report.findings).toMatchObject([{ code: 'rows-cut', blocks: false }]);
    expect(report.split).toEqual({ train: 2, validation: 0 });
    expect(report.used).toMatchObject({ prompt_column: ['q'], answer_column: 'a' });
    expect(report.rows.map(({ row, leftOut }: { row: number; leftOut: boolean }) => [row, leftOut])).toEqual([
      [2, false],
      [3, true],
      [4, false],
    ]);
  });

  test('tables are read with the delimiter that the run names', async () => {
    await file('train.csv', 'q, short;a\nHello, you;Hi\nWho, me;Yes\n');
    await file('held.csv', 'q, short;a\nAnd, you;No\n');
    const dataset = {
      ...{ ...columns, prompt_column: ['q, short'], train_dataframe: 'train.csv' },
      ...{ validation_strategy: 'custom', validation_dataframe: 'held.csv' },
    };
    await expect(json(await run(dataset))).rejects.toMatchObject({ code: 'column-missing' });
    for (const delimiter of [';', 'tab']) {
      printed = [];
      if (delimiter === 'tab')
        for (const name of ['train.csv', 'held.csv'])
          await file(name, (await readFile(join(folder, name), 'utf8')).replaceAll(';', '\t'));
      const report = await json(await run({ ...dataset, delimiter }));
      expect(report).toMatchObject({ columns: ['q, short', 'a'], split: { train: 2, validation: 1 }, error: null });
      expect(report.delimiter).toBe(delimiter === 'tab' ? '\t' : ';');
      expect(report.rows[0].pieces.join('')).toContain('Hello, you');
    }
    await expect(json(await run({ ...dataset, delimiter: ';;' }))).rejects.toMatchObject({
      code: 'run-config-invalid',
      params: { key: expect.stringMatching(/^dataset\.delimiter /) },
    });
  });

  test('a model without a chat template is said to use Alpaca, and why', async () => {
    await file('train.csv', 'q,a\none,yes\ntwo,no\n');
    await cp(join(example, 'model'), join(folder, 'model'), { recursive: true });
    const config = join(folder, 'model', 'tokenizer_config.json');
    const { chat_template, ...rest } = JSON.parse(await readFile(config, 'utf8'));
    expect(chat_template).toBeTruthy();
    await writeFile(config, JSON.stringify(rest));
    const dataset = { ...columns, prompt_template: 'chat', train_dataframe: 'train.csv' };
    const path = await run(dataset, { model: { llm_backbone: './model' } });
    expect(await text(path)).toContain('Template: alpaca. The model has no chat template');
  });

  test('what stops a run is an error after the report, and everything known is printed before it', async () => {
    await file('train.csv', 'q,a\none,yes\n');
    const path = await run({ ...columns, answer_column: 'b', train_dataframe: 'train.csv' });
    await expect(data([path])).rejects.toMatchObject({ code: 'column-missing' });
    expect(printed.join('\n')).toContain('Columns   q, a');
    printed = [];
    await expect(data([path, '--json'])).rejects.toMatchObject({ code: 'column-missing' });
    expect(JSON.parse(printed.join('\n')).error).toMatchObject({ code: 'column-missing' });
  });

  test.each([
    { kind: 'classes', problem_type: 'classification', labels: ['good', 'bad'], classes: ['bad', 'good'] },
    { kind: 'numbers', problem_type: 'regression', labels: ['0.5', '1.5'], classes: null },
    { kind: 'several labels', problem_type: 'classification', labels: ['b;a', 'a'], classes: ['a', 'b'], loss: true },
  ])('of texts with $kind the label is learned, and no token', async ({ problem_type, labels, classes, loss }) => {
    await file('train.csv', `q,a\nfine,${labels[0]}\nawful,${labels[1]}\nnothing,\n`);
    const report = await json(
      await run(
        {
          ...columns,
          problem_type,
          train_dataframe: 'train.csv',
          validation_strategy: 'none',
        },
        loss ? { training: { batch_size: 1, loss_function: 'BinaryCrossEntropy' } } : {},
      ),
    );
    expect(report.error).toBeNull();
    expect(report.rows[0]).toMatchObject({ row: 2, label: labels[0] });
    expect(report.rows[0].learned).not.toContain(true);
    expect(report.classes?.map(({ name }: { name: string }) => name) ?? null).toEqual(classes);
    // A row without any label has none of several.
    if (!loss) expect(codes(report)).toContainEqual(['no-answer', 'training', [4]]);
    expect(report.split).toEqual({ train: loss ? 3 : 2, validation: 0 });
  });

  test('of plain text every token but the first is learned', async () => {
    await file('lines.txt', 'one two three\nfour five\n');
    const report = await json(
      await run({
        problem_type: 'text',
        answer_column: 'text',
        train_dataframe: 'lines.txt',
        validation_strategy: 'none',
      }),
    );
    const [{ learned }] = report.rows;
    expect(learned).toEqual(learned.map((_: boolean, index: number) => index > 0));
    expect(report.template).toBeNull();
  });

  test('pictures are counted by class and split', async () => {
    const run = join(golden, 'resnet18-full');
    const lines = (await readFile(join(golden, 'pictures', 'images.csv'), 'utf8')).trim().split('\n').slice(1);
    const report = await json(join(run, 'run.json'));
    expect(report).toMatchObject({ format: 'pictures', rowCount: lines.length, error: null });
    for (const { name, count } of report.classes)
      expect(count, name).toBe(lines.filter((line) => line.endsWith(`,${name}`)).length);
    expect(report.split.train + report.split.validation).toBe(lines.length);
  });
});
