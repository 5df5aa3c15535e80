import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { detail, summaries } from './run-store.ts';

/** The runs that are kept, and where. */
export function historyHandlers(workshop: Workshop): Pick<Handlers, 'listRuns' | 'readRun' | 'keepRunsIn'> {
  const live = () => {
    const { active } = workshop;
    return active ? { id: active.parts.id, phase: active.phase, goesOn: active.goingOn } : null;
  };
  return {
    listRuns: async () => ({ runs: await summaries(await workshop.runs(), live()) }),
    async keepRunsIn({ folder }) {
      workshop.turn.require();
      workshop.keepRunsIn(folder);
      return {};
    },
    readRun: async ({ runId }) => detail(await workshop.runs(), runId, live()),
  };
}
