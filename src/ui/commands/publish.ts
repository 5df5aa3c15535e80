import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { Destination, TargetName } from '../../worker/protocol.ts';
import type { PublicationState } from '../publication.ts';
import { leaveFor, type Returned, returnAddress } from '../sign-in.ts';
import type { StudioStore } from '../store.ts';

/** Publishing a result: prepared, looked at, sent. */
export function publishCommands(store: StudioStore, client: Client) {
  const set = (change: Partial<PublicationState>) =>
    store.setState(({ publication }) => ({ publication: { ...publication, ...change } }));

  client.on('publishing', ({ files }) => {
    const moved = Object.fromEntries(files.map((file) => [file.path, file]));
    set({ files: { ...store.getState().publication.files, ...moved } });
  });

  const shown = (act: () => Promise<void>) => {
    set({ error: null });
    return act().catch((thrown) => set({ error: toAppError(thrown), preparing: null, sending: false }));
  };

  return {
    preparePublication: (runId: string, target: TargetName, rank?: number) =>
      shown(async () => {
        set({ preparing: target, value: null, files: {}, address: null });
        const value = await client.request('preparePublication', {
          runId,
          target,
          ...(rank !== undefined && { rank }),
        });
        set({ preparing: null, value });
      }),

    /** What an earlier visit left unfinished, where this one has nothing of its own. */
    recallPublication: () =>
      shown(async () => {
        const { value, preparing } = store.getState().publication;
        if (value || preparing) return;
        const { publication } = await client.request('unfinishedPublication', {});
        const now = store.getState().publication;
        if (publication && !now.value && !now.preparing) set({ value: publication });
      }),

    publish: (to: Destination, card: string, token: string) =>
      shown(async () => {
        const { value } = store.getState().publication;
        set({ sending: true, value: value && { ...value, to, card }, files: {} });
        const { address } = await client.request('publish', { to, card, ...(token !== '' && { token }) });
        set({ sending: false, address });
      }),

    stopPublishing: () => client.request('stopPublishing', {}).then(() => {}),

    discardPublication: () =>
      shown(async () => {
        if (store.getState().publication.address === null) await client.request('discardPublication', {});
        set({ value: null, files: {}, address: null });
      }),

    /** Leaves the page for the sign-in of the Hub. */
    signIn: (endpoint: string, clientId: string) =>
      shown(async () => {
        const asked = { endpoint, clientId, redirectUrl: returnAddress() };
        const { address, ...begun } = await client.request('signInAddress', asked);
        leaveFor(address, { endpoint, ...begun });
      }),

    comeFromSignIn: (returned: Returned) =>
      shown(async () => {
        const { user } = await client.request('signIn', returned);
        set({ user: { name: user, endpoint: returned.endpoint } });
      }),
  };
}
