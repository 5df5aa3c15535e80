import { AppError } from '../errors.ts';
import { detail, summaries } from './run-store.ts';
import type { Handlers } from './serve.ts';
import type { Workshop } from './workshop.ts';

/** The runs that are kept, and where. */
export function historyHandlers(workshop: Workshop): Pick<Handlers, 'listRuns' | 'readRun' | 'keepRunsIn'> {
  const live = () => {
    const { active } = workshop;
    return active ? { id: active.parts.id, phase: active.phase } : null;
  };
  return {
    listRuns: async () => ({ runs: await summaries(await workshop.runs(), live()) }),
    async keepRunsIn({ folder }) {
      if (workshop.active?.goingOn) throw new AppError('internal', { reason: 'a run is going on' });
      workshop.keepRunsIn(folder);
      return {};
    },
    readRun: async ({ runId }) => detail(await workshop.runs(), runId, live()),
  };
}
