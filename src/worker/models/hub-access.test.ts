import { expect, test } from 'vitest';
import { HubLine } from './hub-access.ts';

test('who cancels a search breaks off the search and no download; both can be asked for again', () => {
  const line = new HubLine(() => {});
  const place = { endpoint: 'https://huggingface.co' };
  const [search, model] = [line.access(place, 'search').signal!, line.access(place, 'model').signal!];
  const before = { search: search(), model: model() };
  line.stop('search');
  expect([before.search.aborted, before.model.aborted]).toEqual([true, false]);
  expect(before.search.reason).toMatchObject({ code: 'hub-cancelled' });
  expect([search().aborted, model()]).toEqual([false, before.model]);
  line.stop('model');
  expect([search().aborted, before.model.aborted]).toEqual([false, true]);
});

test('the visitor is told what it is that waits', () => {
  const told: unknown[] = [];
  const line = new HubLine((event, data) => told.push([event, data]));
  const reason = { code: 'hub-stalled', params: { host: 'a' } } as never;
  line.waiting('data').patience!.onWait!({ reason, waitMs: 500 });
  expect(told).toEqual([['hubWait', { code: 'hub-stalled', params: { host: 'a' }, waitMs: 500, purpose: 'data' }]]);
});
