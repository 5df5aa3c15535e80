import { expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { DataSource, DataSummary, MadeRow, MakeSettings } from '../../worker/protocol.ts';
import { createStudioStore } from '../store.ts';
import { madeCommands } from './made.ts';

const settings = { kinds: ['paraphrase'], count: 3 } as unknown as MakeSettings;
const row = (text: string, more: Partial<MadeRow> = {}): MadeRow => ({
  ...{ kind: 'paraphrase', by: 'm', source: 2, original: 'o', beside: 'b', checks: [], remark: '', text },
  ...more,
});

/** A page on which three rows were made, of which the second has an issue. */
async function reviewing(fail?: AppError) {
  const store = createStudioStore();
  store.setState(({ data }) => ({ data: { ...data, value: {} as DataSummary } }));
  const listeners = new Map<string, (data: unknown) => void>();
  const requests: [string, unknown][] = [];
  const client = {
    async request(name: string, params: { requestId: string }) {
      requests.push([name, params]);
      if (name !== 'makeRows') return { name: 't.csv', blob: new Blob([]) };
      for (const made of [row('one'), row('two', { checks: ['cut-off'] }), row('three', { remark: 'no' })])
        listeners.get('rowMade')!({ requestId: params.requestId, row: made });
      if (fail) throw fail;
      return {};
    },
    on(event: string, listener: (data: unknown) => void) {
      listeners.set(event, listener);
      return () => {};
    },
  } as unknown as Client;
  const opened: DataSource[] = [];
  const openData = async (source: DataSource) => opened.push(source) > 0;
  const commands = madeCommands(store, client, openData, () => {});
  await commands.makeRows({ kind: 'model' }, settings);
  const decisions = () => store.getState().made.drafts.map(({ decision }) => decision);
  return { store, commands, requests, opened, decisions };
}

test('rows are decided on one after the other, and only accepted ones are put into the table', async () => {
  const { store, commands, requests, opened, decisions } = await reviewing();
  expect(store.getState().made).toMatchObject({ place: 0, making: null, error: null });
  commands.decideMade('accepted');
  commands.decideMade('rejected');
  expect(decisions()).toEqual(['accepted', 'rejected', null]);
  expect(store.getState().made.place).toBe(2);
  commands.editMade('three, better');
  commands.decideMade('accepted');
  await commands.takeMade();
  const taken = { kind: 'paraphrase', by: 'm', source: 2 };
  expect(requests.at(-1)).toEqual([
    'withMadeRows',
    {
      rows: [
        { ...taken, text: 'one' },
        { ...taken, text: 'three, better' },
      ],
    },
  ]);
  expect(opened).toMatchObject([{ kind: 'file', name: 't.csv', isEdited: true }]);
});

test('all without an issue are accepted at once, the rest is rejected', async () => {
  const { commands, decisions } = await reviewing();
  commands.acceptSound();
  expect(decisions()).toEqual(['accepted', null, null]);
  commands.rejectRest();
  expect(decisions()).toEqual(['accepted', 'rejected', 'rejected']);
});

test('a row whose text was deleted is accepted in no way', async () => {
  const { commands, decisions } = await reviewing();
  commands.acceptSound();
  commands.editMade('  ');
  expect(decisions()[0]).toBeNull();
  commands.decideMade('accepted');
  commands.acceptSound();
  expect(decisions()[0]).toBeNull();
});

test('what came before a failure stays, beside why it ended', async () => {
  const { store, decisions } = await reviewing(new AppError('server-failed', { endpoint: 'e', reason: 'r' }));
  expect(decisions()).toHaveLength(3);
  expect(store.getState().made.error?.code).toBe('server-failed');
});

test('rows of one table are not put into another', async () => {
  const { store, decisions } = await reviewing();
  store.setState(({ data }) => ({ data: { ...data, value: {} as DataSummary } }));
  expect(decisions()).toEqual([]);
});
