import { nothingViewed, type Studio, type StudioStore } from '../store.ts';
import { addressOf, isSamePlace, type Place, placeOf } from './address.ts';

/** The address bar; tests have one of their own. */
export interface AddressBar {
  read(): string;
  push(address: string): void;
  replace(address: string): void;
  /** Calls when the visitor went back, forward or to another address. */
  listen(onChange: () => void): void;
}

export const addressBar: AddressBar = {
  read: () => location.hash,
  push: (address) => history.pushState(null, '', address),
  replace: (address) => history.replaceState(null, '', address),
  listen: (onChange) => addEventListener('popstate', onChange),
};

export const noAddress: AddressBar = { read: () => '', push: () => {}, replace: () => {}, listen: () => {} };

/** What the page shows. */
function placeShown({ step, viewed, missingRun, shared, drafting, run, chat }: Studio): Place {
  if (step === 'use') return { step, runId: chat.runId };
  if (step === 'train' && shared) return { step, runId: null, shared: shared.link ?? undefined };
  const runId = viewed?.id ?? missingRun ?? (drafting ? null : (run?.id ?? null));
  return { step, runId: step === 'train' ? runId : null };
}

interface Commands {
  viewRun(runId: string | null): Promise<void>;
  chooseRun(runId: string): void;
  openShared(given: { readonly link: string }): Promise<void>;
}

/**
 * Keeps the address and what the page shows the same. Steps are there at once, and the visitor may go on from there;
 * `arrive` shows the run that the address names, once runs can be read.
 */
export function followAddress(store: StudioStore, commands: Commands, bar: AddressBar) {
  let last: Place = { step: 'model', runId: null };
  /** The place that is being gone to: what is shown on the way is no place. */
  let going: Place | null = null;
  let known: string | null = null;
  let hasArrived = false;

  async function goTo(place: Place): Promise<void> {
    [last, going] = [place, place];
    if (!hasArrived) store.setState({ viewing: null });
    showStep(store, place);
    if (hasArrived || place.runId === null) await arriveAt(place);
  }

  async function arriveAt(place: Place): Promise<void> {
    try {
      await showRun(store, commands, place);
    } finally {
      if (going === place) going = null;
    }
    note();
  }

  function note() {
    const { run, starting } = store.getState();
    // A run that is about to begin takes the place of what was there.
    if (starting) return;
    const hasBegun = run !== null && run.id !== known;
    known = run?.id ?? null;
    const place = placeShown(store.getState());
    if (isSamePlace(place, last) || (going && place.step === going.step)) return;
    // The run that the form has just begun takes the form's place, and what the last step asks is a choice within it.
    const isWithin = place.step === last.step && (place.step === 'use' || (hasBegun && last.runId === null));
    last = place;
    bar[isWithin ? 'replace' : 'push'](addressOf(place));
  }

  const first = placeOf(bar.read());
  if (first) void goTo(first);
  store.subscribe(note);
  bar.listen(() => {
    const place = placeOf(bar.read());
    // An anchor in the page leads to a part of it, and to no other place.
    if (place === null) bar.replace(addressOf(last));
    else if (!isSamePlace(place, last)) void goTo(place);
  });

  return {
    async arrive(): Promise<void> {
      hasArrived = true;
      if (going) await arriveAt(going);
    },
  };
}

/** The step of a place, and which run it is about to show. */
function showStep(store: StudioStore, { step, runId }: Place): void {
  const { run } = store.getState();
  if (step !== 'train') {
    store.setState({ step });
    return;
  }
  const isOwn = runId !== null && run?.id === runId;
  const form = { ...nothingViewed, drafting: run !== null && !isOwn };
  store.setState({ step, ...(runId === null || isOwn ? form : { viewing: runId }) });
}

/** The run of a place, unless the visitor has chosen another one, or the form, since. */
async function showRun(
  store: StudioStore,
  { viewRun, chooseRun, openShared }: Commands,
  { step, runId, shared }: Place,
): Promise<void> {
  const { runs, chat, viewing } = store.getState();
  if (shared !== undefined) return openShared({ link: shared });
  if (runId === null) return;
  if (step === 'train' && viewing === runId) return viewRun(runId);
  const known = runs.value?.some(({ id, kept }) => id === runId || kept.some((each) => each.id === runId));
  if (step === 'use' && known && chat.runId !== runId) chooseRun(runId);
}
