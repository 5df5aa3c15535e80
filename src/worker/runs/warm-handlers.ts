import { parseRunConfig, withSeed } from '../../training/config/run-config.ts';
import { createTraining } from '../../training/run/trainer.ts';
import { materialOf } from '../data/material.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import type { Preparation } from './preparation.ts';

/** Rows of the largest table that is prepared a second time only to know which kernels its batches want. */
const mostRows = 5000;

/** Compiling a run's kernels while the visitor still reads. */
export function warmHandlers(workshop: Workshop, { fitTo, planner }: Preparation): Pick<Handlers, 'warmUp'> {
  return {
    async warmUp({ config }) {
      const checked = withSeed(parseRunConfig(config));
      const tables = workshop.tablesFor(checked);
      const large = tables.table.table.rows.length > mostRows;
      if (!workshop.model || workshop.turn.isTaken || large) return { kernels: 0 };
      const executor = await workshop.executors.executor(checked.environment.executor);
      if (!executor.warm) return { kernels: 0 };
      const profile = await workshop.executors.profile(checked.environment.executor);
      const { opened } = fitTo(checked);
      const given = { executor, open: opened.open, config: checked, profile, planner };
      const ahead = createTraining({ ...materialOf(opened, tables), ...given });
      try {
        return { kernels: await ahead.warm() };
      } finally {
        ahead.dispose();
      }
    },
  };
}
