import type { Client } from '../../worker/client.ts';
import { blocking, preflight } from '../checks.ts';
import { isGoingOn, type Studio, type StudioStore } from '../store.ts';

/** Milliseconds in which nothing was changed before kernels are compiled: the visitor reads. */
const rest = 1500;

/** Compiles the kernels of the run that the form describes, once it could start and nobody is changing it. */
export function warmWhileReading(store: StudioStore, client: Client): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let warmed: Studio['config'] | null = null;
  store.subscribe((state, before) => {
    if (state.config === before.config && state.dataPreview === before.dataPreview && state.tuning === before.tuning)
      return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { config, run, tuning, dataPreview } = store.getState();
      const settled = !tuning.pending && !dataPreview.pending && dataPreview.value !== null;
      if (config === warmed || !settled || isGoingOn(run) || blocking(preflight(store.getState())).length > 0) return;
      warmed = config;
      // What cannot be compiled now is told when the run starts.
      client.request('warmUp', { config }).catch(() => {});
    }, rest);
  });
}
