import { expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { DataSource, RequestName, TableReading } from '../../worker/protocol.ts';
import { createStudio } from '../studio.ts';

const semicolon = { encoding: '', delimiter: ';' };
const foundOut = { encoding: '', delimiter: '' };

/** `question, short;answer`, as it was asked for. */
const table = (name: string, { delimiter }: TableReading) => {
  const columns = delimiter === ';' ? ['question, short', 'answer'] : ['question', 'short;answer'];
  const used = { prompt_column: [columns[0]], answer_column: columns[1] };
  return {
    ...{ name, columns, rowCount: 9, recognised: { ...used, messages_column: '', problem_type: 'instruction' } },
    guess: {
      problem_type: 'instruction',
      otherwise: 'instruction',
      columns: { instruction: { ...used, reasons: {} } },
    },
  };
};

/** A page whose worker answers at once, and how it was asked to read. */
function studioWith(loaded: object = {}) {
  const readings: TableReading[] = [];
  let refuses = false;
  const take = (name: string, reading: TableReading) => {
    if (refuses) throw new AppError('csv-empty', { file: name });
    readings.push(reading);
    return table(name, reading);
  };
  const answers: { readonly [R in RequestName]?: (params: never) => unknown } = {
    openData: ({ source, reading }: { source: DataSource; reading: TableReading }) =>
      take('name' in source ? source.name : 'data.csv', reading),
    readAgain: ({ reading }: { reading: TableReading }) => ({ table: take('faq.csv', reading), validation: null }),
    readConfig: () => ({ config: parseRunConfig(loaded), written: [], notes: [], format: 'run-config' }),
  };
  const client: Client = {
    async request(name, params) {
      const answer = answers[name] as ((params: unknown) => unknown) | undefined;
      if (!answer) throw new AppError('internal', { reason: name });
      return answer(params) as never;
    },
    on: () => () => {},
  };
  const { store, commands } = createStudio(client, () => {});
  const dataset = () => store.getState().config.dataset;
  const refuse = () => {
    refuses = true;
  };
  return { store, commands, readings, dataset, refuse };
}

const file = (name: string) => ({ kind: 'file', name, blob: new Blob() }) as const;

test('a delimiter that is chosen reads the table again, beside the encoding, and its columns are guessed anew', async () => {
  const { commands, readings, dataset, store } = studioWith();
  await commands.openData(file('faq.csv'));
  expect(dataset()).toMatchObject({ ...foundOut, answer_column: 'short;answer' });
  await commands.chooseReading({ delimiter: ';' });
  expect(dataset()).toMatchObject({ ...semicolon, answer_column: 'answer', prompt_column: ['question, short'] });
  expect(store.getState().data.value?.columns).toEqual(['question, short', 'answer']);
  await commands.chooseReading({ encoding: 'shift_jis' });
  expect(readings).toEqual([foundOut, semicolon, { encoding: 'shift_jis', delimiter: ';' }]);
});

test('one that cannot be read leaves the table as it was, and says why', async () => {
  const { commands, dataset, store, refuse } = studioWith();
  await commands.openData(file('faq.csv'));
  refuse();
  await commands.chooseReading({ delimiter: ';' });
  expect(dataset().delimiter).toBe('');
  expect(store.getState().data).toMatchObject({ error: { code: 'csv-empty' }, value: { name: 'faq.csv' } });
});

test('settings that name the open table have it read as they say', async () => {
  const { commands, dataset, readings } = studioWith({ dataset: { train_dataframe: './data/faq.csv', ...semicolon } });
  await commands.openData(file('faq.csv'));
  await commands.loadConfig(new Blob(), 'run.json');
  expect(readings).toEqual([foundOut, semicolon]);
  expect(dataset()).toMatchObject({ ...semicolon, train_dataframe: 'faq.csv', answer_column: 'answer' });
});

test('settings for another table leave the open one as it is read', async () => {
  const { commands, dataset, readings } = studioWith({ dataset: { train_dataframe: 'other.csv', ...semicolon } });
  await commands.openData(file('faq.csv'));
  await commands.loadConfig(new Blob(), 'run.json');
  expect(readings).toEqual([foundOut]);
  expect(dataset()).toMatchObject({ ...foundOut, train_dataframe: 'faq.csv' });
});

test('settings come before their table, and the example is read afresh', async () => {
  const { commands, readings, dataset } = studioWith({ dataset: { train_dataframe: 'data.csv', ...semicolon } });
  await commands.loadConfig(new Blob(), 'run.json');
  await commands.openData(file('data.csv'));
  await commands.openData({ kind: 'example' });
  expect(readings).toEqual([semicolon, foundOut]);
  expect(dataset().delimiter).toBe('');
});
