import { AppError } from '../../errors.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { detail, summaries } from './run-store.ts';

/** The runs that are kept, and where. */
export function historyHandlers(workshop: Workshop): Pick<Handlers, 'listRuns' | 'readRun' | 'keepRunsIn'> {
  const live = async () => {
    const elsewhere = await workshop.locks.elsewhere();
    const { active } = workshop;
    const own = active ? { id: active.parts.id, phase: active.phase, goesOn: active.goingOn } : null;
    return { own, elsewhere };
  };
  return {
    listRuns: async () => ({ runs: await summaries(await workshop.runs(), await live()) }),
    async keepRunsIn({ folder }) {
      workshop.turn.require();
      workshop.keepRunsIn(folder);
      return {};
    },
    async readRun({ runId }) {
      const runs = await workshop.runs();
      if (!(await runs.exists(`${runId}/run.json`))) throw new AppError('run-missing', { run: runId });
      return detail(runs, runId, await live());
    },
  };
}
