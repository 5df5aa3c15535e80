import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { DataSource, Download, MadeRow, MadeWriter, MakeSettings } from '../../worker/protocol.ts';
import type { MadeDraft, Studio, StudioStore } from '../store.ts';

/** Nothing is to be said of it. */
export const isSound = ({ checks, remark }: MadeRow): boolean => checks.length === 0 && remark === '';

/** Rows that a model makes from those of the open table: looked at one by one, and then put into it. */
export function madeCommands(
  store: StudioStore,
  client: Client,
  openData: (source: DataSource) => Promise<boolean>,
  save: (download: Download) => void,
) {
  let asked = 0;
  let asking: string | null = null;
  const set = (change: Partial<Studio['made']>) => store.setState(({ made }) => ({ made: { ...made, ...change } }));
  const drafts = () => store.getState().made.drafts;

  client.on('rowMade', ({ requestId, row }) => {
    if (requestId !== asking) return;
    const { making } = store.getState().made;
    set({ drafts: [...drafts(), { ...row, decision: null }], making: making && { ...making, done: making.done + 1 } });
  });

  // Rows of another table are not for this one.
  store.subscribe(({ data: { value } }, { data: before }) => {
    if (value === before.value || before.value === null) return;
    void stopMaking();
    set({ drafts: [], place: 0, error: null });
  });

  async function makeRows(writer: MadeWriter, settings: MakeSettings): Promise<void> {
    const requestId = `made-${++asked}`;
    asking = requestId;
    set({ error: null, making: { done: 0, total: settings.count }, place: drafts().length });
    try {
      await client.request('makeRows', { requestId, config: store.getState().config, writer, settings });
    } catch (thrown) {
      if (asking === requestId) set({ error: toAppError(thrown) });
    } finally {
      if (asking === requestId) {
        asking = null;
        set({ making: null });
      }
    }
  }

  /** What was made so far stays. */
  async function stopMaking(): Promise<void> {
    const requestId = asking;
    if (!requestId) return;
    asking = null;
    set({ making: null });
    await client.request('stopMaking', { requestId });
  }

  const change = (place: number, of: Partial<MadeDraft>) =>
    set({ drafts: drafts().map((draft, at) => (at === place ? { ...draft, ...of } : draft)) });

  /** Decides on the row that is shown, and shows the next. A row without a text cannot be accepted. */
  function decideMade(decision: 'accepted' | 'rejected'): void {
    const { place } = store.getState().made;
    const draft = drafts()[place];
    if (!draft || (decision === 'accepted' && draft.text.trim() === '')) return;
    change(place, { decision });
    showMade(place + 1);
  }

  /** Whoever edits a text has looked at it: what was found of the one before no longer counts. */
  function editMade(text: string): void {
    const isEmpty = text.trim() === '';
    const of = { text, checks: isEmpty ? (['empty'] as const) : [], remark: '' };
    change(store.getState().made.place, isEmpty ? { ...of, decision: null } : of);
  }

  const showMade = (place: number): void => set({ place: Math.max(0, Math.min(place, drafts().length - 1)) });

  /** Accepts those that nobody has decided on and of which nothing is to be said. */
  const acceptSound = (): void =>
    set({
      drafts: drafts().map((draft) =>
        draft.decision === null && isSound(draft) ? { ...draft, decision: 'accepted' } : draft,
      ),
    });

  const rejectRest = (): void =>
    set({ drafts: drafts().map((draft) => ({ ...draft, decision: draft.decision ?? 'rejected' })) });

  const discardMade = (): void => set({ drafts: [], place: 0, error: null });

  async function reopen(file: { readonly name: string; readonly blob: Blob }): Promise<boolean> {
    return openData({ kind: 'file', ...file, isEdited: true });
  }

  /** Puts the accepted rows into the table, once all are decided on. */
  async function takeMade(): Promise<void> {
    const rows = drafts()
      .filter(({ decision }) => decision === 'accepted')
      .map(({ kind, by, source, text }) => ({ kind, by, source, text }));
    try {
      await reopen(await client.request('withMadeRows', { rows }));
    } catch (thrown) {
      set({ error: toAppError(thrown) });
    }
  }

  /** The table as it was before rows were made of it. */
  async function removeMade(): Promise<void> {
    try {
      await reopen(await client.request('withoutMadeRows', {}));
    } catch (thrown) {
      set({ error: toAppError(thrown) });
    }
  }

  /** Rows that are being looked at, or the open table, as CSV. */
  async function saveMade(what: 'drafts' | 'table'): Promise<void> {
    try {
      const rows = drafts().map(({ decision, ...row }) => ({ ...row, isApproved: decision === 'accepted' }));
      save(what === 'table' ? await client.request('tableFile', {}) : await client.request('reviewFile', { rows }));
    } catch (thrown) {
      set({ error: toAppError(thrown) });
    }
  }

  return {
    ...{ makeRows, stopMaking, decideMade, editMade, showMade, acceptSound, rejectRest },
    ...{ discardMade, takeMade, removeMade, saveMade },
  };
}
