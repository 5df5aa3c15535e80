import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import { nothing, type StudioStore } from '../store.ts';

/** Benchmarks of a run's result: one request at a time, the last one counts. */
export function benchmarkCommands(store: StudioStore, client: Client) {
  let asked = 0;
  let asking: string | null = null;

  client.on('benchmarked', ({ requestId, ...progress }) => {
    if (requestId === asking) store.setState(({ benchmarks }) => ({ benchmarks: { ...benchmarks, progress } }));
  });

  async function askBenchmarks(runId: string, files: readonly File[]): Promise<void> {
    const requestId = `benchmark-${++asked}`;
    asking = requestId;
    store.setState({ benchmarks: { ...nothing, pending: true, runId, progress: null } });
    try {
      const value = await client.request('benchmark', { requestId, runId, files });
      if (asking === requestId)
        store.setState(({ benchmarks }) => ({ benchmarks: { ...benchmarks, value, pending: false } }));
    } catch (thrown) {
      if (asking === requestId)
        store.setState(({ benchmarks }) => ({
          benchmarks: { ...benchmarks, pending: false, error: toAppError(thrown) },
        }));
    } finally {
      if (asking === requestId) asking = null;
    }
  }

  async function stopBenchmarks(): Promise<void> {
    if (asking) await client.request('stopChat', { requestId: asking });
  }

  return { askBenchmarks, stopBenchmarks };
}
