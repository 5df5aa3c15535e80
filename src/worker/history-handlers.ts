import { detail, summaries } from './run-store.ts';
import type { Handlers } from './serve.ts';
import type { Workshop } from './workshop.ts';

/** The runs kept in the browser's storage. */
export function historyHandlers(workshop: Workshop): Pick<Handlers, 'listRuns' | 'readRun'> {
  const live = () => {
    const { active } = workshop;
    return active ? { id: active.parts.id, phase: active.phase } : null;
  };
  return {
    listRuns: async () => ({ runs: await summaries(await workshop.storage(), live()) }),
    readRun: async ({ runId }) => detail(await workshop.storage(), runId, live()),
  };
}
