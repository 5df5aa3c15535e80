import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import type { Tables } from '../material.ts';
import { writingReading } from '../writing/reading.ts';
import { fittedTexts } from './prepare.ts';

const { files } = JSON.parse(readFileSync(new URL('../../text/golden/gpt2-kind.json', import.meta.url), 'utf8')) as {
  files: TokenizerFiles;
};
const tokenizer = createTokenizer(files);

interface Changes {
  readonly dataset?: object;
  readonly training?: object;
  readonly augmentation?: object;
  readonly seed?: number;
}

const configOf = ({ dataset, training, augmentation, seed = 3 }: Changes) =>
  parseRunConfig({
    dataset: { prompt_column: 'q', answer_column: 'a', prompt_template: 'custom', validation_size: 0.2, ...dataset },
    training: { batch_size: 1, ...training },
    augmentation: { ...augmentation },
    environment: { seed },
  });

const rows = Array.from({ length: 40 }, (_, index) => `${index},question ${index},answer ${index}`);
const table = await readTable(`id,q,a\n${rows.join('\n')}\n`, { fileName: 'a.csv' });
const own = await readTable('q,a\nvalid,yes\nagain,no\n,\n', { fileName: 'v.csv' });

const prepare = (tables: Tables, config: RunConfig) =>
  fittedTexts({ tables, tokenizer }, config, 512, writingReading(tokenizer, config, 512)).prepare();
const prepared = (changes: Changes) => prepare({ training: table, validation: own }, configOf(changes));
const numbers = (of: readonly { readonly number?: number }[]) => of.map(({ number }) => number!);

describe('the rows of a run', () => {
  it('are parted into training and validation, each by its number in the file', () => {
    const { trainRows, validationRows } = prepared({});
    expect(validationRows).toHaveLength(8);
    const all = [...numbers(trainRows), ...numbers(validationRows)].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
  });

  it('are all trained on with train_validation_data, and validation stays', () => {
    const split = prepared({});
    const joined = prepared({ training: { train_validation_data: true } });
    expect(joined.validationRows).toEqual(split.validationRows);
    expect(joined.trainRows).toEqual([...split.trainRows, ...split.validationRows]);
  });

  it('that fill no batch are left out, or kept without drop_last_batch', () => {
    const steps = (drop_last_batch: boolean) =>
      prepared({ training: { batch_size: 5, drop_last_batch } }).train.stepsPerEpoch;
    // 32 rows are 6 batches of 5, and 2 rows.
    expect([steps(true), steps(false)]).toEqual([6, 7]);
  });

  it('are thinned out where data_sample_choice says', () => {
    const both = prepared({ dataset: { data_sample: 0.5 } });
    // Of 8 validation rows at least ten are left: all.
    expect([both.trainRows.length, both.validationRows.length]).toEqual([16, 8]);
    const validation = prepared({ dataset: { data_sample: 0.5, data_sample_choice: ['Validation'] } });
    expect(validation.trainRows).toHaveLength(32);
  });

  it('may be validated by a file of their own', () => {
    const dataset = { validation_strategy: 'custom', validation_dataframe: 'v.csv' };
    const { trainRows, validationRows, validation } = prepared({ dataset });
    expect([trainRows.length, validationRows.length]).toEqual([40, 2]);
    expect(validation?.rowsPerEpoch).toBe(2);
    expect(() => prepare({ training: table }, configOf({ dataset }))).toThrow('none is loaded');
  });
});

describe('rows that are turns of conversations', () => {
  // Ten conversations of four turns.
  const turns = Array.from(
    { length: 40 },
    (_, index) => `${index},${index % 4 === 0 ? '' : index - 1},question ${index},answer ${index}`,
  );
  const dataset = { parent_id_column: 'up' };
  const chat = readTable(`id,up,q,a\n${turns.join('\n')}\n`, { fileName: 'a.csv' });
  const preparedChat = async (changes: Changes) =>
    prepare({ training: await chat }, configOf({ ...changes, dataset: { ...dataset, ...changes.dataset } }));
  const conversation = (number: number) => Math.floor((number - 2) / 4);

  it('are held back by whole conversations, each row with the turns before it', async () => {
    const { trainRows, validationRows } = await preparedChat({});
    expect([trainRows.length, validationRows.length]).toEqual([32, 8]);
    const held = new Set(numbers(validationRows).map(conversation));
    expect(held.size).toBe(2);
    expect(numbers(trainRows).some((number) => held.has(conversation(number)))).toBe(false);
    for (const { number, history = [] } of trainRows) expect(history).toHaveLength((number! - 2) % 4);
  });

  it('may be learned once for each whole conversation', async () => {
    const { trainRows, trainExamples } = await preparedChat({ dataset: { limit_chained_samples: true } });
    expect(trainRows.map(({ history }) => history!.length)).toEqual(Array(8).fill(3));
    const [first] = trainExamples.examples;
    const learned = tokenizer.decode(first!.ids.filter((_, place) => first!.labels[place] !== -100));
    expect(learned.match(/answer \d+/g)).toHaveLength(4);
  });

  it('are augmented in training only, the same for a seed', async () => {
    const augmentation = { skip_parent_probability: 1 };
    const { trainRows, validationRows } = await preparedChat({ augmentation });
    expect(trainRows.every(({ history }) => history!.length === 0)).toBe(true);
    expect(validationRows.some(({ history }) => history && history.length > 0)).toBe(true);
    const fingerprints = await Promise.all(
      [3, 3, 4].map(async (seed) => {
        const changes = { seed, augmentation: { random_parent_probability: 0.5 } };
        return (await preparedChat(changes)).fingerprint;
      }),
    );
    expect(fingerprints[0]).toBe(fingerprints[1]);
    expect(fingerprints[2]).not.toBe(fingerprints[0]);
  });
});
