import { describe, expect, it, vi } from 'vitest';
import type { RunDetail } from '../../worker/protocol.ts';
import { createStudioStore, type LiveRun, nothingViewed } from '../store.ts';
import { addressOf, placeOf } from './address.ts';
import { type AddressBar, followAddress } from './follow-address.ts';

/** An address bar with a history, as a browser has one. */
function bar(first: string) {
  const entries = [first];
  let at = 0;
  let onChange = () => {};
  const go = async (by: number) => {
    at += by;
    onChange();
    await Promise.resolve();
  };
  const address: AddressBar = {
    read: () => entries[at]!,
    push: (next) => entries.splice(++at, Infinity, next),
    replace: (next) => entries.splice(at, 1, next),
    listen: (listener) => {
      onChange = listener;
    },
  };
  return { address, entries, back: () => go(-1), forward: () => go(1), change: () => go(0) };
}

const openShared = async () => {};

async function arrive(hash: string) {
  const store = createStudioStore();
  const viewRun = vi.fn(async (id: string | null) => {
    if (id === 'gone') store.setState({ missingRun: id, viewed: null });
    else store.setState({ viewed: { id } as RunDetail, missingRun: null });
  });
  const history = bar(hash);
  const followed = followAddress(store, { viewRun, chooseRun: () => {}, openShared }, history.address);
  const early = store.getState().step;
  await followed.arrive();
  return { store, viewRun, early, ...history };
}

describe('addresses', () => {
  it.each(['#/model', '#/data', '#/train', '#/use', '#/runs/2026-11-29T12-00-00-a1b2', '#/use/2026@240'])(
    '%s is a place, and its address again',
    (hash) => {
      const place = placeOf(hash)!;
      expect(decodeURIComponent(addressOf(place))).toBe(hash);
    },
  );

  it('leave anchors of the page alone, and take what is unknown for the first step', () => {
    expect(placeOf('#step')).toBeNull();
    expect(placeOf('#/nothing')).toEqual({ step: 'model', runId: null });
    expect(placeOf('#/runs/%E0%A4%A')).toEqual({ step: 'train', runId: '%E0%A4%A' });
  });

  it('hold a run of someone else whole, which leaves when the visitor goes elsewhere and comes back on the way back', async () => {
    expect(placeOf('#/shared/AbC-_1')).toEqual({ step: 'train', runId: null, shared: 'AbC-_1' });
    expect(addressOf({ step: 'train', runId: null, shared: 'AbC-_1' })).toBe('#/shared/AbC-_1');
    const store = createStudioStore();
    const shows = vi.fn(async ({ link }: { readonly link: string }) =>
      store.setState({ ...nothingViewed, shared: { link, value: null, pending: true, error: null } }),
    );
    const { address, entries, back } = bar('#/shared/AbC-_1');
    await followAddress(store, { viewRun: async () => {}, chooseRun: () => {}, openShared: shows }, address).arrive();
    expect(store.getState()).toMatchObject({ step: 'train', shared: { link: 'AbC-_1' } });
    expect(entries).toEqual(['#/shared/AbC-_1']);
    store.setState(nothingViewed);
    store.setState({ step: 'data' });
    expect(entries).toEqual(['#/shared/AbC-_1', '#/train', '#/data']);
    await back();
    expect(store.getState().shared).toBeNull();
    await back();
    expect(store.getState()).toMatchObject({ step: 'train', shared: { link: 'AbC-_1' } });
    expect(shows).toHaveBeenCalledWith({ link: 'AbC-_1' });
  });

  it('follow the steps, and the steps follow Back and Forward', async () => {
    const { store, entries, back, forward } = await arrive('');
    expect(entries, 'a first visit').toEqual(['']);
    store.setState({ step: 'data' });
    store.setState({ step: 'train' });
    expect(entries).toEqual(['', '#/data', '#/train']);
    await back();
    expect(store.getState().step).toBe('data');
    await back();
    expect(store.getState().step).toBe('model');
    await forward();
    expect(store.getState().step).toBe('data');
    expect(entries).toEqual(['', '#/data', '#/train']);
  });

  it('open the run that they name, and say which is missing', async () => {
    const { store, viewRun, early, entries, back } = await arrive('#/runs/r');
    expect(early, 'before any run can be read').toBe('train');
    expect(viewRun).toHaveBeenCalledWith('r');
    expect(store.getState().viewed?.id).toBe('r');
    expect(entries).toEqual(['#/runs/r']);
    store.setState({ viewed: null });
    expect(entries).toEqual(['#/runs/r', '#/train']);
    await back();
    await vi.waitFor(() => expect(store.getState().viewed?.id).toBe('r'));
    expect((await arrive('#/runs/gone')).store.getState().missingRun).toBe('gone');
  });

  it('are where the visitor goes at once, before the run that they name is read', async () => {
    const store = createStudioStore();
    const viewRun = async (id: string | null) => store.setState({ viewed: { id } as RunDetail, viewing: null });
    const { address, entries, back } = bar('#/runs/r');
    const followed = followAddress(store, { viewRun, chooseRun: () => {}, openShared }, address);
    store.setState({ step: 'data' });
    await followed.arrive();
    expect(store.getState()).toMatchObject({ step: 'data', viewed: { id: 'r' } });
    expect(entries).toEqual(['#/runs/r', '#/data']);
    store.setState(nothingViewed);
    await back();
    expect(store.getState()).toMatchObject({ step: 'train', viewed: { id: 'r' } });
  });

  it('show no run once the visitor has chosen the form, or gone back, before it is read', async () => {
    const seen: (string | null)[] = [];
    const viewRun = async (id: string | null) => void seen.push(id);
    const early = async (act: (history: ReturnType<typeof bar>) => void) => {
      const store = createStudioStore();
      const history = bar('#/runs/r');
      const followed = followAddress(store, { viewRun, chooseRun: () => {}, openShared }, history.address);
      act(history);
      if (seen.length === 0 && history.entries.length === 1) store.setState(nothingViewed);
      await followed.arrive();
      return store.getState();
    };
    expect((await early(() => {})).viewing).toBeNull();
    const gone = await early((history) => {
      history.address.push('#/data');
      void history.change();
    });
    expect(gone).toMatchObject({ step: 'data', viewing: null });
    expect(seen).toEqual([]);
  });

  it('open the run of a link that is followed while another one is read', async () => {
    const store = createStudioStore();
    const viewRun = vi.fn(async (_: string | null) => {});
    const history = bar('#/runs/a');
    const followed = followAddress(store, { viewRun, chooseRun: () => {}, openShared }, history.address);
    history.address.push('#/runs/b');
    await history.change();
    await followed.arrive();
    expect(viewRun.mock.calls).toEqual([['b']]);
    expect(store.getState().viewing).toBe('b');
    const arriving = bar('#/runs/a');
    const slow = createStudioStore();
    let read = () => {};
    const reads = vi.fn(async () => new Promise<void>((done) => (read = done)));
    const arrives = followAddress(slow, { viewRun: reads, chooseRun: () => {}, openShared }, arriving.address).arrive();
    arriving.address.push('#/runs/b');
    await arriving.change();
    expect(reads.mock.calls).toEqual([['a'], ['b']]);
    read();
    void arrives;
  });

  it('name the run that the form has begun in its place, and show the form beside it on the way back', async () => {
    const { store, entries, back } = await arrive('#/data');
    store.setState({ step: 'train' });
    store.setState({ run: { id: 'r', phase: 'training' } as LiveRun });
    expect(entries).toEqual(['#/data', '#/runs/r']);
    store.setState({ drafting: true });
    store.setState({ drafting: false });
    expect(entries.slice(1)).toEqual(['#/runs/r', '#/train', '#/runs/r']);
    await back();
    expect(store.getState()).toMatchObject({ drafting: true, step: 'train' });
  });
});
