import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { requireSound } from '../findings.ts';
import { writingReading } from '../writing/reading.ts';
import { fittedTexts } from './prepare.ts';

const { files } = JSON.parse(readFileSync(new URL('../../text/golden/gpt2-kind.json', import.meta.url), 'utf8')) as {
  files: TokenizerFiles;
};
const tokenizer = createTokenizer(files);

interface Changes {
  readonly dataset?: object;
  readonly tokenizer?: object;
  /** What the model has room for. */
  readonly positions?: number;
}

const quoted = (cell: string) => `"${cell}"`;

async function outcomeOf(rows: readonly (readonly string[])[], changes: Changes = {}) {
  const lines = ['q,a', ...rows.map((cells) => cells.map(quoted).join(','))];
  const table = await readTable(`${lines.join('\n')}\n`, { fileName: 'a.csv' });
  const dataset = { prompt_column: 'q', answer_column: 'a', prompt_template: 'custom', validation_size: 0.3 };
  const config = parseRunConfig({
    dataset: { ...dataset, ...changes.dataset },
    training: { batch_size: 1 },
    tokenizer: { ...changes.tokenizer },
    environment: { seed: 3 },
  });
  const positions = changes.positions ?? 1024;
  const material = { tables: { training: table }, tokenizer };
  return fittedTexts(material, config, positions, writingReading(tokenizer, config, positions)).outcome();
}

const found = async (rows: readonly (readonly string[])[], changes?: Changes) =>
  (await outcomeOf(rows, changes)).findings;
const codes = async (rows: readonly (readonly string[])[], changes?: Changes) =>
  (await found(rows, changes)).map(({ code, blocks }) => (blocks ? code : `(${code})`));

const row = (index: number): [string, string] => [`question number ${index}`, `answer number ${index}`];
const rows = Array.from({ length: 60 }, (_, index) => row(index));
const word = 'capital ';

describe('rows without a fault', () => {
  it('let a run start', async () => expect(await codes(rows)).toEqual([]));
});

describe('a missing prompt', () => {
  it('holds a run back, with no column and with an empty one, but not plain text', async () => {
    expect(await codes(rows, { dataset: { prompt_column: [] } })).toEqual(['prompt-missing']);
    expect(await codes(rows.map(([, a]) => [' ', a]))).toEqual(['prompt-missing']);
    expect(await codes(rows, { dataset: { prompt_column: [], problem_type: 'text' } })).toEqual([]);
    const findings = await found(rows, { dataset: { prompt_column: [] } });
    expect(() => requireSound(findings)).toThrow('No column is chosen as the prompt');
  });
});

describe('rows that are cut', () => {
  const long = (count: number, words = 40) =>
    rows.map(([q, a], index) => [q, index < count ? `${word.repeat(words)}${a}` : a]);
  const short = { tokenizer: { max_length: 64 } };
  const every = { ...short, dataset: { validation_strategy: 'none' } };

  it('hold a run back above 5%, with the length that holds them all', async () => {
    expect(
      await codes(
        rows.map(([q, a], at) => [at < 3 ? `${word.repeat(40)}${q}` : q!, a!]),
        every,
      ),
    ).toEqual([]);
    const cut = rows.map(([q, a], at) => [at < 4 ? `${word.repeat(40)}${q}` : q!, a!]);
    const [finding] = await found(cut, every);
    expect(finding).toMatchObject({ code: 'rows-cut', blocks: true, params: { rows: 4, of: 60, limit: 64 } });
    const { max_length } = finding!.remedy!.tokenizer!;
    expect(max_length).toBeGreaterThanOrEqual(finding!.params.longest as number);
    expect(await codes(cut, { ...every, tokenizer: { max_length } })).toEqual([]);
    const one = (finding!.params.longest as number) - 1;
    const { trainExamples } = await outcomeOf(cut, { ...every, tokenizer: { max_length: one } });
    expect(trainExamples.problems['too-long'].length).toBeGreaterThan(0);
  });

  it('hold a run back where one whole question is gone', async () => {
    const [finding, ...others] = await found(long(1), every);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'questions-cut', blocks: true, params: { rows: 1, of: 60 } });
    const { trainExamples } = await outcomeOf(long(1), every);
    expect(trainExamples.problems['question-cut']).toEqual([0]);
  });

  it('are no lost question where its end is left', async () => {
    const { trainExamples } = await outcomeOf([[`${word.repeat(60)} which one is it?`, 'yes']], every);
    expect(trainExamples.problems['too-long']).toEqual([0]);
    expect(trainExamples.problems['question-cut']).toEqual([]);
  });

  it('are only said with allow_truncation', async () => {
    const allowed = { ...every, tokenizer: { max_length: 64, allow_truncation: true } };
    expect(await codes(long(10), allowed)).toEqual(['(questions-cut)']);
  });

  it('hold a run back, too, where the model reads no further and whole questions are gone', async () => {
    const reach = { dataset: { validation_strategy: 'none' }, positions: 64 } as const;
    const [lost] = await found(long(10), reach);
    expect(lost).toMatchObject({ code: 'questions-cut-at-reach', blocks: true });
    expect(lost!.remedy).toEqual({ tokenizer: { allow_truncation: true } });
    expect(await codes(long(10), { ...reach, tokenizer: { allow_truncation: true } })).toEqual([
      '(questions-cut-at-reach)',
    ]);
    // The reach is proposed where not even it holds all.
    const [finding] = await found(long(10, 200), { ...every, positions: 128 });
    expect(finding!.remedy).toEqual({ tokenizer: { max_length: 128 } });
  });

  it('by the limits of their parts are said', async () => {
    const parts = { dataset: { validation_strategy: 'none' }, tokenizer: { max_length_answer: 4 } };
    expect(await codes(long(10), parts)).toEqual(['(rows-cut-in-part)']);
  });
});

describe('validation', () => {
  it('of a few rows is said to tell nothing, with the share that does', async () => {
    const [finding] = await found(rows, { dataset: { validation_size: 0.01 } });
    expect(finding).toMatchObject({ code: 'validation-small', blocks: false, params: { rows: 1 } });
    const { validation_size } = finding!.remedy!.dataset!;
    expect(validation_size).toBe(0.09);
    expect(await codes(rows, { dataset: { validation_size } })).toEqual([]);
    expect(await codes(rows, { dataset: { validation_strategy: 'none' } })).toEqual([]);
    expect((await found(rows.slice(0, 12)))[0]!.remedy).toBeUndefined();
  });

  it('with rows that are learned, too, is said, and drop_duplicates mends it', async () => {
    const doubled = [...rows, ...rows];
    const [finding] = await found(doubled);
    expect(finding).toMatchObject({ code: 'validation-leaks', blocks: false });
    const { heldRows, trainRows } = await outcomeOf(doubled);
    const held = new Set(heldRows.map(({ answer }) => answer));
    expect(finding!.params.rows).toBe(trainRows.filter(({ answer }) => held.has(answer)).length);
    expect(await codes(doubled, { dataset: { drop_duplicates: true } })).toEqual([]);
  });
});

it('drop_duplicates leaves out repeats, and what is held back is not learned', async () => {
  const doubled = [...rows, ...rows.slice(0, 20), ['question number 1', 'another answer']];
  const { trainRows, heldRows, repeatedRows } = await outcomeOf(doubled, { dataset: { drop_duplicates: true } });
  const kept = [...trainRows, ...heldRows].map(({ prompt, answer }) => `${prompt} ${answer}`);
  expect(new Set(kept).size).toBe(61);
  expect(kept).toHaveLength(61);
  expect(repeatedRows).toHaveLength(20);
  const plain = await outcomeOf(doubled);
  expect(plain.repeatedRows).toEqual([]);
  expect(plain.trainRows.length + plain.heldRows.length).toBe(81);
});
